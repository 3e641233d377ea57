"""Input models: defaults, JSON Schema and the check of an execution's input."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from stepmill.asl import Machine, Pass, defaults, field, json_merge, path

Problems = Callable[[Callable[[], object]], list[str]]


@dataclass(frozen=True, kw_only=True)
class Limits:
    rmse: float = field(default=2500.0, gt=0, unit="USD", description="reject a model above this error")


@dataclass(frozen=True, kw_only=True)
class Input:
    """What training takes."""

    data_uri: str = field(
        description="S3 prefix of the CSV files", pattern="^s3://", examples=["s3://cars/raw/"]
    )
    algorithm: Literal["xgboost", "linear-learner"] = field(
        default="xgboost", description="what fits the model"
    )
    seed: int = field(default=7, ge=0, le=2**32 - 1, description="of the split")
    columns: dict[str, str] = field(default_factory=dict, description="name to kind; empty: inferred")
    limits: Limits | None = field(default=None, description="when to reject")
    names: list[str] = field(
        default_factory=lambda: ["a"], min_length=1, max_length=2, description="some names"
    )


MACHINE = Machine(name="training", comment="Trains.", timeout_seconds=60, states=Pass("P"), input=Input)


def _messages(value: Any) -> list[str]:
    return [str(problem) for problem in MACHINE.check_input(value)]


def test_defaults_are_what_a_pass_state_merges_the_input_onto() -> None:
    given = defaults(Input)
    assert given == {"algorithm": "xgboost", "seed": 7, "columns": {}, "limits": None, "names": ["a"]}
    merge = Pass("Merge", parameters={"input": json_merge(given, path("$"))}, output_path="$.input")
    machine = Machine(name="m", comment="", timeout_seconds=60, states=merge)
    assert machine.definition()["States"]["Merge"]["Parameters"] == {
        "input.$": r"""States.JsonMerge(States.StringToJson('\{"algorithm": "xgboost", "seed": 7, """
        r""""columns": \{\}, "limits": null, "names": ["a"]\}'), $, false)"""
    }


def test_a_model_as_default_is_written_as_an_object() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Outer:
        limits: Limits = field(default=Limits(), description="when to reject")

    assert defaults(Outer) == {"limits": {"rmse": 2500.0}}


def test_defaults_made_by_a_factory_are_new_each_time() -> None:
    defaults(Input)["names"].append("b")
    assert defaults(Input)["names"] == ["a"]


def test_a_right_input_has_no_problems() -> None:
    given = {"data_uri": "s3://b/k", "seed": 0, "columns": {"Price": "numeric"}, "limits": {"rmse": 3}}
    assert _messages(given) == []


@pytest.mark.parametrize(
    ("given", "messages"),
    [
        ({}, ["input.data_uri: is None; required; give it a value"]),
        ({"data_uri": "b/k"}, ["input.data_uri: is 'b/k'; string should match pattern '^s3://'"]),
        ({"data_uri": "s3://b", "seed": "7"}, ["input.seed: is '7'; input should be a valid integer"]),
        ({"data_uri": "s3://b", "seed": True}, ["input.seed: is True; input should be a valid integer"]),
        (
            {"data_uri": "s3://b", "seed": -1},
            ["input.seed: is -1; input should be greater than or equal to 0"],
        ),
        (
            {"data_uri": "s3://b", "algorithm": "lightgbm"},
            ["input.algorithm: is 'lightgbm'; input should be 'xgboost' or 'linear-learner'"],
        ),
        (
            {"data_uri": "s3://b", "limits": {"rmse": "many"}},
            ["input.limits.rmse: is 'many'; input should be a valid number"],
        ),
        (
            {"data_uri": "s3://b", "limits": {"rmse": 0}},
            ["input.limits.rmse: is 0; input should be greater than 0"],
        ),
        (
            {"data_uri": "s3://b", "sed": 1},
            [
                "input.sed: is 1; not a field; allowed: data_uri, algorithm, seed, columns, limits, names "
                "(did you mean 'seed'?)"
            ],
        ),
        ([1], ["input.$: is [1]; input should be an object"]),
        (
            {"data_uri": "s3://b", "limits": {"rmse": float("nan")}},
            [
                "input.$: is {'data_uri': 's3://b', 'limits': {'rmse': nan}}; "
                "give JSON (Out of range float values are not JSON compliant)"
            ],
        ),
    ],
)
def test_a_wrong_input_names_field_value_and_what_is_allowed(given: Any, messages: list[str]) -> None:
    assert _messages(given) == messages


def test_tells_every_wrong_field() -> None:
    found = MACHINE.check_input({"data_uri": 1, "names": []})
    assert [(problem.field, problem.value) for problem in found] == [("data_uri", 1), ("names", [])]


def test_schema_carries_descriptions_units_examples_and_limits() -> None:
    schema = MACHINE.input_schema()
    assert schema["title"] == "Input"
    assert schema["description"] == "What training takes."
    assert schema["required"] == ["data_uri"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["data_uri"] == {
        "description": "S3 prefix of the CSV files",
        "examples": ["s3://cars/raw/"],
        "pattern": "^s3://",
        "title": "Data Uri",
        "type": "string",
    }
    assert schema["$defs"]["Limits"]["properties"]["rmse"] == {
        "default": 2500.0,
        "description": "reject a model above this error",
        "exclusiveMinimum": 0,
        "title": "Rmse",
        "type": "number",
        "unit": "USD",
    }


def test_a_model_that_is_no_dataclass_is_refused(problems: Problems) -> None:
    assert problems(lambda: defaults(str)) == [
        "str: is no input model; declare it with @dataclass(frozen=True, kw_only=True)"
    ]


@dataclass(frozen=True, kw_only=True)
class Several:
    each: list[Limits] = field(description="in turn")
    named: dict[str, Limits | None] = field(default_factory=dict, description="by name")


def test_models_inside_lists_and_mappings_keep_their_limits() -> None:
    machine = Machine(name="m", comment="", timeout_seconds=60, states=Pass("P"), input=Several)
    found = machine.check_input({"each": [{"rmse": 1}, {"rmse": 0}], "named": {"a": None, "b": {"rms": 1}}})
    assert [str(problem) for problem in found] == [
        "input.each.1.rmse: is 0; input should be greater than 0",
        "input.named.b.rms: is 1; not a field; drop it",
    ]

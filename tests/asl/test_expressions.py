"""Paths and placeholders, wherever a value may stand."""

from collections.abc import Callable
from typing import Any

import pytest

from stepmill.asl import (
    AslError,
    ExecutionInput,
    Map,
    Parallel,
    Pass,
    Path,
    StepInput,
    Task,
    context,
    format_,
    path,
)

States = Callable[..., dict[str, Any]]
Problems = Callable[[Callable[[], object]], list[str]]
ARN = "arn:aws:states:::aws-sdk:s3:listObjectsV2"


def _parameters(states: States, parameters: Any) -> Any:
    return states(Task("T", resource=ARN, parameters=parameters))["T"]["Parameters"]


def test_a_path_deep_inside_gets_its_dollar(states: States) -> None:
    given = {"A": {"B": [{"C": path("$.c"), "D": 1}], "E": context("$$.Execution.Id")}}
    assert _parameters(states, given) == {"A": {"B": [{"C.$": "$.c", "D": 1}], "E.$": "$$.Execution.Id"}}


def test_paths_in_a_list_or_tuple_become_an_array(states: States) -> None:
    given = {"L": ["--seed", path("$.seed"), 1, True, None], "T": ("a", path("$.b"))}
    assert _parameters(states, given) == {
        "L.$": "States.Array('--seed', $.seed, 1, true, null)",
        "T.$": "States.Array('a', $.b)",
    }


def test_a_list_in_a_list_and_an_object_beside_a_path_become_text_of_the_array(states: States) -> None:
    assert _parameters(states, {"L": [[path("$.a")], {"k": "it's"}]}) == {
        "L.$": r"""States.Array(States.Array($.a), States.StringToJson('\{"k": "it\'s"\}'))"""
    }


def test_a_tuple_without_paths_is_a_list(states: States) -> None:
    assert _parameters(states, {"T": (1, {"x": path("$.x")})}) == {"T": [1, {"x.$": "$.x"}]}


def test_sdk_placeholders_stand_in_lists_and_deep_inside(states: States) -> None:
    run = ExecutionInput(schema={"bucket": str, "job": {"name": str}})
    given = {"L": [run["bucket"]], "D": {"n": run["job"]["name"]}}
    assert _parameters(states, given) == {
        "L.$": "States.Array($$.Execution.Input['bucket'])",
        "D": {"n.$": "$$.Execution.Input['job']['name']"},
    }


def test_whole_parameters_that_are_a_path_are_an_input_path(states: States) -> None:
    assert states(Task("T", resource=ARN, parameters=path("$.job"))) == {
        "T": {"Type": "Task", "Resource": ARN, "InputPath": "$.job", "End": True}
    }
    parallel = Parallel("P", branches=[Pass("A")], parameters=path("$.job"))
    assert states(parallel)["P"]["InputPath"] == "$.job"


def test_whole_parameters_that_are_a_path_beside_an_input_path_are_refused(problems: Problems) -> None:
    def build() -> Task:
        return Task("T", resource=ARN, parameters=path("$.a"), input_path="$.b")

    assert problems(build) == ["States.T: Parameters is a path beside InputPath; join them into one path"]


def test_whole_parameters_that_are_a_function_are_refused(problems: Problems) -> None:
    assert problems(lambda: Pass("P", parameters=format_("{}", path("$.a")))) == [
        "States.P: Parameters is States.Format('{}', $.a); ASL wants an object: "
        "{'name': Intrinsic(\"States.Format('{}', $.a)\")}"
    ]


def test_path_fields_take_paths_and_placeholders(states: States) -> None:
    run = ExecutionInput()
    assert states(Pass("P", input_path=run["a"], output_path=path("$.b"), result_path=path("$.c"))) == {
        "P": {
            "Type": "Pass",
            "InputPath": "$$.Execution.Input['a']",
            "ResultPath": "$.c",
            "OutputPath": "$.b",
            "End": True,
        }
    }
    assert states(Map("M", items_path=run["l"], item_processor=Pass("P")))["M"]["ItemsPath"] == (
        "$$.Execution.Input['l']"
    )


def test_a_result_with_paths_is_written_as_parameters(states: States) -> None:
    assert states(Pass("P", result={"x": path("$.x"), "n": 1})) == {
        "P": {"Type": "Pass", "Parameters": {"x.$": "$.x", "n": 1}, "End": True}
    }
    assert states(Pass("P", result=path("$.x"))) == {"P": {"Type": "Pass", "InputPath": "$.x", "End": True}}


def test_a_result_with_paths_beside_parameters_is_refused(problems: Problems) -> None:
    assert problems(lambda: Pass("P", result={"x": path("$.x")}, parameters={"y": 1})) == [
        "States.P: Result holds paths beside Parameters; join them in Parameters"
    ]


def test_a_path_as_resource_is_refused(problems: Problems) -> None:
    assert problems(lambda: Task("T", resource=path("$.f"))) == [  # type: ignore[arg-type]
        "States.T: Resource is Path('$.f'), but ASL takes no path there; use "
        "lambda_invoke(function_name=...) or a ${Token} filled at deployment"
    ]


@pytest.mark.parametrize(
    "given", [{"a": 1, "a.$": "$.a"}, {"a.$": "$.a", "a": 1}, {"a": path("$.a"), "a.$": "$.b"}]
)
def test_a_name_fixed_and_as_a_path_is_refused(states: States, problems: Problems, given: Any) -> None:
    assert problems(lambda: states(Pass("P", parameters={"deep": given}))) == [
        "m.States.P: Parameters.deep has 'a' twice, fixed and as a path; keep one"
    ]


def test_a_handwritten_path_is_kept_and_a_value_that_is_none_refused(
    states: States, problems: Problems
) -> None:
    assert _parameters(states, {"a.$": "$.a", "b.$": "States.UUID()"}) == {
        "a.$": "$.a",
        "b.$": "States.UUID()",
    }
    assert problems(lambda: _parameters(states, {"a.$": 5})) == [
        "m.States.T: Parameters.a.$ is 5, not a path; drop the .$ or give a path"
    ]


def test_a_quote_or_backslash_in_a_name_is_escaped() -> None:
    awkward = "it's a \\ name"
    assert path("$.a")[awkward].text == r"$.a['it\'s a \\ name']"
    assert ExecutionInput()[awkward].to_jsonpath() == r"$$.Execution.Input['it\'s a \\ name']"
    assert StepInput()[awkward][0].to_jsonpath() == r"$['it\'s a \\ name'][0]"


def test_a_path_goes_down_by_name_and_index() -> None:
    assert path("$")["jobs"][0]["name"]["metric:rmse"] == path("$.jobs[0].name['metric:rmse']")
    assert path("$.a") != path("$.b")
    assert len({path("$.a"), path("$.a"), context("$$.State")}) == 2


def test_a_path_cannot_be_iterated() -> None:
    with pytest.raises(TypeError, match="use a Map state"):
        list(path("$.items"))


@pytest.mark.parametrize("text", ["", "a.b", "$$x", "$ .a", "$-", None])
def test_text_that_is_no_path_is_refused(text: Any, problems: Problems) -> None:
    assert problems(lambda: path(text)) == [
        f"path({text!r}): not a JSONPath; write $.field, $$.Execution.Id or $variable"
    ]


def test_paths_of_variables_and_whole_inputs_are_legal() -> None:
    assert [path(text).text for text in ("$", "$$", "$name.x", "$[0]", "$$.Task.Token")] == [
        "$", "$$", "$name.x", "$[0]", "$$.Task.Token",
    ]  # fmt: skip


def test_context_is_only_for_the_context_object(problems: Problems) -> None:
    assert problems(lambda: context("$.Execution.Id")) == [
        "context('$.Execution.Id'): not in the context object; write $$.Execution.Id, $$.Map.Item.Value..."
    ]


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        (
            {"x": [{"y": object}]},
            "Parameters.x[0].y is <class 'object'> of type type; use a JSON value or a path",
        ),
        ({"x": float("inf")}, "Parameters.x is inf, which JSON does not have; use a finite number"),
        ({1: "x"}, "Parameters has the name 1; names are strings in JSON"),
        (
            {"x": [path("$.a"), {"y": path("$.b")}]},
            "Parameters.x mixes paths with objects that hold paths in one list; "
            "build the objects in a Pass state first",
        ),
        (
            [path("$.a")],
            "Parameters[0] is a path in a list that has no name of its own; put the list under a name",
        ),
    ],
)
def test_names_the_place_of_a_value_that_is_not_json(
    parameters: Any, problem: str, states: States, problems: Problems
) -> None:
    assert problems(lambda: states(Pass("P", parameters=parameters))) == [f"m.States.P: {problem}"]


def test_a_result_selector_that_is_a_path_is_refused(states: States, problems: Problems) -> None:
    assert problems(lambda: states(Task("T", resource=ARN, result_selector=path("$.a")))) == [  # type: ignore[arg-type]
        "m.States.T: ResultSelector is a path where ASL wants an object; write {'name': Path('$.a')}"
    ]


@pytest.mark.parametrize("wrong", ["$$.Execution.Id", "$.a[*]", "$..a", "$.a[?(@.b)]", "$.a[0:1]"])
def test_a_result_path_names_one_place(wrong: str, states: States, problems: Problems) -> None:
    assert problems(lambda: states(Pass("P", result_path=wrong))) == [
        f"m.States.P: ResultPath is {wrong!r}, which does not name one place to write to; use a form such "
        "as $.name"
    ]


@pytest.mark.parametrize("wrong", ["a", 5, "States.UUID()"])
def test_a_path_field_begins_with_a_dollar(wrong: Any, states: States, problems: Problems) -> None:
    assert problems(lambda: states(Pass("P", input_path=wrong))) == [
        f"m.States.P: InputPath is {wrong!r}, not a path; begin it with $"
    ]


def test_a_function_in_a_path_field_is_refused(states: States, problems: Problems) -> None:
    assert problems(lambda: states(Pass("P", input_path=format_("a")))) == [
        "m.States.P: InputPath is States.Format('a'), a function; only a path may stand there"
    ]


def test_a_placeholder_outside_its_schema_is_refused() -> None:
    run = ExecutionInput(schema={"bucket": str})
    with pytest.raises(AslError, match=r"ExecutionInput: field 'buckt' is not in its schema; add it there"):
        run["buckt"]
    step = Pass("P", output_schema={"x": {"y": int}}).output()
    assert step["x"]["y"].to_jsonpath() == "$['x']['y']"
    with pytest.raises(AslError, match=r"StepInput: field 'z' is not in its schema; add it there"):
        step["x"]["z"]


def test_an_expression_shows_what_it_is() -> None:
    assert repr(Path("$.a")) == "Path('$.a')"

"""The context file: what is understood, and what is refused with its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from stepmill.check.reading.context import ContextInvalid, Given, parse_context, read_context
from stepmill.check.shapes.shape import UNKNOWN, Array, Member, Number, Object, Presence, String
from stepmill.check.subject import Context, Contract

TEXT = {"type": "string"}
TYPES = "allowed: object, array, string, number, integer, boolean, null"


def test_every_key_says_what_the_files_cannot() -> None:
    given = parse_context(
        {
            "type": "EXPRESS",
            "input": {"type": "array", "items": {"type": "number"}},
            "lambdas": {"price": {"event": TEXT, "returns": {"type": "number"}}, "free": {}},
            "callbacks": {"Approve": TEXT},
            "executions": {"arn:x": {"returns": TEXT}, "arn:y": {}},
            "inputs": {"Order": {"type": "object", "properties": {"a": TEXT}, "additionalProperties": False}},
        }
    )
    order = Object({"a": Member(String(), Presence.MAYBE)})
    context = Context(
        input=Array(Number()),
        lambdas={"price": Contract(String(), Number()), "free": Contract()},
        callbacks={"Approve": String()},
        executions={"arn:x": String(), "arn:y": UNKNOWN},
    )
    assert given == Given("EXPRESS", context, {"Order": order})
    assert given.of("Order").input == order
    assert given.of("Other").input == Array(Number())


def test_nothing_given_is_nothing_known() -> None:
    assert parse_context({}) == Given(None, Context(), {})


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "context: is []; give an object"),
        (
            {"lambda": {}},
            "context: 'lambda' is no key; allowed: type, input, lambdas, callbacks, executions, inputs",
        ),
        ({"type": "FAST"}, "context: type is 'FAST'; give STANDARD or EXPRESS"),
        ({"input": 5}, "context: input: is 5; give a JSON Schema"),
        ({"lambdas": {"f": []}}, "context: lambdas.f: is []; give an object"),
        ({"lambdas": {"f": {"in": {}}}}, "context: lambdas.f: 'in' is no key; allowed: event, returns"),
        ({"lambdas": {"f": {"event": "x"}}}, 'context: lambdas.f.event: is "x"; give a JSON Schema'),
        ({"executions": {"a": 1}}, "context: executions.a: is 1; give an object"),
        (
            {"executions": {"a": {"return": {}}}},
            "context: executions.a: 'return' is no key; allowed: returns",
        ),
        ({"callbacks": {"a": 1}}, "context: callbacks.a: is 1; give a JSON Schema"),
        ({"input": {"type": "objct"}}, f'context: input.type: "objct" is no type; {TYPES}'),
        ({"input": {"type": ["null", {}]}}, f"context: input.type: {{}} is no type; {TYPES}"),
        (
            {"lambdas": {"f": {"event": {"properties": {"a": {"items": {"type": "int"}}}}}}},
            f'context: lambdas.f.event.properties.a.items.type: "int" is no type; {TYPES}',
        ),
        (
            {"executions": {"a": {"returns": {"anyOf": [{}, {"type": "text"}]}}}},
            f'context: executions.a.returns.anyOf.1.type: "text" is no type; {TYPES}',
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(document: Any, message: str) -> None:
    with pytest.raises(ContextInvalid) as refused:
        parse_context(document)
    assert str(refused.value) == message


def test_a_value_or_a_name_that_reads_like_a_type_is_none() -> None:
    schema = {"properties": {"type": {"enum": [{"type": "car"}]}}, "default": {"type": "van"}}
    assert parse_context({"input": schema}).kind is None


def test_a_file_that_is_absent_or_no_json_is_refused_by_name(tmp_path: Path) -> None:
    absent, broken, good = (tmp_path / name for name in ("absent.json", "broken.json", "good.json"))
    broken.write_text("{")
    good.write_text(json.dumps({"type": "STANDARD"}))
    for file, words in ((absent, "cannot be read"), (broken, "is not JSON")):
        with pytest.raises(ContextInvalid, match=f"{file.name}: {words}"):
            read_context(file)
    assert read_context(good).kind == "STANDARD"

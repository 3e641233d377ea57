"""What a function is given against what its handler takes."""

from __future__ import annotations

from typing import Any

import pytest

from stepmill.check.shapes.schema import of_schema
from stepmill.check.shapes.shape import NULL, UNKNOWN, Array, Number, Object, Shape, String, Union, of_value
from stepmill.check.subject import Context, Contract
from tests.check.services.conftest import Check

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:judge"
EVENT = {
    "type": "object",
    "properties": {
        "rmse": {"type": "number"},
        "limit": {"type": "integer"},
        "unit": {"enum": ["USD", "EUR"]},
        "champion": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "columns": {"type": "array", "items": {"type": "string"}},
        "tags": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["rmse", "limit"],
    "additionalProperties": False,
}
CONTEXT = Context(
    lambdas={FUNCTION: Contract(event=of_schema(EVENT)), "${Judge}": Contract(of_schema(EVENT))}
)
GOOD = {"rmse.$": "$.rmse", "limit": 2000}


def invoke(payload: Any = ..., function: str = FUNCTION) -> dict[str, Any]:
    return {"FunctionName": function} | ({} if payload is ... else {"Payload": payload})


@pytest.mark.parametrize(
    ("payload", "rule", "pointer"),
    [
        ({"rmse": 1.5}, "handler-input-missing", "/Payload"),
        ({"rmse": 1.5, "limits": 3}, "handler-input-missing", "/Payload"),
        ({"rmse": "1.5", "limit": 3}, "handler-input-type", "/Payload/rmse"),
        ({"rmse": 1, "limit": 1.5}, "handler-input-type", "/Payload/limit"),
        ({**GOOD, "unit": "CHF"}, "handler-input-type", "/Payload/unit"),
        ({**GOOD, "champion": "none"}, "handler-input-type", "/Payload/champion"),
        ({**GOOD, "columns": "a"}, "handler-input-type", "/Payload/columns"),
        ({**GOOD, "columns": ["a", 5]}, "handler-input-type", "/Payload/columns/1"),
        ({**GOOD, "tags": {"year": 2026}}, "handler-input-type", "/Payload/tags/year"),
        ({**GOOD, "seed.$": "$.seed"}, "handler-input-unknown", "/Payload/seed.$"),
        ("text", "handler-input-type", "/Payload"),
        (..., "handler-input-missing", ""),
    ],
)
def test_tells_what_the_handler_cannot_take(check: Check, payload: Any, rule: str, pointer: str) -> None:
    found = check("lambda:invoke", invoke(payload), context=CONTEXT)
    assert [(it.rule, it.pointer) for it in found] == [(rule, f"/States/Only/Parameters{pointer}")]


@pytest.mark.parametrize(
    "payload",
    [
        GOOD,
        {**GOOD, "unit": "EUR", "champion": None, "columns": [], "tags": {"year": "2026"}},
        {**GOOD, "champion.$": "$.champion", "columns": ["a", "b"]},
    ],
)
def test_says_nothing_of_what_fits(check: Check, payload: Any) -> None:
    assert check("lambda:invoke", invoke(payload), context=CONTEXT) == []


@pytest.mark.parametrize(
    ("shape", "rules"),
    [
        (UNKNOWN, []),
        (Object(rest=UNKNOWN), []),
        (of_value({"rmse": 1, "limit": 2, "and": "more"}), []),
        (of_value({"rmse": 1}), ["handler-input-missing"]),
        (Union((of_value({"rmse": 1}), of_value({"rmse": 1, "limit": 2}))), []),
        (Union((of_value({"rmse": 1}), of_value({"rmse": 1, "unit": "EUR"}))), ["handler-input-missing"]),
        (Union((String(), NULL)), ["handler-input-type"]),
        (Union((String(), of_value({"rmse": 1, "limit": 2}))), []),
    ],
)
def test_a_whole_event_by_path_may_hold_more(check: Check, shape: Shape, rules: list[str]) -> None:
    given = {"FunctionName": FUNCTION, "Payload.$": "$"}
    found = check("lambda:invoke", given, known={"$": shape}, context=CONTEXT)
    assert [(it.rule, it.pointer) for it in found] == [
        (rule, "/States/Only/Parameters/Payload.$") for rule in rules
    ]


def test_a_fault_is_told_once_whatever_the_form_of_another_member(check: Check) -> None:
    """Two ways lead here, and what one of them has measured has another form than what the other has."""
    measured = {"$.tags": Union((of_value({}), of_value({"year": "2026"})))}
    payload = {"rmse": 1.5, "tags.$": "$.tags"}
    found = check("lambda:invoke", invoke(payload), known=measured, context=CONTEXT)
    by_way = Union(tuple(of_value({"rmse": 1.5, "tags": tags}) for tags in ({}, {"year": "2026"})))
    whole = {"FunctionName": FUNCTION, "Payload.$": "$"}
    merged = check("lambda:invoke", whole, known={"$": by_way}, context=CONTEXT)
    said = [it.message.partition("lacks ")[2] for it in [*found, *merged]]
    assert said == [f"limit; {FUNCTION} requires it"] * 2


@pytest.mark.parametrize(
    ("shape", "rules"),
    [
        (Array(Number()), ["handler-input-type"]),  # it may be empty, but is not meant to be
        (Array(Number(), (String(),), 0, 1), []),  # there is no other item
        (Array(UNKNOWN), []),
        (Array(Number(), (), 1), ["handler-input-type"]),
        (Array(Union((Number(), String())), (), 1), []),
        (Array(String(), (), 4), ["handler-input-type"]),
        (Array(String(), (), 0, 0), []),
        (Union((Number(), Array(Number(), (), 2))), ["handler-input-type"]),
        (Union((String(), Array(String(), (), 2))), []),
    ],
)
def test_a_list_fits_by_its_items_and_its_length(check: Check, shape: Shape, rules: list[str]) -> None:
    names = {"type": "array", "items": {"type": "string"}, "maxItems": 3}
    context = Context(lambdas={FUNCTION: Contract(of_schema({"properties": {"names": names}}))})
    found = check("lambda:invoke", invoke({"names.$": "$.names"}), known={"$.names": shape}, context=context)
    assert [it.rule for it in found] == rules


def test_the_function_can_be_called_by_its_token_or_its_own_arn(check: Check) -> None:
    payload = {"rmse": 1}
    by_token = check("lambda:invoke", invoke(payload, "${Judge}"), context=CONTEXT)
    by_arn = check(f"{FUNCTION}:live", payload, context=CONTEXT)
    by_resource = check("${Judge}", payload, context=CONTEXT)
    assert [it.pointer for it in by_token] == ["/States/Only/Parameters/Payload"]
    assert [(it.rule, it.pointer) for it in by_arn] == [("handler-input-missing", "/States/Only/Parameters")]
    assert [(it.rule, it.pointer) for it in by_resource] == [
        ("handler-input-missing", "/States/Only/Parameters")
    ]


def test_nothing_is_said_of_a_function_without_a_contract(check: Check) -> None:
    assert check("lambda:invoke", invoke({"x": 1}, "other"), context=CONTEXT) == []


def test_a_handler_that_takes_anything_more_knows_every_member(check: Check) -> None:
    context = Context(lambdas={FUNCTION: Contract(of_schema(EVENT | {"additionalProperties": True}))})
    assert check("lambda:invoke", invoke({**GOOD, "seed": 1}), context=context) == []


def test_a_number_outside_of_the_bounds_does_not_fit(check: Check) -> None:
    share = of_schema({"type": "object", "properties": {"share": {"type": "number", "maximum": 1}}})
    context = Context(lambdas={FUNCTION: Contract(share)})
    found = check("lambda:invoke", invoke({"share": 2}), context=context)
    assert [it.rule for it in found] == ["handler-input-type"]
    assert check("lambda:invoke", invoke({"share.$": "$.s"}), known={"$.s": Number()}, context=context) == []


def test_the_message_names_the_likely_slip(check: Check) -> None:
    (found,) = check("lambda:invoke", invoke({"rmse": 1, "limits": 3}), context=CONTEXT)
    assert found.message == "States.Only: Parameters.Payload lacks limit; did you mean that by limits?"

"""Tasks in the machine and the template they stand in."""

from __future__ import annotations

from typing import Any

import pytest

from stepmill.check.checker import check_machine
from stepmill.check.rule import one_state
from stepmill.check.shapes.schema import of_schema
from stepmill.check.shapes.shape import Piece, Shape, String, of_value
from stepmill.check.subject import Context, Contract, Subject

FUNCTION = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:judge"
PIECES = String(
    pieces=(
        "arn:",
        Piece(token="${AWS::Partition}"),
        ":lambda:",
        Piece(token="${AWS::Region}"),
        ":",
        Piece(token="${AWS::AccountId}"),
        ":function:judge",
    )
)
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/approvals"


def schema(*names: str) -> Shape:
    members = {name: {"type": "number"} for name in names}
    return of_schema(
        {"type": "object", "properties": members, "required": [*names], "additionalProperties": False}
    )


CONTEXT = Context(lambdas={FUNCTION: Contract(schema("rmse"), schema("score"))})


def told(definition: Any, **tokens: Shape) -> list[tuple[str, str]]:
    subject = Subject(definition, substitutions=tokens, context=CONTEXT)
    return [(found.rule, found.pointer) for found in check_machine(subject).found]


def judge(payload: Any, read: str) -> dict[str, Any]:
    invoke = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "${Judge}", "Payload": payload},
        "ResultSelector": {"read.$": read},
        "TimeoutSeconds": 60,
        "End": True,
    }
    return one_state(invoke)


@pytest.mark.parametrize("known", [PIECES, of_value(FUNCTION)], ids=["pieces", "text"])
def test_a_function_named_by_a_token_has_the_contract_of_its_value(known: Shape) -> None:
    good = told(judge({"rmse": 1}, "$.Payload.score"), Judge=known)
    given = told(judge({"rmsee": 1}, "$.Payload.score"), Judge=known)
    read = told(judge({"rmse": 1}, "$.Payload.nothing"), Judge=known)
    assert (good, given, read) == (
        [],
        [("handler-input-missing", "/States/Only/Parameters/Payload")],
        [("path-missing", "/States/Only/ResultSelector/read.$")],
    )


@pytest.mark.parametrize("known", [PIECES, of_value(FUNCTION)], ids=["pieces", "text"])
def test_a_resource_that_is_a_token_has_the_contract_of_its_value(known: Shape) -> None:
    call = {"Type": "Task", "Resource": "${Judge}", "TimeoutSeconds": 60, "End": True}
    good = {**call, "Parameters": {"rmse": 1}, "ResultSelector": {"read.$": "$.score"}}
    bad = {**call, "Parameters": {}, "ResultSelector": {"read.$": "$.nothing"}}
    assert told(one_state(good), Judge=known) == []
    assert told(one_state(bad), Judge=known) == [
        ("path-missing", "/States/Only/ResultSelector/read.$"),
        ("handler-input-missing", "/States/Only/Parameters"),
    ]


def test_of_a_token_without_a_known_value_nothing_is_told() -> None:
    call = {"Type": "Task", "Resource": "${Judge}", "Parameters": {}, "TimeoutSeconds": 60, "End": True}
    assert told(one_state(call), Judge=String()) == []


def test_what_a_task_answers_that_reads_a_token_it_does_not_have_is_not_told_too() -> None:
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": QUEUE, "MessageBody": {"token.$": "$$.Task.Token"}},
        "TimeoutSeconds": 60,
        "Next": "Read",
    }
    read = {"Type": "Pass", "Parameters": {"verdict.$": "$.approved"}, "End": True}
    assert told(one_state(ask, Read=read)) == [
        ("token-without-wait", "/States/Only/Parameters/MessageBody/token.$")
    ]


@pytest.mark.parametrize(
    ("result", "faults"),
    [
        ({"config": {}, "run": {}}, [("parameter-missing", "/States/Tell")]),
        ({"TopicArn": "arn:aws:sns:eu-west-1:123456789012:alerts"}, [("parameter-missing", "/States/Tell")]),
        ({"TopicArn": "arn:aws:sns:eu-west-1:123456789012:alerts", "Message": "done"}, []),
    ],
)
def test_without_parameters_the_whole_input_is_what_is_sent(
    result: Any, faults: list[tuple[str, str]]
) -> None:
    tell = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "TimeoutSeconds": 60, "End": True}
    make = {"Type": "Pass", "Result": result, "Next": "Tell"}
    assert told(one_state(make, Tell=tell)) == faults
    assert told(one_state({"Type": "Pass", "Next": "Tell"}, Tell=tell)) == []

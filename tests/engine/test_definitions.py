"""What is refused when a definition is parsed: where, and why."""

import json
import re
from typing import Any

import pytest

from stepmill.engine import InvalidDefinition, parse

DONE = {"Type": "Pass", "End": True}
TASK = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True}
BRANCH = {"StartAt": "In", "States": {"In": DONE}}


def one(state: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": state}, **top}


def task(**fields: Any) -> dict[str, Any]:
    return one({**TASK, **fields})


def mapped(**fields: Any) -> dict[str, Any]:
    return one({"Type": "Map", "ItemProcessor": BRANCH, "End": True, **fields})


CASES: list[tuple[Any, str]] = [
    ([], "/: is []; an object is needed here"),
    ({"States": {"A": DONE}}, "/StartAt: StartAt is None; a non-empty string is needed"),
    ({"StartAt": "A"}, "/States: States is None; an object with at least one state is needed"),
    (
        {"StartAt": "B", "States": {"A": DONE}},
        "/StartAt: StartAt is 'B', which is no state here; there are A",
    ),
    (one({"Type": "Activity"}), "/States/A/Type: Type is 'Activity'; it must be one of Choice, Fail, Map,"),
    (one({}), "/States/A/Type: Type is None; it must be one of"),
    (one({"Type": "Pass"}), "/States/A/Next: Next is missing; give Next, or End: true"),
    (one({"Type": "Pass", "End": False}), "/States/A/Next: Next is missing; give Next, or End: true"),
    (one({"Type": "Pass", "End": "true"}), "/States/A/End: End is 'true'; it must be true"),
    (
        one({"Type": "Pass", "End": True, "Next": "A"}),
        "/States/A/Next: Next stands beside End; give one of them",
    ),
    (one({"Type": "Pass", "Next": "B"}), "/States/A: goes to 'B', which is no state here; there are A"),
    (
        {"StartAt": "A", "States": {"A": DONE, "B": DONE}},
        "/States/B: no state leads to 'B'; remove or use it",
    ),
    (
        {
            "StartAt": "A",
            "States": {"A": {"Type": "Parallel", "Branches": [BRANCH], "Next": "In"}, "In": DONE},
        },
        "/States/In: the name 'In' is used twice in the machine; names must be unique",
    ),
    (
        one({"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": DONE}}], "End": True}),
        "/States/A/Branches/0/States/A: the name 'A' is used twice",
    ),
    (
        {"StartAt": "x" * 81, "States": {"x" * 81: DONE}},
        "the state's name has 81 characters; 1 to 80 are allowed",
    ),
    (
        one(DONE, QueryLanguage="JSONata"),
        "/QueryLanguage: QueryLanguage is 'JSONata', which this engine does not",
    ),
    (one({**DONE, "QueryLanguage": "JSONata"}), "/States/A/QueryLanguage: QueryLanguage is 'JSONata'"),
    (
        one(DONE, TimeoutSeconds=0),
        "/TimeoutSeconds: TimeoutSeconds is 0; an integer from 1 to 99999999 is needed",
    ),
    (one(DONE, Version="2.0"), "/Version: Version is '2.0'; it must be '1.0'"),
    (one(DONE, Nonsense=1), "/Nonsense: Nonsense is not supported here; allowed are Comment,"),
    (one({**DONE, "Resource": "x"}), "/States/A/Resource: Resource is not supported here"),
    (
        one({**DONE, "Assign": {}}),
        "/States/A/Assign: Assign needs variables, which this engine does not run yet",
    ),
    (one({**DONE, "Retry": []}), "/States/A/Retry: Retry is not supported here"),
    (
        one({**DONE, "Parameters": {"a.$": 1}}),
        "/States/A/Parameters/a.$: the value for the field 'a.$' must be a valid JSONPath or a valid",
    ),
    (
        one({**DONE, "Parameters": {"l": [{"a.$": "$..["}]}}),
        "/States/A/Parameters/l/0/a.$: the value for the field",
    ),
    (
        one({**DONE, "Parameters": {"a.$": "$.x", "a": 1}}),
        "the field 'a' is given twice, as a value and as a path",
    ),
    (
        one({**DONE, "InputPath": "a"}),
        "/States/A/InputPath: InputPath is 'a'; a JSONPath that begins with '$'",
    ),
    (one({**DONE, "OutputPath": "$["}), "/States/A/OutputPath: OutputPath cannot be read"),
    (
        one({**DONE, "ResultPath": "$.a[*]"}),
        "/States/A/ResultPath: ResultPath cannot be read: '$.a[*]' may name",
    ),
    (one({**DONE, "ResultPath": "$$.a"}), "the context object cannot be written"),
    (task(Resource=""), "/States/A/Resource: Resource is ''; a non-empty string is needed"),
    (
        task(Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken"),
        ".waitForTaskToken is not run by this",
    ),
    (task(Resource="arn:aws:states:us-east-1:1:activity:a"), "activities are not run by this engine yet"),
    (task(TimeoutSeconds=5, HeartbeatSeconds=5), "HeartbeatSeconds is 5; it must be below TimeoutSeconds"),
    (task(TimeoutSeconds=5, TimeoutSecondsPath="$.t"), "TimeoutSecondsPath stands beside TimeoutSeconds"),
    (task(TimeoutSeconds=True), "/States/A/TimeoutSeconds: TimeoutSeconds is True; an integer"),
    (task(Credentials={}), "Credentials needs cross-account credentials, which this engine does not run yet"),
    (task(Retry=[{}]), "/States/A/Retry/0/ErrorEquals: ErrorEquals is None; a non-empty array is needed"),
    (task(Retry={}), "/States/A/Retry: Retry is {}; an array is needed"),
    (
        task(Retry=[{"ErrorEquals": ["States.ALL", "X"]}]),
        "has States.ALL beside other names; it must stand alone",
    ),
    (
        task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "A"}, {"ErrorEquals": ["X"], "Next": "A"}]),
        "/States/A/Catch/0/ErrorEquals: ErrorEquals has States.ALL in an entry that is not the last",
    ),
    (task(Retry=[{"ErrorEquals": [1]}]), "ErrorEquals holds 1; error names are strings"),
    (
        task(Retry=[{"ErrorEquals": ["X"], "IntervalSeconds": 1.5}]),
        "IntervalSeconds is 1.5; an integer from 0",
    ),
    (task(Retry=[{"ErrorEquals": ["X"], "BackoffRate": 0.5}]), "BackoffRate is 0.5; a number of 1.0 or more"),
    (task(Retry=[{"ErrorEquals": ["X"], "MaxAttempts": -1}]), "MaxAttempts is -1; an integer from 0"),
    (task(Retry=[{"ErrorEquals": ["X"], "MaxDelaySeconds": 1}]), "is 1; it must be above IntervalSeconds"),
    (
        task(Retry=[{"ErrorEquals": ["X"], "JitterStrategy": "full"}]),
        "JitterStrategy is 'full'; it must be 'FULL'",
    ),
    (
        task(Catch=[{"ErrorEquals": ["X"]}]),
        "/States/A/Catch/0/Next: Next is None; a non-empty string is needed",
    ),
    (
        task(Catch=[{"ErrorEquals": ["X"], "Next": "Gone"}]),
        "/States/A: goes to 'Gone', which is no state here",
    ),
    (one({"Type": "Wait", "End": True}), "/States/A/Seconds: Seconds has company or is missing"),
    (one({"Type": "Wait", "Seconds": 1, "SecondsPath": "$.s", "End": True}), "give exactly one of Seconds,"),
    (
        one({"Type": "Wait", "Seconds": -1, "End": True}),
        "Seconds is -1; an integer from 0 to 99999999 is needed",
    ),
    (
        one({"Type": "Wait", "Timestamp": "2026-01-01", "End": True}),
        "Timestamp is '2026-01-01'; write it as 2026-",
    ),
    (one({"Type": "Fail", "Error": 1}), "/States/A/Error: Error is 1; a string is needed"),
    (
        one({"Type": "Fail", "Error": "E", "ErrorPath": "$.e"}),
        "ErrorPath stands beside Error; give one of them",
    ),
    (one({"Type": "Fail", "Next": "A"}), "/States/A/Next: Next is not supported here"),
    (one({"Type": "Choice", "Choices": []}), "/States/A/Choices: Choices is []; a non-empty array is needed"),
    (one({"Type": "Parallel", "Branches": [], "End": True}), "Branches is []; a non-empty array is needed"),
    (
        one({"Type": "Parallel", "Branches": [{**BRANCH, "TimeoutSeconds": 1}], "End": True}),
        "/States/A/Branches/0/TimeoutSeconds: TimeoutSeconds is not supported here",
    ),
    (
        mapped(
            ItemProcessor={**BRANCH, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
        ),
        "/States/A/ItemProcessor/ProcessorConfig/Mode: Mode is 'DISTRIBUTED'; Distributed Map is not run",
    ),
    (mapped(ItemProcessor={**BRANCH, "ProcessorConfig": {"Mode": "X"}}), "Mode is 'X'; it must be 'INLINE'"),
    (mapped(ItemReader={}), "ItemReader needs Distributed Map, which this engine does not run yet"),
    (mapped(ToleratedFailurePercentage=5), "ToleratedFailurePercentage needs Distributed Map"),
    (mapped(Iterator=BRANCH), "ItemProcessor is missing or stands beside Iterator; give one of them"),
    (mapped(ItemSelector={}, Parameters={}), "Parameters stands beside ItemSelector, which has replaced it"),
    (mapped(MaxConcurrency=-1), "MaxConcurrency is -1; an integer from 0"),
    (mapped(MaxConcurrency=1, MaxConcurrencyPath="$.m"), "MaxConcurrencyPath stands beside MaxConcurrency"),
]


@pytest.mark.parametrize(("definition", "message"), CASES, ids=[message[:60] for _, message in CASES])
def test_refuses_a_definition_with_the_place_and_the_reason(definition: Any, message: str) -> None:
    with pytest.raises(InvalidDefinition, match=re.escape(message)):
        parse(definition)


@pytest.mark.parametrize("text", ["{", "", "[1", '{"StartAt": NaN}', "[" * 200_000], ids=range(5))
def test_refuses_a_text_that_is_not_json(text: str) -> None:
    with pytest.raises(InvalidDefinition, match="the definition is not JSON"):
        parse(text)


def test_the_error_carries_pointer_and_reason() -> None:
    with pytest.raises(InvalidDefinition) as caught:
        parse(one({"Type": "Pass", "Next": "B"}))
    reason = "goes to 'B', which is no state here; there are A"
    assert (caught.value.pointer, caught.value.reason) == ("/States/A", reason)


def test_a_definition_is_parsed_once() -> None:
    text = json.dumps(one(DONE))
    assert parse(text) is parse(text)

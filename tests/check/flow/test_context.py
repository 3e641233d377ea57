"""The context object, and fields that read a time or a text."""

from typing import Any

from tests.check.flow.machines import found, machine, task, told


def reads(path: str, **more: Any) -> dict[str, Any]:
    return {"Type": "Pass", "Parameters": {"read.$": path}, "End": True, **more}


def test_the_context_object_has_its_own_members() -> None:
    good = "States.Array($$.Execution.Id, $$.Execution.Input.any, $$.State.RetryCount, $$.StateMachine.Name)"
    assert found({"Read": reads(good)}) == []
    (finding,) = found({"Read": reads("$$.Execution.Nam")})
    assert (finding.rule, finding.suggestion) == ("path-missing", "$$.Execution.Name")


def test_the_items_of_a_map_are_in_the_context_only_inside_of_one() -> None:
    inside = machine("Read", {"Read": reads("$$.Map.Item.Index")})
    states = {
        "Each": {"Type": "Map", "ItemsPath": "$.list", "ItemProcessor": inside, "Next": "After"},
        "After": reads("$$.Map.Item.Index"),
    }
    assert [finding.pointer for finding in found(states)] == ["/States/After/Parameters/read.$"]


def test_the_token_of_a_task_is_in_the_context_of_tasks_only() -> None:
    ask = task(Parameters={"t.$": "$$.Task.Token"}, Next="Read")
    (finding,) = found({"Ask": ask, "Read": reads("$$.Task.Token")})
    assert finding.pointer == "/States/Read/Parameters/read.$"


def test_times_that_are_read_must_be_of_their_kind() -> None:
    states = {
        "Make": {"Type": "Pass", "Result": {"wait": "ten", "when": 5, "below": -1}, "Next": "Seconds"},
        "Seconds": {"Type": "Wait", "SecondsPath": "$.wait", "Next": "Moment"},
        "Moment": {"Type": "Wait", "TimestampPath": "$.when", "Next": "Below"},
        "Below": {"Type": "Wait", "SecondsPath": "$.below", "Next": "Do"},
        "Do": task(TimeoutSecondsPath="$.wait", ResultPath=None, Next="Fail"),
        "Fail": {"Type": "Fail", "ErrorPath": "$.when", "CausePath": "States.Format('{}', $.wait)"},
    }
    assert told(found(states)) == [
        (
            "path-type",
            "/States/Seconds/SecondsPath",
            "States.Seconds: SecondsPath '$.wait' gives a text; a whole number is needed",
        ),
        (
            "path-type",
            "/States/Moment/TimestampPath",
            "States.Moment: TimestampPath '$.when' gives a number; a text is needed",
        ),
        (
            "path-type",
            "/States/Below/SecondsPath",
            "States.Below: SecondsPath gives the number -1; 0 or more seconds are needed",
        ),
        (
            "path-type",
            "/States/Do/TimeoutSecondsPath",
            "States.Do: TimeoutSecondsPath '$.wait' gives a text; a whole number is needed",
        ),
        (
            "path-type",
            "/States/Fail/ErrorPath",
            "States.Fail: ErrorPath '$.when' gives a number; a text is needed",
        ),
    ]

"""Payloads, history, names, inputs: AWS's limits."""

import json
from typing import Any

import pytest

from stepmill.engine import InvalidExecutionInput, InvalidName, check_input, check_name, run_machine

LIMIT = 262_144
TOO_LONG = "returned a result with a size exceeding the maximum number of bytes service limit."
SEND = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject", "End": True}


def text_of(size_bytes: int) -> str:
    """A JSON string of so many bytes, quotes included."""
    return "x" * (size_bytes - 2)


@pytest.mark.parametrize(
    ("resource", "who"),
    [
        ("arn:aws:states:::aws-sdk:s3:getObject", "aws-sdk:s3"),
        ("arn:aws:states:::lambda:invoke", "lambda"),
        (
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            "arn:aws:lambda:us-east-1:123456789012:function:f",
        ),
    ],
)
def test_an_answer_over_256_kib_fails_the_task(resource: str, who: str) -> None:
    task = {**SEND, "Resource": resource, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Never"}]}
    machine = {"StartAt": "T", "States": {"T": task, "Never": {"Type": "Succeed"}}}
    result = run_machine(machine, tasks={"T": text_of(LIMIT + 1)})
    assert (result.status, result.error, result.cause) == (
        "FAILED",
        "States.DataLimitExceeded",
        f"The state/task '{who}' {TOO_LONG}",
    )
    assert result.history[-2]["type"].endswith("Failed")


def test_an_answer_of_256_kib_passes() -> None:
    result = run_machine({"StartAt": "T", "States": {"T": SEND}}, tasks={"T": text_of(LIMIT)})
    assert (result.status, len(result.output)) == ("SUCCEEDED", LIMIT - 2)


def test_bytes_count_not_characters() -> None:
    result = run_machine({"StartAt": "T", "States": {"T": SEND}}, tasks={"T": "ü" * (LIMIT // 2)})
    assert result.error == "States.DataLimitExceeded"


@pytest.mark.parametrize("kind", ["Pass", "Task", "Parallel"])
def test_a_state_that_makes_too_much_of_its_input_fails(kind: str) -> None:
    twice = {"a.$": "$", "b.$": "$"}
    inner = {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True}}}
    own: dict[str, Any] = {}
    if kind == "Task":
        own["Resource"] = "arn:aws:states:::a:b"
    if kind == "Parallel":
        own["Branches"] = [inner]
    state = {"Type": kind, "Parameters": twice, "End": True, **own}
    machine = {"StartAt": "Big", "States": {"Big": state}}
    result = run_machine(machine, text_of(LIMIT // 2 + 10))
    assert (result.error, result.cause) == (
        "States.DataLimitExceeded",
        f"The state/task 'Big' {TOO_LONG}",
    )


def test_the_joined_output_of_branches_counts() -> None:
    branches = [{"StartAt": n, "States": {n: {"Type": "Pass", "End": True}}} for n in "AB"]
    machine = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    result = run_machine(machine, text_of(LIMIT // 2 + 10))
    assert result.error == "States.DataLimitExceeded"


def loop(extra_states: int) -> dict[str, Any]:
    """Runs for ever; `extra_states` shifts at which event the limit is met."""
    states: dict[str, Any] = {f"E{n}": {"Type": "Pass", "Next": f"E{n + 1}"} for n in range(extra_states)}
    states[f"E{extra_states}"] = {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "IsNull": True, "Next": "E0"}],
    }
    states[f"E{extra_states}"]["Default"] = "E0"
    return {"StartAt": "E0", "States": states}


@pytest.mark.parametrize("extra_states", [1, 2])
def test_event_25000_is_the_failure_of_an_execution_that_goes_on(extra_states: int) -> None:
    result = run_machine(loop(extra_states))
    assert (len(result.history), result.history[-1]["type"]) == (25_000, "ExecutionFailed")
    assert (result.status, result.error, result.cause) == (
        "FAILED",
        "States.Runtime",
        "The execution reached the maximum number of history events (25000).",
    )


def counted(passes: int) -> dict[str, Any]:
    states: dict[str, Any] = {f"P{n}": {"Type": "Pass", "Next": f"P{n + 1}"} for n in range(passes - 1)}
    states[f"P{passes - 1}"] = {"Type": "Pass", "Next": "Done"}
    return {"StartAt": "P0", "States": {**states, "Done": {"Type": "Succeed"}}}


def test_event_25000_may_be_the_success() -> None:
    # started 1, 12,498 passes of two events, succeed of two: the next would be event 25,000
    machine = counted(12_498)
    result = run_machine(machine)
    assert (result.status, len(result.history)) == ("SUCCEEDED", 25_000)


def test_a_failed_fan_out_at_the_limit_still_ends_in_order() -> None:
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}}
    machine = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": wait, "End": True}}}
    result = run_machine(machine, list(range(7_000)))
    assert [event["id"] for event in result.history] == list(range(1, 25_001))
    assert (result.status, result.history[-1]["type"]) == ("FAILED", "ExecutionFailed")


@pytest.mark.parametrize("name", ["a", "x" * 80, "Run-1_a.b=c@d!e'(f)+", "läuft"])
def test_accepts_a_name(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x" * 81,
        *(f"a{char}b" for char in ' <>{}[]?*"#%\\^|~`$&,;:/\n\t\x00\x7f\x85\ud800\ufffe\U0010ffff'),
    ],
)
def test_refuses_a_name(name: str) -> None:
    with pytest.raises(InvalidName, match=r"^name: "):
        check_name(name)


@pytest.mark.parametrize("text", ["{}", "null", '"x"', " [1] ", json.dumps("x" * (LIMIT - 2))], ids=range(5))
def test_accepts_an_input(text: str) -> None:
    assert check_input(text).value == json.loads(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("NaN", "is not JSON"),
        ("1e999", "is not JSON"),
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ("\ud800", "is not JSON"),
        (json.dumps("x" * (LIMIT - 1)), "has 262145 bytes; at most 262144 are allowed"),
    ],
    ids=range(7),
)
def test_refuses_an_input(text: str, reason: str) -> None:
    with pytest.raises(InvalidExecutionInput, match=reason):
        check_input(text)


def test_lone_surrogates_and_deep_data_do_not_break_the_engine() -> None:
    machine = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"v.$": "$.x"}, "End": True}}}
    result = run_machine(machine, {"x": "\ud800"})
    assert result.history[-1]["executionSucceededEventDetails"]["output"] == '{"v":"\\ud800"}'
    deep = {"Type": "Pass", "Parameters": {"v.$": "$"}, "Next": "Again"}
    again = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.never", "IsPresent": True, "Next": "End"}],
        "Default": "Deep",
    }
    states = {"Deep": deep, "Again": again, "End": {"Type": "Succeed"}}
    nested = run_machine({"StartAt": "Deep", "States": states})
    assert (nested.status, nested.error) == ("FAILED", "States.Runtime")
    assert nested.cause is not None
    assert nested.cause.endswith("The data is not valid JSON: nested too deeply")

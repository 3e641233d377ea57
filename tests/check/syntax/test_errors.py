"""Retry and Catch, timeouts and heartbeats."""

from collections.abc import Callable
from typing import Any

import pytest

from stepmill.check.syntax.errors import ERROR_NAMES

Told = Callable[..., list[tuple[str, str]]]
Said = Callable[[Any], list[tuple[str, str]]]

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:fit"
A = "/States/A"


def task(machine: dict[str, Any] | None = None, /, **fields: Any) -> dict[str, Any]:
    state = {"Type": "Task", "Resource": FUNCTION, **fields, "Next": "B"}
    return {**(machine or {}), "StartAt": "A", "States": {"A": state, "B": {"Type": "Succeed"}}}


def retry(*rules: Any) -> dict[str, Any]:
    return task(Retry=list(rules))


def on(*names: Any, **fields: Any) -> dict[str, Any]:
    return {"ErrorEquals": list(names), **fields}


def catch(*rules: dict[str, Any]) -> dict[str, Any]:
    return task(Catch=[{**rule, "Next": "B"} for rule in rules])


@pytest.mark.parametrize(
    "name", [*ERROR_NAMES, "States.Http.StatusCode.404", "Custom", "", "${E}", "States.${E}", "States"]
)
def test_accepts_every_name_that_may_be_reported(told: Told, name: str) -> None:
    assert told(retry(on(name))) == []
    assert told(catch(on(name))) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("States.Default", ""),
        ("States.TaskFailedId", "States.TaskFailed"),
        ("States.all", "States.ALL"),
        ("States.TimeOut", "States.Timeout"),
        ("States.NoChoicesMatched", "States.NoChoiceMatched"),
        ("States.", ""),
    ],
)
def test_tells_reserved_names_that_do_not_exist(told: Told, said: Said, name: str, meant: str) -> None:
    definition = catch(on("Custom", name), on("States.ALL"))
    assert told(definition) == [("error-name-unknown", f"{A}/Catch/0/ErrorEquals/1")]
    assert said(definition) == [
        (f'States.A.Catch[0]: ErrorEquals names "{name}", which Step Functions never reports', meant)
    ]


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (retry(on("X"), on("States.ALL")), []),
        (retry(on("States.ALL", "X")), [("states-all-position", f"{A}/Retry/0/ErrorEquals")]),
        (retry(on("States.ALL"), on("X")), [("states-all-position", f"{A}/Retry/0/ErrorEquals")]),
        (catch(on("States.ALL"), on("X")), [("states-all-position", f"{A}/Catch/0/ErrorEquals")]),
        (retry(on("X", "X")), []),
        (retry(on("X"), on("X", "Y")), []),
        (retry(on("X", "Y"), on("Y")), [("retrier-unreachable", f"{A}/Retry/1")]),
        (catch(on("X"), on("X")), [("catcher-unreachable", f"{A}/Catch/1")]),
        (retry(on("States.TaskFailed"), on("X")), [("retrier-unreachable", f"{A}/Retry/1")]),
        (retry(on("States.TaskFailed"), on("States.Timeout")), []),
        (retry(on("States.TaskFailed"), on("${Error}")), []),
        (retry(on("States.TaskFailed"), on("States.ALL")), []),
        (retry(on()), [("field-value", f"{A}/Retry/0/ErrorEquals")]),
        (retry(on(5)), [("field-type", f"{A}/Retry/0/ErrorEquals/0")]),
        (retry({"ErrorEquals": "X"}), [("field-type", f"{A}/Retry/0/ErrorEquals")]),
        (retry(on("X"), on("X", 5)), [("field-type", f"{A}/Retry/1/ErrorEquals/1")]),
        (catch({"ErrorEquals": "${Errors}"}, {"ErrorEquals": "${Errors}"}), []),
    ],
    ids=str,
)
def test_takes_the_first_rule_that_names_an_error(
    told: Told, definition: Any, expected: list[tuple[str, str]]
) -> None:
    assert told(definition) == expected


@pytest.mark.parametrize(
    ("fields", "rule", "field"),
    [
        ({"IntervalSeconds": 1, "MaxAttempts": 0, "BackoffRate": 1, "JitterStrategy": "NONE"}, "", ""),
        ({"IntervalSeconds": 5, "MaxDelaySeconds": 6, "BackoffRate": 2.5, "JitterStrategy": "FULL"}, "", ""),
        ({"IntervalSeconds": 5, "MaxDelaySeconds": "${Delay}"}, "", ""),
        ({"IntervalSeconds": "${Interval}", "MaxDelaySeconds": 1}, "", ""),
        ({"IntervalSeconds": 0}, "retry-value", "IntervalSeconds"),
        ({"IntervalSeconds": "5"}, "field-type", "IntervalSeconds"),
        ({"IntervalSeconds": 1.5}, "field-type", "IntervalSeconds"),
        ({"MaxAttempts": -1}, "retry-value", "MaxAttempts"),
        ({"MaxAttempts": 100_000_000}, "retry-value", "MaxAttempts"),
        ({"BackoffRate": 0.9}, "retry-value", "BackoffRate"),
        ({"BackoffRate": "2"}, "field-type", "BackoffRate"),
        ({"MaxDelaySeconds": 31_622_401}, "retry-value", "MaxDelaySeconds"),
        ({"MaxDelaySeconds": 5, "IntervalSeconds": 5}, "retry-value", "MaxDelaySeconds"),
        ({"BackoffRate": []}, "field-type", "BackoffRate"),
        ({"BackoffRate": "{% 2 %}"}, "field-type", "BackoffRate"),
        ({"IntervalSeconds": "{% 2 %}"}, "field-type", "IntervalSeconds"),
        ({"JitterStrategy": "full"}, "retry-value", "JitterStrategy"),
    ],
    ids=str,
)
def test_holds_a_retrier_against_its_ranges(
    told: Told, fields: dict[str, Any], rule: str, field: str
) -> None:
    expected = [(rule, f"{A}/Retry/0/{field}")] if rule else []
    assert told(retry(on("X", **fields))) == expected
    assert told(retry(on("X", **fields)) | {"QueryLanguage": "JSONata"}) == expected


@pytest.mark.parametrize(
    ("timeout_s", "heartbeat_s", "is_told"),
    [(60, 59, False), (60, 60, True), (60, 61, True), ("${T}", 60, False), (60, "${H}", False)],
)
def test_a_heartbeat_is_shorter_than_the_timeout(
    told: Told, timeout_s: Any, heartbeat_s: Any, is_told: bool
) -> None:
    definition = task(TimeoutSeconds=timeout_s, HeartbeatSeconds=heartbeat_s)
    assert told(definition) == ([("heartbeat-not-shorter", f"{A}/HeartbeatSeconds")] if is_told else [])


def test_a_timeout_that_is_wrong_is_compared_with_nothing(told: Told) -> None:
    definition = task(TimeoutSeconds=0, HeartbeatSeconds=5)
    assert told(definition) == [("field-value", f"{A}/TimeoutSeconds")]


def test_says_what_a_retrier_may_hold(said: Said) -> None:
    assert said(retry(on("X", JitterStrategy="full", MaxAttempts=-1))) == [
        ('States.A.Retry[0]: JitterStrategy is "full"; allowed are FULL, NONE', "FULL"),
        ("States.A.Retry[0]: MaxAttempts is -1; it must be from 0 to 99,999,999", ""),
    ]
    assert said(retry(on("X", BackoffRate=0.5))) == [
        ("States.A.Retry[0]: BackoffRate is 0.5; it must be at least 1", "")
    ]


def test_says_where_to_put_states_all(said: Said) -> None:
    assert said(retry(on("States.ALL", "X"), on("States.ALL"), on("Y"))) == [
        ("States.A.Retry[0]: States.ALL is not alone; give it a rule of its own at the end", ""),
        ("States.A.Retry[1]: States.ALL is not the last; move it to the end", ""),
    ]


def test_warns_of_a_token_without_any_timeout(told: Told) -> None:
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    assert told(task(Resource=resource)) == [("token-without-timeout", A)]
    assert told(task(Resource=resource, HeartbeatSecondsPath="$.beat_s")) == []
    assert told(task(Resource=resource, TimeoutSeconds=60)) == []
    assert told(task({"TimeoutSeconds": 60}, Resource=resource)) == []


def test_a_warning_breaks_no_state(told: Told) -> None:
    from stepmill.check.finding import Findings
    from stepmill.check.subject import Subject
    from stepmill.check.syntax import check_syntax

    definition = retry(on("States.Default", BackoffRate=0), on("Lambda.Unknown"))
    assert check_syntax(Subject(definition), Findings()) == set()

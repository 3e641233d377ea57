"""What is written in a Comment to switch a rule off, and switches nothing off."""

from __future__ import annotations

from typing import Any

import pytest

from stepmill.check.checker import check_machine
from stepmill.check.finding import Finding
from stepmill.check.run import Checked
from stepmill.check.subject import Subject

TOKEN = "token-without-timeout"
ASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {
        "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/asked",
        "MessageBody": {"token.$": "$$.Task.Token"},
    },
    "End": True,
}
END = {"Type": "Succeed"}


def found(definition: dict[str, Any], *, is_all_known: bool = False) -> list[Finding]:
    subject, checked = Subject(definition), Checked()
    checked.add(subject, check_machine(subject).found, is_all_known=is_all_known)
    return checked.findings


def asking(comment: str, machine: str = "") -> list[Finding]:
    states = {"Ask": {**ASK, "Comment": comment}}
    return found({"Comment": machine, "StartAt": "Ask", "States": states})


@pytest.mark.parametrize(
    ("comment", "what", "suggestion"),
    [
        ("[check-ignore token-without-timout: long]", "but 'token-without-timout' is no rule; ", TOKEN),
        ("[check-ignore zzz: long]", "but 'zzz' is no rule; ", ""),
        (f"[check-ignore {TOKEN}]", "which has no reason or another form; ", ""),
        (f"[check-ignore {TOKEN}: ]", "which has no reason or another form; ", ""),
        (f"[check_ignore {TOKEN}: long]", "which has no reason or another form; ", ""),
        (f"[Check-Ignore: {TOKEN} long]", "which has no reason or another form; ", ""),
        (f"[check-ignore {TOKEN} in Other: long]", "but this is the Comment of Ask; ", ""),
    ],
)
def test_a_slip_is_told_where_it_stands(comment: str, what: str, suggestion: str) -> None:
    first = asking(f"They answer some day {comment} or never")[-1]
    assert (first.rule, first.severity, first.state, first.pointer, first.suggestion) == (
        "ignore-in-vain",
        "warning",
        "Ask",
        "/States/Ask/Comment",
        suggestion,
    )
    assert first.message.startswith(f"States.Ask: Comment has {comment!r}, {what}")


def test_what_a_slip_was_meant_for_is_told_with_it() -> None:
    (finding,) = asking("[check-ignore token-without-timout: long]")
    assert [one.rule for one in finding.follow_ons] == [TOKEN]
    (finding,) = asking(f"[Check-Ignore: {TOKEN} long]")
    assert [one.rule for one in finding.follow_ons] == [TOKEN]
    (finding,) = asking("", f"[check-ignore {TOKEN} in Aks: long]")
    assert (finding.pointer, finding.suggestion) == ("/Comment", "Ask")
    assert [one.rule for one in finding.follow_ons] == [TOKEN]
    assert [one.rule for one in asking("[check-ignore zzz: long]")] == [TOKEN, "ignore-in-vain"]


def test_what_switches_something_off_is_no_slip() -> None:
    assert asking(f"[check-ignore {TOKEN}: long]") == []
    assert asking("", f"[check-ignore {TOKEN} in Ask: long]") == []
    assert [one.rule for one in asking("We ignore how long it takes")] == [TOKEN]


def test_one_in_a_comment_that_is_not_read_is_told() -> None:
    comment = {"Comment": f"[check-ignore {TOKEN}: long]"}
    branch = {"StartAt": "Ask", "States": {"Ask": ASK}, **comment}
    both = {"Type": "Parallel", "Branches": [branch], "End": True}
    last = found({"StartAt": "Both", "States": {"Both": both}})[-1]
    assert (last.rule, last.pointer) == ("ignore-in-vain", "/States/Both/Branches/0/Comment")
    assert "which is not read here" in last.message


def idle(comment: str, *, is_all_known: bool, **more: Any) -> list[str]:
    states = {"Only": {"Type": "Pass", "Comment": comment, "Next": "End", **more}, "End": END}
    definition = {"StartAt": "Only", "States": states}
    return [one.rule for one in found(definition, is_all_known=is_all_known)]


def test_that_a_rule_tells_nothing_is_told_once_enough_is_known() -> None:
    form, data = "[check-ignore next-unknown: x]", "[check-ignore path-missing: x]"
    assert idle(form, is_all_known=False) == ["ignore-in-vain"]
    assert idle(data, is_all_known=False) == []
    assert idle(data, is_all_known=True) == ["ignore-in-vain"]
    # Behind a failure there may be more.
    assert idle(data, is_all_known=True, OutputPath="$.a[") == ["path-syntax"]


def test_a_rule_that_would_tell_what_follows_from_another_tells_something() -> None:
    comment = "[check-ignore job-not-awaited: quick] [check-ignore path-missing: it is not]"
    start = {
        "Type": "Task",
        "Comment": comment,
        "Resource": "arn:aws:states:::glue:startJobRun",
        "Parameters": {"JobName": "prepare"},
        "ResultSelector": {"state.$": "$.JobRunState"},
        "TimeoutSeconds": 60,
        "Next": "Use",
    }
    use = {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f", "End": True}
    definition = {"StartAt": "Start", "States": {"Start": start, "Use": {**use, "TimeoutSeconds": 60}}}
    assert found(definition, is_all_known=True) == []

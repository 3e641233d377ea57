"""What only follows from a fault is told as one with it, and comes back where the fault is switched off."""

from __future__ import annotations

from typing import Any

from stepmill.check.checker import check_machine
from stepmill.check.finding import Finding
from stepmill.check.shapes.shape import String, closed
from stepmill.check.subject import Subject
from stepmill.check.suppression import Ignore, kept
from tests.check.flow.machines import END, Answers, found, reads, task

STATUSES = String(frozenset({"InProgress", "Completed", "Failed", "Stopped"}), 6, 10)
JOB = "arn:aws:states:::aws-sdk:glue:startJobRun"
AWAITED = ("job-not-awaited", "failure", "/States/Start/Resource")


def short(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.rule, finding.severity, finding.pointer) for finding in findings]


def started(after: dict[str, Any], **more: Any) -> list[Finding]:
    """A job run that is only started, and what is found when another state comes after."""
    arguments = {} if more.get("QueryLanguage") else {"Parameters": {"JobName": "prepare"}}
    start = {"Type": "Task", "Resource": JOB, **arguments, "TimeoutSeconds": 60, "Next": "After", **more}
    call = "arn:aws:lambda:eu-west-1:123456789012:function:judge"
    use = {"Type": "Task", "Resource": call, "TimeoutSeconds": 60, "End": True}
    then = {name: value for name, value in after.items() if name != "End"}
    states = {"Start": start, "After": {**then, "Next": "Use"}, "Use": use}
    return check_machine(Subject({"StartAt": "Start", "States": states})).found


def test_what_only_the_ended_job_has_is_one_fault_with_the_job_that_is_not_awaited() -> None:
    selected = started(reads("$.state"), ResultSelector={"state.$": "$.JobRunState"})
    assert short(selected) == [AWAITED]
    assert selected[0].message.endswith("the same fault shows at /States/Start/ResultSelector/state.$")
    whole = started(reads("$.run.ErrorMessage"), ResultPath="$.run")
    assert short(whole) == [AWAITED]
    assert short(started(reads("$"), OutputPath="$.JobRunState")) == [AWAITED]
    assert short(started(reads("$v"), Assign={"v.$": "$.JobRunState"})) == [AWAITED]


def test_so_it_is_in_jsonata() -> None:
    more = {"QueryLanguage": "JSONata", "Arguments": {"JobName": "prepare"}}
    output = {"Output": {"run": "{% $states.result.JobRunState %}"}}
    assert short(started(reads("$.run"), **more, **output)) == [AWAITED]


def test_what_the_ended_job_does_not_have_either_is_a_fault_of_its_own() -> None:
    found = started(reads("$.state"), ResultSelector={"state.$": "$.Colour"})
    assert short(found) == [
        ("path-missing", "failure", "/States/Start/ResultSelector/state.$"),
        ("job-not-awaited", "warning", "/States/Start/Resource"),
    ]
    beside = started(reads("$.JobRunState"), ResultSelector={"id.$": "$.JobRunId"})
    assert [finding.rule for finding in beside] == ["path-missing", "job-not-awaited"]


def test_a_fault_that_is_switched_off_leaves_what_follows_from_it() -> None:
    selected = started(reads("$.state"), ResultSelector={"state.$": "$.JobRunState"})
    off = Ignore("job-not-awaited", "it is quick", "Start")
    assert short(kept(selected, [off])) == [
        ("path-missing", "failure", "/States/Start/ResultSelector/state.$")
    ]
    assert kept(selected, [off, Ignore("path-missing", "it is not")]) == []


def looking(*rules: dict[str, Any]) -> list[Finding]:
    states = {
        "Look": task(ResultPath="$.job", Next="Choose"),
        "Choose": {"Type": "Choice", "Choices": list(rules), "Default": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Look"},
        "End": END,
    }
    return found(
        states, answers=Answers({"Look": closed(Status=STATUSES, other=STATUSES)}), TimeoutSeconds=60
    )


def of(status: str, path: str = "$.job.Status") -> dict[str, Any]:
    return {"Variable": path, "StringEquals": status}


def test_a_status_is_not_covered_because_of_the_rule_that_misspells_it() -> None:
    others = [{**of("Stopped"), "Next": "End"}, {**of("Failed"), "Next": "End"}]
    (finding,) = looking({**of("COMPLETED"), "Next": "End"}, *others)
    assert (finding.rule, finding.pointer) == ("rule-never-matches", "/States/Choose/Choices/0")
    assert finding.message.endswith("and no rule takes Completed of '$.job.Status'; correct it")
    assert (finding.available, finding.suggestion) == (
        ("Completed", "Failed", "InProgress", "Stopped"),
        "Completed",
    )
    assert [one.rule for one in finding.follow_ons] == ["status-not-covered"]
    (finding,) = looking({"Or": [of("Complete"), of("Stopped"), of("Failed")], "Next": "End"})
    assert (finding.rule, finding.pointer) == ("rule-never-matches", "/States/Choose/Choices/0/Or/0")


def test_a_rule_that_never_matches_for_another_value_hides_no_status() -> None:
    rules = [{**of("done", "$.job.other"), "Next": "End"}, {**of("Completed"), "Next": "End"}]
    assert [finding.rule for finding in looking(*rules)] == ["rule-never-matches", "status-not-covered"]


def test_a_rule_behind_one_that_takes_its_word_is_given_no_other() -> None:
    rules = [{**of(status), "Next": "End"} for status in ("Completed", "Failed", "Stopped", "Completed")]
    (finding,) = looking(*rules)
    assert (finding.pointer, finding.suggestion) == ("/States/Choose/Choices/3", "")


def test_what_is_read_beside_what_was_lost_is_told_with_it_unless_it_lacks_more() -> None:
    made = {"Make": {"Type": "Pass", "Result": {"kept": {"a": 1}, "training": {"ok": 1}}, "Next": "Read"}}
    findings = found({**made, "Read": reads("States.Array($.training.job)") | {"ResultPath": "$.x"}})
    assert [finding.pointer for finding in findings] == ["/States/Read/Parameters/read.$"]
    read = {"one.$": "$.training.job", "two.$": "States.Array($.training.uri, $.kept.else)"}
    findings = found({**made, "Read": {"Type": "Pass", "Parameters": read, "End": True}})
    assert [finding.pointer for finding in findings] == [
        "/States/Read/Parameters/one.$",
        "/States/Read/Parameters/two.$",
    ]


def test_of_loops_that_wait_the_largest_is_told() -> None:
    def loop(name: str, seconds: int, then: str) -> dict[str, Any]:
        rule = {"Variable": "$.job.State", "StringEquals": "RUNNING", "Next": f"Wait{name}"}
        return {
            f"Look{name}": task(ResultPath="$.job", Next=f"Is{name}"),
            f"Is{name}": {"Type": "Choice", "Choices": [rule], "Default": then},
            f"Wait{name}": {"Type": "Wait", "Seconds": seconds, "Next": f"Look{name}"},
        }

    findings = found({**loop("A", 60, "LookB"), **loop("B", 5, "LookC"), **loop("C", 60, "End"), "End": END})
    assert [finding.state for finding in findings] == ["WaitB"]
    assert findings[0].message.endswith("; so can WaitA, WaitC")
    assert [finding.state for finding in kept(findings, [Ignore("history-too-long", "x", "WaitB")])] == [
        "WaitA",
        "WaitC",
    ]


def test_what_a_branch_need_not_have_is_not_read_of_another() -> None:
    optional = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
    one = {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}}
    sure = {"StartAt": "Two", "States": {"Two": {"Type": "Pass", "Result": {"a": "x"}, "End": True}}}
    both = {
        "Type": "Parallel",
        "Branches": [one, sure],
        "ResultSelector": {"a.$": "$[0].a", "whole.$": "$[1]"},
        "Next": "Read",
    }
    findings = found({"Both": both, "Read": reads("$.whole.b")}, given=optional)
    assert [(finding.rule, finding.suggestion) for finding in findings] == [
        ("path-maybe-missing", ""),
        ("path-missing", ""),
    ]


def test_what_follows_from_a_follow_on_is_told_with_the_fault_as_well() -> None:
    """Two branches read what was lost: the first one thing after the other, the second only the later."""
    both = {"one.$": "$.training.job", "two.$": "$.training.uri"}
    branches = [
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": both, "End": True}}},
        {"StartAt": "B", "States": {"B": reads("$.training.uri")}},
    ]
    made = {"Type": "Pass", "Result": {"training": {"ok": 1}}, "Next": "Both"}
    (finding,) = found({"Make": made, "Both": {"Type": "Parallel", "Branches": branches, "End": True}})
    place = "/States/Both/Branches"
    assert [one.pointer for one in (finding, *finding.follow_ons)] == [
        f"{place}/0/States/A/Parameters/one.$",
        f"{place}/0/States/A/Parameters/two.$",
        f"{place}/1/States/B/Parameters/read.$",
    ]


def test_what_the_items_of_a_map_lack_has_nothing_to_do_with_the_job() -> None:
    item = {"StartAt": "Item", "States": {"Item": reads("$.JobRunState")}}
    rows = {"Type": "Pass", "Result": [{"a": 1}], "ResultPath": "$.rows", "Next": "Each"}
    given = {"Parameters": {"JobName": "prepare"}, "TimeoutSeconds": 60}
    start = {"Type": "Task", "Resource": JOB, **given, "Next": "Rows"}
    each = {"Type": "Map", "ItemsPath": "$.rows", "ItemProcessor": item, "Next": "Use"}
    call = "arn:aws:lambda:eu-west-1:123456789012:function:judge"
    use = {"Type": "Task", "Resource": call, "TimeoutSeconds": 60, "End": True}
    states = {"Start": start, "Rows": rows, "Each": each, "Use": use}
    findings = check_machine(Subject({"StartAt": "Start", "States": states})).found
    assert [finding.rule for finding in findings] == ["path-missing", "job-not-awaited"]

"""Values and statuses that no rule of a Choice takes."""

from typing import Any

from stepmill.check.shapes.shape import (
    String,
    closed,
)
from tests.check.flow.machines import END, Answers, found, task, told

STATUSES = String(frozenset({"InProgress", "Completed", "Failed", "Stopping", "Stopped"}), 6, 10)


def choice(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": list(rules), **more}


def test_a_value_that_no_rule_takes_ends_the_execution() -> None:
    given = {"type": "object", "properties": {"on": {"type": "boolean"}}, "required": ["on"]}
    rule = {"Variable": "$.on", "BooleanEquals": True, "Next": "End"}
    assert told(found({"Choose": choice(rule), "End": END}, given=given)) == [
        (
            "choice-not-covered",
            "/States/Choose/Choices",
            "States.Choose: Choices no rule takes false of '$.on', and there is no Default; add a rule or "
            "a Default",
        )
    ]


def looking(*rules: tuple[str, str], default: str) -> dict[str, Any]:
    named = [{"Variable": "$.job.Status", "StringEquals": value, "Next": target} for value, target in rules]
    return {
        "Look": task(ResultPath="$.job", Next="Choose"),
        "Choose": choice(*named, Default=default),
        "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Look"},
        "End": END,
        "Failed": {"Type": "Fail", "Error": "JobFailed"},
    }


def test_a_final_status_that_leads_back_to_the_look_is_asked_for_ever() -> None:
    states = looking(("Completed", "End"), ("Failed", "Failed"), default="Wait")
    findings = found(states, answers=Answers({"Look": closed(Status=STATUSES)}), TimeoutSeconds=3600)
    assert told(findings) == [
        (
            "status-not-covered",
            "/States/Choose/Choices",
            "States.Choose: Choices '$.job.Status' can be Stopped, which no rule takes: Default leads back "
            "to the "
            "same look for ever; add a rule for it",
        )
    ]


def test_statuses_that_pass_may_lead_back_to_the_look() -> None:
    rules = (("Completed", "End"), ("Failed", "Failed"), ("Stopped", "Failed"))
    states = looking(*rules, default="Wait")
    assert found(states, answers=Answers({"Look": closed(Status=STATUSES)}), TimeoutSeconds=3600) == []


def test_a_statement_that_has_only_started_may_lead_back_to_the_look() -> None:
    statuses = String(frozenset({"SUBMITTED", "PICKED", "STARTED", "FINISHED", "FAILED", "ALL"}), 3, 9)
    states = looking(("FINISHED", "End"), ("FAILED", "Failed"), default="Wait")
    assert found(states, answers=Answers({"Look": closed(Status=statuses)}), TimeoutSeconds=3600) == []


def test_statuses_without_a_default_are_told_as_such() -> None:
    states = looking(("Completed", "End"), ("Failed", "Failed"), ("InProgress", "Wait"), default="End")
    del states["Choose"]["Default"]
    findings = found(states, answers=Answers({"Look": closed(Status=STATUSES)}), TimeoutSeconds=3600)
    assert told(findings) == [
        (
            "status-not-covered",
            "/States/Choose/Choices",
            'States.Choose: Choices no rule takes "Stopped", "Stopping" of \'$.job.Status\', and there '
            "is no "
            "Default; add a rule or a Default",
        )
    ]

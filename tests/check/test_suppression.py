"""Rules switched off for a state, with a reason."""

import json
from pathlib import Path
from typing import Any

from stepmill.check.finding import Finding
from stepmill.check.reading.context import Given
from stepmill.check.run import check_files
from stepmill.check.suppression import Ignore, kept, of_line, written_in


def finding(rule: str, state: str) -> Finding:
    return Finding(rule, "warning", f"/States/{state}", "it is so", state=state)


def test_comments_of_the_machine_and_of_deep_states_switch_rules_off() -> None:
    inner = {
        "StartAt": "Ask",
        "States": {
            "Ask": {"Type": "Task", "Comment": "waits [check-ignore token-without-timeout: a year is fine]"}
        },
    }
    definition = {
        "Comment": "[check-ignore name-repeats in Train: one on purpose] [check-ignore next-unknown: odd]",
        "States": {"All": {"Type": "Map", "ItemProcessor": inner}, "Both": {"Branches": [inner]}},
    }
    ask = Ignore("token-without-timeout", "a year is fine", "Ask")
    assert [one.ignore for one in written_in(definition)] == [
        Ignore("name-repeats", "one on purpose", "Train"),
        Ignore("next-unknown", "odd", ""),
        ask,
        ask,
    ]


def test_only_the_named_rule_in_the_named_state_is_dropped() -> None:
    findings = [finding("a-rule", "One"), finding("a-rule", "Two"), finding("b-rule", "One")]
    assert kept(findings, [Ignore("a-rule", "because", "One")]) == findings[1:]
    assert kept(findings, [Ignore("a-rule", "because")]) == findings[2:]


def test_a_line_without_a_reason_switches_nothing_off() -> None:
    assert of_line("a-rule@Wait For It=it is slow") == Ignore("a-rule", "it is slow", "Wait For It")
    assert of_line("a-rule=why = not") == Ignore("a-rule", "why = not")
    assert [of_line(text) for text in ("a-rule", "a-rule=", "a-rule@X= ", "=x")] == [None] * 4


def test_a_comment_without_a_reason_and_what_is_no_comment_switch_nothing_off() -> None:
    odd: list[Any] = [{"Comment": "[check-ignore a-rule]"}, {"Comment": 7}, [], None, {"States": []}]
    assert [[one.ignore for one in written_in(definition)] for definition in odd] == [[None], [], [], [], []]


def test_a_comment_of_the_machine_switches_off_what_is_said_of_its_role(tmp_path: Path) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:1:q"}
    role = {
        "AssumeRolePolicyDocument": {"Statement": [trust]},
        "Policies": [{"PolicyName": "Work", "PolicyDocument": {"Statement": [allowed]}}],
    }

    def rules(comment: str) -> list[str]:
        definition = {"Comment": comment, "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
        machine = {"Definition": definition, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}
        resources = {
            "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
            "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        }
        file = tmp_path / "template.json"
        file.write_text(json.dumps({"Resources": resources}))
        return [one.rule for one in check_files([file], Given()).findings]

    assert rules("no more than this") == ["permission-unneeded"]
    assert rules("[check-ignore permission-unneeded: it will send soon]") == []

"""What an array, an object or a joined text is put together without."""

from typing import Any

from tests.check.flow.machines import found, task

TELL = {"Type": "Pass", "Output": "{% {'score': 1, 'problem': $states.input.problem} %}", "End": True}


def severities(states: dict[str, Any]) -> list[tuple[str, str, str]]:
    findings = found(states, QueryLanguage="JSONata")
    return [(finding.rule, finding.pointer, finding.severity) for finding in findings]


def test_a_member_that_the_only_way_does_not_have_is_a_failure() -> None:
    states = {"Score": {"Type": "Pass", "Output": {"score": 1}, "Next": "Tell"}, "Tell": TELL}
    assert severities(states) == [("path-missing", "/States/Tell/Output", "failure")]


def test_a_member_that_another_way_may_have_is_a_warning() -> None:
    caught = {"ErrorEquals": ["States.ALL"], "Output": {"problem": "late"}, "Next": "Tell"}
    states = {"Score": task(Output={"score": 1}, Catch=[caught], Next="Tell"), "Tell": TELL}
    assert severities(states) == [("path-missing", "/States/Tell/Output", "warning")]


def test_what_nothing_is_put_together_of_stays_a_failure() -> None:
    caught = {"ErrorEquals": ["States.ALL"], "Output": {"problem": "late"}, "Next": "Tell"}
    tell = {"Type": "Pass", "Output": {"problem": "{% $states.input.problem %}"}, "End": True}
    states = {"Score": task(Output={"score": 1}, Catch=[caught], Next="Tell"), "Tell": tell}
    assert severities(states) == [("path-missing", "/States/Tell/Output/problem", "failure")]

"""What can never happen or is never read: harmless as such, and mostly the sign of a wrong name."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, WARNING, Example, Rule, one_state

RESULT_PATH = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html"
CHOICE = "https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"

_END: dict[str, Any] = {"Type": "Succeed"}


def _choosing(rule: dict[str, Any]) -> Example:
    """A Pass that gives {"state": "Done"}, then a Choice with one rule."""
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "End"}], "Default": "Other"}
    only = {"Type": "Pass", "Result": {"state": "Done"}, "Next": "Choose"}
    return Example(one_state(only, Choose=choice, End=_END, Other=_END))


def _made_at(path: str) -> Example:
    """A Pass that puts a result somewhere, before one that reads $.made."""
    only = {"Type": "Pass", "Result": 1, "ResultPath": path, "Next": "After"}
    after = {"Type": "Pass", "Parameters": {"read.$": "$.made"}, "End": True}
    return Example(one_state(only, After=after))


RULE_NEVER_MATCHES = Rule(
    id="rule-never-matches",
    family="data_flow",
    severity=WARNING,
    line="A rule of a Choice can never hold.",
    paragraph=(
        "Nothing that reaches the state satisfies the rule: the value compared with is none of those that "
        "can come, is of another kind, or an earlier rule takes every case. What only the "
        "declared input rules out is not told where the rule leads to a Fail, since a machine may well check "
        "what it has been promised. A status that is not covered "
        "because the rule for it is misspelt is told with that rule."
    ),
    source=CHOICE,
    bad=_choosing({"Variable": "$.state", "StringEquals": "done"}),
    good=_choosing({"Variable": "$.state", "StringEquals": "Done"}),
)

PRESENCE_NEVER = Rule(
    id="presence-never",
    family="data_flow",
    severity=FAILURE,
    line="IsPresent, or $exists in a condition, asks for what is never there.",
    paragraph=(
        "The path is wrong: on no way that leads here has the data such a member, so IsPresent true is never "
        "met; a warning when nothing there is called alike, for the machine may ask for what is to come, or "
        "when only the declared input says so, and none then where the rule leads to a Fail. "
        "IsPresent false is always met, which is a warning, and none when another test finds the path: "
        "asking again does no harm."
    ),
    source=CHOICE,
    bad=_choosing({"Variable": "$.stat", "IsPresent": True}),
    good=_choosing({"Variable": "$.state", "IsPresent": True}),
)

RESULT_NEVER_READ = Rule(
    id="result-never-read",
    family="data_flow",
    severity=WARNING,
    line="What a Pass makes is read by no state after it.",
    paragraph=(
        "A Pass does nothing but make data. When no state after it reads what it makes, and it is not "
        "part of the output, the ResultPath is most often not the one that was meant: a counter that is "
        "put beside the one that is compared never ends its loop."
    ),
    source=RESULT_PATH,
    bad=_made_at("$.mde"),
    good=_made_at("$.made"),
)

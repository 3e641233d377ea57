"""Data flow: what a state reads must be there on every way that leads to it."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, WARNING, Example, Rule, one_state

PATHS = "https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html"
DATA = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html"
VARIABLES = "https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html"
RESULT_PATH = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html"
CHOICE = "https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"
MAP = "https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html"

_END: dict[str, Any] = {"Type": "Succeed"}
_TWO = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}


def _reading(path: str, **schema: Any) -> Example:
    """A Pass that reads the path from an input of this schema."""
    state = {"Type": "Pass", "Parameters": {"read.$": path}, "End": True}
    return Example(one_state(state), {"input": schema} if schema else {})


def _merged(path: str) -> Example:
    """JSON from a text over the one member that it has in every case."""
    sure = 'States.StringToJson(\'\\{"reason": "none"\\}\')'
    told = f"States.JsonMerge({sure}, States.StringToJson($.text), false)"
    read = {"Type": "Pass", "Parameters": {"read.$": path}, "End": True}
    return Example(one_state({"Type": "Pass", "Parameters": {"told.$": told}, "Next": "Read"}, Read=read))


def _uncovered(**default: str) -> Example:
    """A Choice with a rule for one of two values that the input can have."""
    only = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.on", "BooleanEquals": True, "Next": "End"}],
        **default,
    }
    schema = {"type": "object", "properties": {"on": {"type": "boolean"}}, "required": ["on"]}
    return Example(one_state(only, End=_END), {"input": schema})


def _polling(*statuses: str) -> Example:
    """Look, wait, look again, until the endpoint is in one of these statuses."""
    rules = [{"Variable": "$.EndpointStatus", "StringEquals": status, "Next": "End"} for status in statuses]
    look = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sagemaker:describeEndpoint",
        "Parameters": {"EndpointName": "prices"},
        "TimeoutSeconds": 60,
        "Next": "Choose",
    }
    choose = {"Type": "Choice", "Choices": rules, "Default": "Wait"}
    wait = {"Type": "Wait", "Seconds": 60, "Next": "Only"}
    return Example({**one_state(look, Choose=choose, Wait=wait, End=_END), "TimeoutSeconds": 3600})


def _assigning(outer: dict[str, Any], inner: dict[str, Any]) -> Example:
    """A Parallel whose branch has its own variables, then a Pass."""
    branch = {"StartAt": "Branch", "States": {"Branch": {"Type": "Pass", "End": True, **inner}}}
    only = {"Type": "Parallel", "Branches": [branch], "Next": "After"}
    return Example(one_state(only, After={"Type": "Pass", "End": True, **outer}))


PATH_SYNTAX = Rule(
    id="path-syntax",
    family="data_flow",
    severity=FAILURE,
    line="A JSONPath cannot be read.",
    paragraph=(
        "A path begins with $, $$ for the context object, or $name for a variable. Names with other than "
        "letters, digits, _ and - stand in brackets and quotes: $['odd name']. ResultPath takes names and "
        "indexes only, since it must name one place."
    ),
    source=PATHS,
    bad=_reading("$.a["),
    good=_reading("$.a"),
)

PATH_MISSING = Rule(
    id="path-missing",
    family="data_flow",
    severity=FAILURE,
    line="A path reads what is not there.",
    paragraph=(
        "On at least one way that leads to the state, its data has no such member: it was never made, an "
        "earlier state replaced the data, or a Catch led here with what there was before the failure. The "
        "execution ends there with States.Runtime, which no Retry and no Catch takes. In the condition of a "
        "JSONata Choice nothing fails, but the path is compared with nothing on every way."
    ),
    source=DATA,
    bad=_reading("$.c", **_TWO, required=["a", "b"], additionalProperties=False),
    good=_reading("$.a", **_TWO, required=["a", "b"], additionalProperties=False),
)

PATH_MAYBE_MISSING = Rule(
    id="path-maybe-missing",
    family="data_flow",
    severity=FAILURE,
    line="A path reads what need not be there.",
    paragraph=(
        "The member is optional, or its holder may be null or of another kind. Test it with IsPresent in "
        "a Choice before, merge defaults under it with States.JsonMerge, or make it required. For the Item "
        "of a getItem, absent when the table has no such row, it is a warning."
    ),
    source=DATA,
    bad=_reading("$.b", **_TWO, required=["a"], additionalProperties=False),
    good=_reading("$.a", **_TWO, required=["a"], additionalProperties=False),
)

MEMBER_NAME_NEAR = Rule(
    id="member-name-near",
    family="data_flow",
    severity=WARNING,
    line="A path reads a name of which nothing is known, and one spelled nearly so is certainly there.",
    paragraph=(
        "Defaults merged under JSON that somebody else has written are there in every case, what else that "
        "JSON holds nobody can say. A name that is nearly one of the defaults is mostly a slip of the keys: "
        "the state fails with States.Runtime when it is not there."
    ),
    source=DATA,
    bad=_merged("$.told.reasn"),
    good=_merged("$.told.reason"),
)

VARIABLE_MISSING = Rule(
    id="variable-missing",
    family="data_flow",
    severity=FAILURE,
    line="A variable is read that no state before has assigned.",
    paragraph=(
        "A variable exists from the state after the one whose Assign names it, on the ways through that "
        "state."
    ),
    source=VARIABLES,
    bad=_reading("$made"),
    good=Example(
        one_state(
            {"Type": "Pass", "Assign": {"made": 1}, "Next": "After"},
            After={"Type": "Pass", "Parameters": {"read.$": "$made"}, "End": True},
        )
    ),
)

VARIABLE_SCOPE = Rule(
    id="variable-scope",
    family="data_flow",
    severity=FAILURE,
    line="A variable is read or assigned outside of where it can be.",
    paragraph=(
        "What the branch of a Parallel or the iteration of a Map assigns is gone when it ends: give it on "
        "as output. Inside, variables from outside can be read but not assigned; inside of a distributed "
        "Map they cannot even be read."
    ),
    source=VARIABLES,
    bad=_assigning({"Parameters": {"read.$": "$inner"}}, {"Assign": {"inner": 1}}),
    good=_assigning({"Parameters": {"read.$": "$[0]"}}, {"Assign": {"inner": 1}}),
)

RESULT_PATH_CONFLICT = Rule(
    id="result-path-conflict",
    family="data_flow",
    severity=FAILURE,
    line="A ResultPath leads into what is not an object.",
    paragraph=(
        "A result can be put under a name only in an object. After a Parallel or a Map without ResultPath "
        "the data is an array; a text, a number or null has no members either. The state fails with "
        "States.ResultPathMatchFailure."
    ),
    source=RESULT_PATH,
    bad=Example(
        one_state(
            {"Type": "Pass", "Result": ["a"], "Next": "After"},
            After={"Type": "Pass", "Result": 1, "ResultPath": "$.made", "End": True},
        )
    ),
    good=Example(
        one_state(
            {"Type": "Pass", "Result": {"list": ["a"]}, "Next": "After"},
            After={"Type": "Pass", "Result": 1, "ResultPath": "$.made", "End": True},
        )
    ),
)

PATH_TYPE = Rule(
    id="path-type",
    family="data_flow",
    severity=FAILURE,
    line="A path or an expression gives a value of a kind that its field cannot take.",
    paragraph=(
        "SecondsPath and the time limits need whole numbers, TimestampPath a moment such as "
        "2026-11-22T05:41:00Z, ErrorPath and CausePath texts; in JSONata the same fields without Path. The "
        "state fails with States.Runtime otherwise, in JSONata with States.QueryEvaluationError."
    ),
    source=DATA,
    bad=Example(
        one_state(
            {"Type": "Pass", "Result": {"wait": "ten"}, "Next": "Wait"},
            Wait={"Type": "Wait", "SecondsPath": "$.wait", "Next": "End"},
            End=_END,
        )
    ),
    good=Example(
        one_state(
            {"Type": "Pass", "Result": {"wait": 10}, "Next": "Wait"},
            Wait={"Type": "Wait", "SecondsPath": "$.wait", "Next": "End"},
            End=_END,
        )
    ),
)

MAP_ITEMS_TYPE = Rule(
    id="map-items-type",
    family="maps",
    severity=FAILURE,
    line="A Map is given what is not an array.",
    paragraph=(
        "ItemsPath, or the data itself when there is none, must be an array; Items of a JSONata Map may "
        "be an object."
    ),
    source=MAP,
    bad=Example(
        one_state(
            {"Type": "Pass", "Result": {"list": ["a"]}, "Next": "Each"},
            Each={
                "Type": "Map",
                "ItemProcessor": {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}},
                "End": True,
            },
        )
    ),
    good=Example(
        one_state(
            {"Type": "Pass", "Result": {"list": ["a"]}, "Next": "Each"},
            Each={
                "Type": "Map",
                "ItemsPath": "$.list",
                "ItemProcessor": {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}},
                "End": True,
            },
        )
    ),
)

CHOICE_NOT_COVERED = Rule(
    id="choice-not-covered",
    family="data_flow",
    severity=WARNING,
    line="A value can come that no rule takes, and there is no Default.",
    paragraph="The execution then ends with States.NoChoiceMatched. Add a rule or a Default.",
    source=CHOICE,
    bad=_uncovered(),
    good=_uncovered(Default="End"),
)

STATUS_NOT_COVERED = Rule(
    id="status-not-covered",
    family="data_flow",
    severity=WARNING,
    line="A final status of a service is taken by no rule.",
    paragraph=(
        "The service's answer lists the statuses there can be. One of them, such as Stopped or Failed, is "
        "taken by no rule: without a Default the execution ends with States.NoChoiceMatched, and with a "
        "Default that leads back to the same look it asks for ever."
    ),
    source=CHOICE,
    bad=_polling("InService"),
    good=_polling("InService", "OutOfService", "Failed", "UpdateRollbackFailed"),
)

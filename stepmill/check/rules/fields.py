"""Fields: which exist where, and what they hold."""

from __future__ import annotations

from stepmill.check.rule import FAILURE, Example, Rule, one_state

_STATES = "https://docs.aws.amazon.com/step-functions/latest/dg/workflow-states.html"
_LANGUAGE = "https://states-language.net/spec.html"

FIELD_UNKNOWN = Rule(
    "field-unknown",
    "fields",
    FAILURE,
    "A field that the States Language does not have.",
    "Mostly a slip of the keys or of the case. AWS refuses fields that it does not know; what the field "
    "should have said is then missing too, which is not told a second time.",
    _LANGUAGE,
    Example(one_state({"Type": "Wait", "Second": 5, "End": True})),
    Example(one_state({"Type": "Wait", "Seconds": 5, "End": True})),
)

FIELD_MISPLACED = Rule(
    "field-misplaced",
    "fields",
    FAILURE,
    "A field that exists, but not here.",
    "Each state type has its own fields: Retry, Catch and ResultSelector belong to Task, Parallel and Map, "
    "TimeoutSeconds to Task and to the machine, QueryLanguage beside States and not inside. AWS refuses a "
    "field in the wrong place.",
    _STATES,
    Example(one_state({"Type": "Pass", "TimeoutSeconds": 5, "End": True})),
    Example({"TimeoutSeconds": 5, **one_state({"Type": "Pass", "End": True})}),
)

FIELD_TYPE = Rule(
    "field-type",
    "fields",
    FAILURE,
    "A field holds the wrong type of JSON value.",
    '"5" is a text and no number, "true" no boolean. In a JSONata state a number may also be given as a '
    "{% … %} text.",
    _LANGUAGE,
    Example(one_state({"Type": "Wait", "Seconds": "5", "End": True})),
    Example(one_state({"Type": "Wait", "Seconds": 5, "End": True})),
)

FIELD_VALUE = Rule(
    "field-value",
    "fields",
    FAILURE,
    "A field's value is not among those allowed, or outside of its range.",
    "Some fields take one of a few words, written exactly, or a number within bounds, or a time stamp as "
    "2026-01-31T12:00:00Z.",
    _LANGUAGE,
    Example(one_state({"Type": "Wait", "Seconds": -1, "End": True})),
    Example(one_state({"Type": "Wait", "Seconds": 0, "End": True})),
)

FIELD_EXCLUSIVE = Rule(
    "field-exclusive",
    "fields",
    FAILURE,
    "Two fields that exclude each other.",
    "A value is either written down or read by a path, so Seconds and SecondsPath, TimeoutSeconds and "
    "TimeoutSecondsPath, Error and ErrorPath and the like cannot stand side by side.",
    _LANGUAGE,
    Example(one_state({"Type": "Wait", "Seconds": 5, "SecondsPath": "$.pause_s", "End": True})),
    Example(one_state({"Type": "Wait", "SecondsPath": "$.pause_s", "End": True})),
)

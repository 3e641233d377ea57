"""Intrinsic functions: `States.Format('{}', $.name)`."""

from __future__ import annotations

from stepmill.check.rule import FAILURE, WARNING, Example, Rule, one_state

SOURCE = "https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html"


def _example(expression: str) -> Example:
    return Example(one_state({"Type": "Pass", "Parameters": {"made.$": expression}, "End": True}))


INTRINSIC_SYNTAX = Rule(
    id="intrinsic-syntax",
    family="intrinsics",
    severity=FAILURE,
    line="A call of an intrinsic function cannot be read.",
    paragraph=(
        "Texts stand in single quotes, arguments between commas, calls inside of calls up to ten deep. In "
        "the template of States.Format a brace that is no {} is written \\{ or \\}, and a quote inside of a "
        "text \\'. A definition with a call that cannot be read is refused when it is deployed."
    ),
    source=SOURCE,
    bad=_example("States.Format('{}', $$.Execution.Name"),
    good=_example("States.Format('{}', $$.Execution.Name)"),
)

INTRINSIC_UNKNOWN = Rule(
    id="intrinsic-unknown",
    family="intrinsics",
    severity=FAILURE,
    line="There is no intrinsic function of this name.",
    paragraph="There are eighteen of them, their names are case-sensitive and begin with States.",
    source=SOURCE,
    bad=_example("States.Uuid()"),
    good=_example("States.UUID()"),
)

INTRINSIC_ARITY = Rule(
    id="intrinsic-arity",
    family="intrinsics",
    severity=FAILURE,
    line="An intrinsic function has too few or too many arguments.",
    paragraph=(
        "Each function takes a fixed number of arguments. States.Format takes its template and one "
        "argument for each {} in it."
    ),
    source=SOURCE,
    bad=_example("States.Format('{}-{}', $$.Execution.Name)"),
    good=_example("States.Format('{}-{}', $$.Execution.Name, $$.State.Name)"),
)

INTRINSIC_ARGUMENT = Rule(
    id="intrinsic-argument",
    family="intrinsics",
    severity=FAILURE,
    line="An intrinsic function is given a value that it cannot take.",
    paragraph=(
        "The state fails with States.IntrinsicFailure when it runs: a function of arrays that is given a "
        "text, a hash algorithm that does not exist, a deep merge, text that is no JSON, an index outside "
        "of its array."
    ),
    source=SOURCE,
    bad=_example("States.Hash($$.Execution.Name, 'SHA256')"),
    good=_example("States.Hash($$.Execution.Name, 'SHA-256')"),
)


def _merging(default: object) -> Example:
    """A default under a number that the input may give."""
    schema = {"type": "object", "properties": {"limit": {"type": "number"}}, "additionalProperties": False}
    only = {"Type": "Pass", "Parameters": {"given.$": "$", "defaults": {"limit": default}}, "Next": "Merge"}
    merged = {"config.$": "States.JsonMerge($.defaults, $.given, false)"}
    merge = {"Type": "Pass", "Parameters": merged, "End": True}
    return Example(one_state(only, Merge=merge), {"input": schema})


MERGE_KINDS_DIFFER = Rule(
    id="merge-kinds-differ",
    family="intrinsics",
    severity=WARNING,
    line="A default is of another kind than what stands over it when it is given.",
    paragraph=(
        "States.JsonMerge takes a member of the second object where it is given, and else that of the first. "
        "When one is a text and the other a number, whoever reads it works with one of them only. null "
        "counts as no value."
    ),
    source=SOURCE,
    bad=_merging("2000"),
    good=_merging(2000),
)

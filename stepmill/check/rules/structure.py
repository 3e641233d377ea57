"""Structure: states, how they follow each other, and how the machine ends."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, Example, Rule, one_state

_GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"
_PASS: dict[str, Any] = {"Type": "Pass", "End": True}


def _structure(
    id: str, line: str, paragraph: str, bad: Example, good: Example, page: str = "statemachine-structure.html"
) -> Rule:
    return Rule(id, "structure", FAILURE, line, paragraph, f"{_GUIDE}/{page}", bad, good)


FILE_UNREADABLE = _structure(
    "file-unreadable",
    "The file is neither JSON nor YAML, or is too large to read.",
    "Nothing in the file can be checked. The message holds the line and the column where reading stopped.",
    Example({}, text='{"StartAt": "Only", "States": {}'),
    Example({}, text='{"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}}'),
)

KEY_REPEATED = _structure(
    "key-repeated",
    "A key is given twice in one object.",
    "JSON keeps the last of two equal keys, so a state or a parameter that was written is silently lost. AWS "
    "refuses a definition in which two states have the same name.",
    Example({}, text='{"StartAt": "A", "States": {"A": {"Type": "Fail"}, "A": {"Type": "Succeed"}}}'),
    Example({}, text='{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'),
)

NOT_AN_OBJECT = _structure(
    "not-an-object",
    "A machine, a state or a part of one is not a JSON object.",
    "Machines, branches, states, choice rules, retriers and catchers are JSON objects; AWS refuses anything "
    "else in their place.",
    Example({"StartAt": "Only", "States": {"Only": "Pass"}}),
    Example(one_state(_PASS)),
)

MACHINE_FIELD_MISSING = _structure(
    "machine-field-missing",
    "StartAt or States is missing.",
    "A machine, a branch of a Parallel and the processor of a Map each need both, and at least one state.",
    Example({"States": {"Only": _PASS}}),
    Example(one_state(_PASS)),
)

START_UNKNOWN = _structure(
    "start-unknown",
    "StartAt names a state that is not there.",
    "StartAt must be the exact name, case included, of a state beside it: a branch or a Map's processor can "
    "only start at its own states.",
    Example({"StartAt": "only", "States": {"Only": _PASS}}),
    Example(one_state(_PASS)),
)

NEXT_UNKNOWN = _structure(
    "next-unknown",
    "Next or Default names a state that is not there.",
    "A state goes on to a state of the same States object, named exactly. States cannot enter or leave a "
    "branch of a Parallel or the processor of a Map.",
    Example(one_state({"Type": "Pass", "Next": "Done "}, Done=_PASS)),
    Example(one_state({"Type": "Pass", "Next": "Done"}, Done=_PASS)),
)

NEXT_MISSING = _structure(
    "next-missing",
    "A state has neither Next nor End.",
    'Every state but Choice, Succeed and Fail says what follows: a Next, or "End": true.',
    Example(one_state({"Type": "Pass"})),
    Example(one_state(_PASS)),
)

NEXT_AND_END = _structure(
    "next-and-end",
    'A state has both Next and "End": true.',
    "AWS refuses a state that both goes on and ends. Keep the one that is meant.",
    Example(one_state({"Type": "Pass", "Next": "Done", "End": True}, Done=_PASS)),
    Example(one_state({"Type": "Pass", "Next": "Done"}, Done=_PASS)),
)

STATE_TYPE_MISSING = _structure(
    "state-type-missing",
    "A state has no Type.",
    "The Type decides which fields a state may have; without it AWS refuses the definition.",
    Example(one_state({"End": True})),
    Example(one_state(_PASS)),
)

STATE_TYPE_UNKNOWN = _structure(
    "state-type-unknown",
    "A state's Type is none of the eight.",
    "The types are Task, Pass, Choice, Wait, Succeed, Fail, Parallel and Map, written exactly so. Other "
    "fields of the state are not judged until its Type is known.",
    Example(one_state({"Type": "pass", "End": True})),
    Example(one_state(_PASS)),
)

STATE_FIELD_MISSING = _structure(
    "state-field-missing",
    "A field that its state, rule, retrier or catcher needs is missing.",
    "A Task needs Resource, a Choice Choices, a Parallel Branches, a Map its ItemProcessor, a Wait one of "
    "Seconds, Timestamp and their Path forms, a retrier ErrorEquals, a catcher ErrorEquals and Next.",
    Example(one_state({"Type": "Wait", "End": True})),
    Example(one_state({"Type": "Wait", "Seconds": 5, "End": True})),
)

STATE_UNREACHABLE = _structure(
    "state-unreachable",
    "No state leads here.",
    "AWS refuses a definition with a state that neither StartAt nor any Next, Default, choice rule or "
    "catcher names. Of several such states in a row the first is told.",
    Example(one_state(_PASS, Lost=_PASS)),
    Example(one_state({"Type": "Pass", "Next": "Found"}, Found=_PASS)),
)

NO_END = _structure(
    "no-end",
    "From here no state can be reached that ends the machine.",
    "A loop without a way to an End, Succeed or Fail runs until its history holds 25,000 events and then "
    "fails; AWS refuses a machine that has no terminal state at all.",
    Example(one_state({"Type": "Wait", "Seconds": 60, "Next": "Only"})),
    Example(one_state({"Type": "Wait", "Seconds": 60, "Next": "Done"}, Done={"Type": "Succeed"})),
)

STATE_NAME_TOO_LONG = _structure(
    "state-name-too-long",
    "A state's name has more than 80 characters.",
    "AWS refuses longer names. Put the explanation into the state's Comment.",
    Example({"StartAt": "S" * 81, "States": {"S" * 81: _PASS}}),
    Example({"StartAt": "S" * 80, "States": {"S" * 80: _PASS}}),
    page="amazon-states-language-common-fields.html",
)

STATE_NAME_REPEATED = _structure(
    "state-name-repeated",
    "Two states of the machine have the same name.",
    "A name is unique in the whole machine, branches of Parallel and processors of Map included.",
    Example(
        one_state(
            {"Type": "Parallel", "End": True, "Branches": [{"StartAt": "Only", "States": {"Only": _PASS}}]}
        )
    ),
    Example(
        one_state({"Type": "Parallel", "End": True, "Branches": [{"StartAt": "In", "States": {"In": _PASS}}]})
    ),
    page="amazon-states-language-common-fields.html",
)

CHOICE_EMPTY = _structure(
    "choice-empty",
    "Choices has no rule.",
    "A Choice needs at least one rule; use a Pass when there is nothing to choose.",
    Example(one_state({"Type": "Choice", "Choices": [], "Default": "Done"}, Done=_PASS)),
    Example(
        one_state(
            {
                "Type": "Choice",
                "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Done"}],
                "Default": "Done",
            },
            Done=_PASS,
        )
    ),
    page="state-choice.html",
)

CHOICE_RULE_SHAPE = _structure(
    "choice-rule-shape",
    "A choice rule does not compare exactly one thing.",
    "A rule has either a Variable with one comparison, or one of And, Or and Not with rules inside; only the "
    "outermost rule has Next. In JSONata a rule has a Condition.",
    Example(
        one_state(
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "Next": "Done"}], "Default": "Done"},
            Done=_PASS,
        )
    ),
    Example(
        one_state(
            {
                "Type": "Choice",
                "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Done"}],
                "Default": "Done",
            },
            Done=_PASS,
        )
    ),
    page="state-choice.html",
)

"""Structure: states, how they follow each other, and how the machine ends."""

from collections.abc import Callable
from typing import Any

import pytest

from stepmill.check.finding import Finding, Findings
from stepmill.check.subject import Subject
from stepmill.check.syntax import check_syntax

Told = Callable[..., list[tuple[str, str]]]
Said = Callable[[Any], list[tuple[str, str]]]

END: dict[str, Any] = {"Type": "Pass", "End": True}


def to(name: str) -> dict[str, Any]:
    return {"Type": "Pass", "Next": name}


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (None, [("not-an-object", "")]),
        ([], [("not-an-object", "")]),
        ({}, [("machine-field-missing", "")]),
        ({"StartAt": "A", "States": {}}, [("machine-field-missing", "/States")]),
        ({"StartAt": "A", "States": []}, [("field-type", "/States")]),
        ({"StartAt": 1, "States": {"A": END}}, [("field-type", "/StartAt")]),
        ({"startAt": "A", "States": {"A": END}}, [("field-unknown", "/startAt")]),
        ({"StartAt": "A", "states": {"A": END}}, [("field-unknown", "/states")]),
        ({"States": {"StartAt": "A", "A": END}}, [("field-misplaced", "/States/StartAt")]),
        (machine(A="Pass"), [("not-an-object", "/States/A")]),
        (machine(Comment=END), []),
        ({**machine(A=END), "Comment": ["a"]}, [("field-type", "/Comment")]),
        ({**machine(A=END), "Comment": None}, []),
        ({**machine(A=END), "Version": "2.0"}, [("field-value", "/Version")]),
        ({"States": {"StartAt": END}}, [("machine-field-missing", "")]),
        (
            machine(A={**END, "ItemProcessor": {"States": 1}}),
            [("field-misplaced", "/States/A/ItemProcessor")],
        ),
        (machine(A={"End": True}), [("state-type-missing", "/States/A")]),
        (machine(A={"type": "Pass", "End": True}), [("field-unknown", "/States/A/type")]),
        (machine(A={"Type": "Passs", "Resource": 1, "End": 1}), [("state-type-unknown", "/States/A/Type")]),
        (machine(A={"Type": None, "End": True}), [("field-type", "/States/A/Type")]),
        (machine(A={"Type": "Pass", "End": False}), [("next-missing", "/States/A")]),
        (machine(A={"Type": "Pass", "End": "true"}), [("field-type", "/States/A/End")]),
        (machine(A={"Type": "Pass", "Next": 5}), [("field-type", "/States/A/Next")]),
        (machine(A={"Type": "Pass", "next": "B"}, B=END), [("field-unknown", "/States/A/next")]),
        (machine(A={"Type": "Task", "End": True}), [("state-field-missing", "/States/A")]),
        (
            machine(A={"Type": "Task", "Ressource": "x", "End": True}),
            [("field-unknown", "/States/A/Ressource")],
        ),
        (machine(A={"Type": "Parallel", "End": True}), [("state-field-missing", "/States/A")]),
        (
            machine(A={"Type": "Parallel", "Branches": [], "End": True}),
            [("field-value", "/States/A/Branches")],
        ),
        (
            machine(A={"Type": "Parallel", "Branches": ["x"], "End": True}),
            [("not-an-object", "/States/A/Branches/0")],
        ),
        (machine(A={"Type": "Map", "End": True}), [("state-field-missing", "/States/A")]),
    ],
    ids=str,
)
def test_tells_what_is_malformed_once_at_its_place(
    told: Told, definition: Any, expected: list[tuple[str, str]]
) -> None:
    assert told(definition) == expected


def test_tells_a_finding_with_all_it_has() -> None:
    findings = Findings()
    broken = check_syntax(Subject(machine(Fit=to("Jugde"), Judge=END), pointer="/Resources/M"), findings)
    assert findings.found == [
        Finding(
            rule="next-unknown",
            severity="failure",
            pointer="/Resources/M/States/Fit/Next",
            message='States.Fit: Next is "Jugde", which no state here is called; name one of these',
            state="Fit",
            available=("Fit", "Judge"),
            suggestion="Judge",
        )
    ]
    assert broken == set()


def test_says_of_the_machine_what_no_state_has(said: Said) -> None:
    assert said({"States": {"A": END}}) == [("machine: StartAt is missing; the machine needs it", "")]
    assert said(machine(A={"Type": "Parallel", "Branches": [{"StartAt": "B"}], "End": True})) == [
        ("States.A.Branches[0]: States is missing; a branch needs it", "")
    ]


@pytest.mark.parametrize("spoilt", [{"choices": []}, {"Choices": []}, {"Choices": "x"}, {"defualt": "B"}])
def test_tells_nothing_that_follows_from_a_choice_that_is_not_understood(
    told: Told, spoilt: dict[str, Any]
) -> None:
    rule = {"Variable": "$.a", "IsPresent": True, "Next": "B"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "A", **spoilt}
    if "choices" in spoilt:
        del choice["Choices"]
    if "defualt" in spoilt:
        del choice["Default"]
    definition = machine(A=to("C"), C=choice, B=END, D=END)
    assert len(told(definition)) == 1


def test_names_the_broken_states_and_no_others() -> None:
    inner = machine(Deep={"Type": "Wait", "Secs": 1, "End": True})
    outer = machine(A={"Type": "Parallel", "Branches": [inner], "Next": "B"}, B=END)
    assert check_syntax(Subject(outer), Findings()) == {"/States/A/Branches/0/States/Deep"}
    unclosed = machine(A={"Type": "Parallel", "Branches": [{"States": {}}], "Next": "B"}, B=END)
    assert check_syntax(Subject(unclosed), Findings()) == {"/States/A"}
    assert check_syntax(Subject([]), Findings()) == {""}


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"A": to("B"), "B": END}, []),
        ({"A": to("A")}, [("no-end", "/States/A")]),
        ({"A": to("B"), "B": to("C"), "C": to("B")}, [("no-end", "/States/B")]),
        (
            {"A": to("B"), "B": to("A"), "C": END},
            [("state-unreachable", "/States/C"), ("no-end", "/States/A")],
        ),
        ({"A": to("D"), "B": to("C"), "C": to("D"), "D": END}, [("state-unreachable", "/States/B")]),
        ({"A": END, "B": to("C"), "C": to("B")}, [("state-unreachable", "/States/B")]),
        ({"A": END, "C": END, "B": to("C")}, [("state-unreachable", "/States/B")]),
        (
            {"A": END, "B": to("B"), "C": END},
            [("state-unreachable", "/States/B"), ("state-unreachable", "/States/C")],
        ),
        ({"A": to("Bee"), "B": END}, [("next-unknown", "/States/A/Next")]),
        ({"A": to("${Next}"), "B": END}, []),
        ({"A": {"Type": "Task", "Resource": "r"}, "B": END}, [("next-missing", "/States/A")]),
        ({"A": {"Type": "Succeed"}, "B": {"Type": "Fail"}}, [("state-unreachable", "/States/B")]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else f"{len(value)} findings",
)
def test_tells_loops_and_lost_states_by_their_first(
    told: Told, states: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert told({"StartAt": "A", "States": states}) == expected


def test_says_what_a_loop_goes_through(said: Said) -> None:
    assert said(machine(A=to("B"), B=to("C"), C=to("A"))) == [
        (
            "States.A: it leads back to itself by B, C and nothing there ends; "
            'give a state "End": true or a way to a Succeed or Fail',
            "",
        )
    ]


def test_looks_behind_a_choice(told: Told) -> None:
    rule = {"Variable": "$.a", "IsPresent": True, "Next": "B"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "C"}
    looping = machine(A=choice, B=to("A"), C=END, D=END)
    assert told(looping) == [("state-unreachable", "/States/D")]
    assert told(machine(A={**choice, "Default": "B"}, B=to("A"))) == [("no-end", "/States/A")]


@pytest.mark.parametrize("unknown", [{}, {"Type": "Choice"}, {"Type": "${Type}"}, "x", None])
def test_what_is_not_understood_may_lead_anywhere(told: Told, unknown: Any) -> None:
    found = told(machine(A=to("B"), B=unknown, C=to("A")))
    assert [rule for rule, _ in found if rule in ("state-unreachable", "no-end")] == []


def test_a_start_that_is_filled_later_may_be_any_state(told: Told) -> None:
    assert told({"StartAt": "${Start}", "States": {"A": END, "B": END}}) == []


def test_follows_default_choices_and_catch() -> None:
    findings = Findings()
    rule = {"Variable": "$.n", "NumericEquals": 1, "Next": "C"}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "E"}]
    definition = machine(
        A={"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:1:function:f", "Catch": catch, "Next": "B"},
        B={"Type": "Choice", "Choices": [rule], "Default": "D"},
        C=to("B"),
        D={"Type": "Succeed"},
        E={"Type": "Fail"},
    )
    check_syntax(Subject(definition), findings)
    assert findings.found == []


@pytest.mark.parametrize("place", ["Default", "Choices", "Catch"])
def test_tells_unknown_targets_wherever_they_stand(told: Told, place: str) -> None:
    rule = {"Variable": "$.n", "NumericEquals": 1, "Next": "Gone" if place == "Choices" else "B"}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Gone" if place == "Catch" else "B"}]
    definition = machine(
        A={"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:1:function:f", "Catch": catch, "Next": "C"},
        C={"Type": "Choice", "Choices": [rule], "Default": "Gone" if place == "Default" else "B"},
        B={"Type": "Succeed"},
    )
    pointer = {
        "Default": "/States/C/Default",
        "Choices": "/States/C/Choices/0/Next",
        "Catch": "/States/A/Catch/0/Next",
    }[place]
    assert told(definition) == [("next-unknown", pointer)]


def test_says_that_a_target_is_in_another_scope(said: Said) -> None:
    branch = machine(Inner=to("B"))
    definition = machine(A={"Type": "Parallel", "Branches": [branch], "Next": "B"}, B=END)
    assert said(definition) == [
        (
            'States.Inner: Next is "B", which is a state of another scope; '
            "states cannot enter or leave a branch or a Map's processor",
            "",
        )
    ]


def test_tells_names_that_are_repeated_in_branches_and_processors(told: Told) -> None:
    processor = machine(B=END)
    definition = machine(
        A={"Type": "Parallel", "Branches": [machine(B=END), machine(C=END)], "Next": "B"},
        B={"Type": "Map", "ItemProcessor": processor, "End": True},
    )
    assert told(definition) == [
        ("state-name-repeated", "/States/B"),
        ("state-name-repeated", "/States/B/ItemProcessor/States/B"),
    ]


def test_escapes_names_in_pointers(told: Told) -> None:
    assert told(machine(**{"a/b ~ c": {"Type": "Wait", "End": True}})) == [
        ("state-field-missing", "/States/a~1b ~0 c")
    ]


def test_tells_a_machine_that_is_too_deep_instead_of_failing() -> None:
    definition: Any = machine(Last=END)
    for depth in range(60):
        definition = machine(**{f"S{depth}": {"Type": "Parallel", "Branches": [definition], "End": True}})
    findings = Findings()
    check_syntax(Subject(definition), findings)
    assert [(found.rule, found.pointer) for found in findings.found] == [("file-unreadable", "")]

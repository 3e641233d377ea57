"""Loops: what one turn of them does to the data, the next one finds."""

from typing import Any

import pytest

from stepmill.check.checker import Loosened
from stepmill.check.flow.frames import World, machine_frame
from stepmill.check.flow.situations import Situation
from stepmill.check.flow.texts import Texts
from stepmill.check.flow.worklist import begin_scope, ended
from stepmill.check.shapes.shape import Shape, closed, of_value
from stepmill.check.subject import Context, Subject
from tests.check.flow.machines import END, Answers, found, machine, task

MAKE = {"Type": "Pass", "Parameters": {"name": "a", "looks": {"made": 0}}, "Next": "T0"}
COUNT = {
    "Type": "Pass",
    "Parameters": {"made.$": "States.MathAdd($.looks.made, 1)"},
    "ResultPath": "$.looks",
    "Next": "Enough",
}
LAST = {"Variable": "$.looks.made", "NumericGreaterThan": 20}
ENOUGH = {"Type": "Choice", "Choices": [{**LAST, "Next": "Done"}], "Default": "T0"}


def looking(tasks: int, forgetful: int) -> dict[str, Any]:
    """Tasks one after the other, each caught, counted and begun again; one Catch forgets the data."""
    states: dict[str, Any] = {"Make": MAKE}
    for number in range(tasks):
        entry = {"ErrorEquals": ["States.ALL"], "ResultPath": f"$.failed{number}", "Next": "Count"}
        if number == forgetful:
            del entry["ResultPath"]
        states[f"T{number}"] = task(
            Parameters={"FunctionName": "f", "Payload": {"n.$": "$.name"}},
            ResultPath=f"$.result{number}",
            Catch=[entry],
            Next=f"T{number + 1}" if number < tasks - 1 else "Done",
        )
    known = [f"$.{name}{number}" for number in range(tasks) for name in ("failed", "result")]
    asked = [{"Variable": path, "IsPresent": True, "Next": "Kept"} for path in known]
    return {
        **states,
        "Count": COUNT,
        "Enough": {**ENOUGH, "Choices": [{**LAST, "Next": "Which"}]},
        "Which": {"Type": "Choice", "Choices": asked, "Default": "Done"},
        "Kept": END,
        "Done": END,
    }


@pytest.mark.parametrize("forgetful", range(4))
def test_what_a_catch_forgets_is_told_whatever_comes_round_afterwards(forgetful: int) -> None:
    told = [(one.rule, one.pointer) for one in found(looking(4, forgetful))]

    assert told == [("path-missing", "/States/Count/Parameters/made.$")]


def test_data_that_a_loop_puts_into_itself_is_followed_once() -> None:
    count = {key: value for key, value in COUNT.items() if key != "Parameters"}
    told = found(
        {
            "Make": MAKE,
            "T0": {"Type": "Wait", "Seconds": 1, "Next": "Count"},
            "Count": count,
            "Enough": ENOUGH,
            "Done": END,
        }
    )

    assert [(one.rule, one.pointer) for one in told] == [
        ("path-missing", "/States/Enough/Choices/0/Variable")
    ]


def rounds(wanted: str) -> dict[str, Any]:
    """A loop whose first round begins with "first", and every later one with "again"."""
    return {
        "Which": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.round", "StringEquals": wanted, "Next": "Done"}],
            "Default": "Again",
        },
        "Again": {"Type": "Pass", "Result": "again", "ResultPath": "$.round", "Next": "Which"},
        "Done": END,
    }


def questions(definition: dict[str, Any]) -> tuple[list[str], list[Shape]]:
    """What is asked about other inputs than the declared, which begins with the first round; what ends."""
    asked: list[str] = []

    def may_hold(pointer: str) -> bool:
        asked.append(pointer)
        return True

    subject = Subject(definition)
    world = World(subject, Texts(None), Answers(), may_hold_otherwise=may_hold)
    first = Situation(closed(round=of_value("first")))
    run = begin_scope(world, definition, "", [first], machine_frame(subject))
    assert run is not None
    ended(run)
    return asked, [way.data for way in run.waiting["Done"].found]


def test_a_rule_that_the_next_round_satisfies_needs_no_proof() -> None:
    assert questions(machine("Which", rounds("again"))) == ([], [closed(round=of_value("again"))])


def test_a_rule_that_no_round_satisfies_is_judged_once_the_loop_is_at_rest() -> None:
    asked, _ = questions(machine("Which", rounds("never")))

    assert asked == ["/States/Which/Choices/0"]


def test_other_inputs_are_followed_no_further_than_the_question() -> None:
    subject = Subject(
        machine("Which", rounds("again")), context=Context(input=closed(round=of_value("first")))
    )
    loosened = Loosened(World(subject, Texts(None), Answers()))

    assert loosened.may_hold("/States/Which/Choices/0")
    assert loosened.run is not None
    assert {name for name, ways in loosened.run.waiting.items() if ways.found} == {"Which"}

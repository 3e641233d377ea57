"""Loops: what one turn of them does to the data, the next one finds."""

from typing import Any

import pytest

from tests.check.flow.machines import END, found, task

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

"""Any JSON may be thrown at the checker."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepmill.check.checker import check_machine
from stepmill.check.shapes.schema import of_schema
from stepmill.check.shapes.shape import UNKNOWN
from stepmill.check.subject import Context, Subject

REPOSITORY = Path(__file__).parents[3]
TRAINING = json.loads((REPOSITORY / "statemachines/compiled/training.asl.json").read_text())
WORDS = [
    *(
        "Type",
        "States",
        "StartAt",
        "Next",
        "End",
        "Choices",
        "Default",
        "Catch",
        "Variable",
        "Not",
        "And",
        "Or",
    ),
    *("Parameters", "ResultPath", "InputPath", "OutputPath", "ResultSelector", "Assign", "QueryLanguage"),
    *("Branches", "ItemProcessor", "ItemReader", "ItemBatcher", "ResultWriter", "ItemsPath", "a.$", "A", "B"),
    *("Arguments", "Output", "Condition", "Items", "SecondsPath", "StringEquals", "IsPresent", "Resource"),
]
TEXTS = [
    *(
        "A",
        "B",
        "Task",
        "Choice",
        "Map",
        "Parallel",
        "Pass",
        "Wait",
        "Fail",
        "Succeed",
        "JSONata",
        "$",
        "$.a",
    ),
    *(
        "$$.Execution.Id",
        "$x",
        "States.Format('{}', $.a)",
        "States.",
        "${T}",
        "{% $states.input.a %}",
        "$.a[",
    ),
    "arn:aws:states:::sagemaker:createTrainingJob.sync",
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(TEXTS)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=25,
)
STATE = st.fixed_dictionaries({"Type": st.sampled_from(TEXTS[2:10])}).flatmap(
    lambda state: st.dictionaries(st.sampled_from(WORDS), JSON, max_size=6).map(
        lambda more: {**more, **state}
    )
)
CALM = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=100, derandomize=True)


@CALM
@given(JSON)
def test_any_json_is_checked_without_raising(definition: Any) -> None:
    check_machine(Subject(definition))


@CALM
@given(STATE, STATE, JSON)
def test_any_states_are_checked_without_raising(first: Any, second: Any, schema: Any) -> None:
    definition = {"StartAt": "A", "States": {"A": first, "B": second}}
    check_machine(
        Subject(definition, context=Context(of_schema(schema), executions={}, callbacks={"A": UNKNOWN}))
    )


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            found += places(inner, (*path, at))
    return found


PLACES = places(TRAINING)


@settings(deadline=None, max_examples=8, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=3), st.booleans())
def test_a_machine_with_parts_taken_out_or_replaced_is_checked_without_raising(
    changes: list[tuple[tuple[Any, ...], Any]], is_removal: bool
) -> None:
    definition = copy.deepcopy(TRAINING)
    for path, value in changes:
        holder = definition
        try:
            for key in path[:-1]:
                holder = holder[key]
            if is_removal:
                del holder[path[-1]]
            else:
                holder[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue
    check_machine(Subject(definition))


def test_what_is_nested_too_deep_is_not_followed() -> None:
    first: Any = "$"
    second: Any = None
    for _ in range(180):
        first, second = {"a": first}, {"a": second}
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "A"}],
            "Default": "B",
        },
        "A": {"Type": "Pass", "Result": first, "Next": "C"},
        "B": {"Type": "Pass", "Result": second, "Next": "C"},
        "C": {"Type": "Pass", "Parameters": {"x.$": "States.Array($.b, $.a)"}, "End": True},
    }
    assert check_machine(Subject({"StartAt": "Choose", "States": states})).found == []


def test_the_recursion_limit_is_as_it_was() -> None:
    program = """
import subprocess
import sys
from stepmill.check.checker import check_machine
from stepmill.check.subject import Subject
before = sys.getrecursionlimit()
state = {"Type": "Pass", "Output": "{% $states.input.a %}", "End": True}
check_machine(Subject({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}}))
assert "jsonata" in sys.modules
assert sys.getrecursionlimit() == before
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_numbers_without_end_are_no_counters() -> None:
    rule = {"Variable": "$.n", "NumericGreaterThan": float("inf"), "Next": "End"}
    states = {
        "Start": {"Type": "Pass", "Result": {"n": 0}, "Next": "Choose"},
        "Choose": {"Type": "Choice", "Choices": [rule], "Default": "Count"},
        "Count": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Choose"},
        "End": {"Type": "Succeed"},
    }
    assert check_machine(Subject({"StartAt": "Start", "States": states})).found == []

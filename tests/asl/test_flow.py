"""Placeholders of another state's output: where they are legal, and where they would read something else."""

from collections.abc import Callable
from typing import Any

import pytest

from stepmill.asl import (
    Catch,
    Choice,
    ChoiceRule,
    Fail,
    Map,
    Parallel,
    Pass,
    State,
    Succeed,
    Task,
    Wait,
    chain,
    context,
    format_,
)

States = Callable[..., dict[str, Any]]
Problems = Callable[[Callable[[], object]], list[str]]
ARN = "arn:aws:states:::aws-sdk:s3:listObjectsV2"


def _task(name: str, **fields: Any) -> Task:
    return Task(name, resource=ARN, **fields)


def test_a_placeholder_of_the_state_before_is_legal_everywhere(states: States) -> None:
    first = _task("First")
    out = first.output()
    reader = _task("Reader", input_path=out["a"], parameters={"n": format_("{}", out["b"]), "l": [out["c"]]})
    assert states(chain(first, reader))["Reader"] == {
        "Type": "Task",
        "Resource": ARN,
        "InputPath": "$['a']",
        "Parameters": {"n.$": "States.Format('{}', $['b'])", "l.$": "States.Array($['c'])"},
        "End": True,
    }


def test_a_placeholder_of_a_state_further_back_is_legal_while_it_is_kept(states: States) -> None:
    first = _task("First")
    reader = Pass("Reader", parameters={"x": first.output()["x"]})
    between = [
        Wait("Pause", seconds=1),
        _task("Aside", result_path="$.aside"),
        _task("Dropped", result_path=None),
        Pass("Idle"),
        Choice("Which", choices=[(ChoiceRule.IsNull(first.output()["x"], True), Fail("No"))]),
    ]
    assert states(chain(first, *between, reader))["Reader"]["Parameters"] == {"x.$": "$['x']"}


@pytest.mark.parametrize(
    "between",
    [
        _task("Between"),
        _task("Between", result_path="$.x"),
        _task("Between", result_path="$['x']['y']"),
        _task("Between", result_path="$.aside", output_path="$.aside"),
        Pass("Between", result={"y": 1}),
        Pass("Between", input_path="$.y"),
        Wait("Between", seconds=1, input_path="$.y"),
    ],
)
def test_a_placeholder_whose_value_is_replaced_on_the_way_is_refused(
    between: State, states: States, problems: Problems
) -> None:
    first = _task("First")
    reader = Pass("Reader", parameters={"x": first.output()["x"]})
    start = first
    first.next(between)
    between.next(reader)
    assert problems(lambda: states(start)) == [
        "m.States.Reader: placeholder $['x'] of 'First' is replaced by 'Between' on the way; "
        "give that state a result_path"
    ]


def test_a_placeholder_replaced_on_one_of_two_ways_is_refused(states: States, problems: Problems) -> None:
    first = _task("First")
    reader = Pass("Reader", parameters={"x": first.output()["x"]})
    other = chain(_task("Other"), reader)
    which = Choice("Which", choices=[(ChoiceRule.IsNull("$.y", True), other)])
    assert problems(lambda: states(chain(first, which, reader))) == [
        "m.States.Reader: placeholder $['x'] of 'First' is replaced by 'Other' on the way; "
        "give that state a result_path"
    ]


def test_a_loop_back_through_the_source_makes_the_value_new(states: States) -> None:
    look, again = _task("Look"), _task("Again")
    ready = Choice("Ready", choices=[(ChoiceRule.StringEquals(look.output()["s"], "Busy"), again)])
    chain(again, look)
    assert states(chain(look, ready, Succeed("Done")))["Ready"]["Choices"] == [
        {"Variable": "$['s']", "StringEquals": "Busy", "Next": "Again"}
    ]


def test_an_error_handler_does_not_get_the_output_of_the_state_that_failed(
    states: States, problems: Problems
) -> None:
    first = _task("First")
    handler = Pass("Handler", parameters={"x": first.output()["x"]})
    first.add_catch(Catch(error_equals=["States.ALL"], next_step=handler))
    assert problems(lambda: states(first)) == [
        "m.States.Handler: placeholder $['x'] of 'First' is not what this state gets; "
        "no way leads there from that state's end"
    ]


def test_an_error_handler_keeps_what_was_there_when_the_error_has_a_place(
    states: States, problems: Problems
) -> None:
    first = _task("First")
    handler = Pass("Handler", parameters={"x": first.output()["x"]})
    kept = Catch(error_equals=["States.ALL"], next_step=handler, result_path="$.error")
    assert states(chain(first, _task("Second", catch=kept)))["Handler"]["Parameters"] == {"x.$": "$['x']"}

    other = _task("First")
    handler = Pass("Handler", parameters={"x": other.output()["x"]})
    lost = Catch(error_equals=["States.ALL"], next_step=handler)
    assert problems(lambda: states(chain(other, _task("Second", result_path=None, catch=lost)))) == [
        "m.States.Handler: placeholder $['x'] of 'First' is replaced by 'Second' on the way; "
        "give that state a result_path"
    ]


def test_an_outer_placeholder_inside_a_map_is_refused(states: States, problems: Problems) -> None:
    first = _task("First")
    inner = Pass("Inner", parameters={"x": first.output()["x"]})
    assert problems(lambda: states(chain(first, Map("Each", items_path="$.l", item_processor=inner)))) == [
        "m.States.Inner: placeholder $['x'] of 'First' would read the item of Map 'Each'; "
        "pass it in by item_selector"
    ]


def test_an_outer_placeholder_in_the_item_selector_is_legal(states: States) -> None:
    first = _task("First")
    selector: dict[str, Any] = {"x": first.output()["x"], "item": context("$$.Map.Item.Value")}
    each = Map("Each", items_path=first.output()["l"], item_selector=selector, item_processor=Pass("Inner"))
    assert states(chain(first, each))["Each"]["ItemSelector"] == {
        "x.$": "$['x']",
        "item.$": "$$.Map.Item.Value",
    }


def test_an_outer_placeholder_inside_a_branch_is_legal_until_parameters_replace_it(
    states: States, problems: Problems
) -> None:
    def machine(**fields: Any) -> dict[str, Any]:
        first = _task("First")
        inner = Pass("Inner", parameters={"x": first.output()["x"]})
        return states(chain(first, Parallel("Both", branches=[chain(Pass("Idle"), inner)], **fields)))

    assert machine()["Both"]["Branches"][0]["States"]["Inner"]["Parameters"] == {"x.$": "$['x']"}
    for fields in ({"parameters": {"y": 1}}, {"input_path": "$.y"}):
        assert problems(lambda fields=fields: machine(**fields)) == [  # type: ignore[misc]
            "m.States.Inner: placeholder $['x'] of 'First' is replaced by the Parameters of 'Both'; pass "
            "it in there"
        ]


def test_a_placeholder_out_of_a_branch_is_refused(states: States, problems: Problems) -> None:
    inner = _task("Inner")
    reader = Pass("Reader", parameters={"x": inner.output()["x"]})
    assert problems(lambda: states(chain(Parallel("Both", branches=[inner]), reader))) == [
        "m.States.Reader: placeholder $['x'] of 'Inner' comes out of a Parallel or Map; "
        "read that state's output instead"
    ]


def test_a_placeholder_of_itself_or_of_a_stranger_is_refused(states: States, problems: Problems) -> None:
    own = Pass("Own")
    own.update_parameters({"x": own.output()["x"]})
    assert problems(lambda: states(own)) == [
        "m.States.Own: placeholder $['x'] of 'Own' is read by the state itself; its output exists only "
        "after it"
    ]
    stranger = Pass("Reader", parameters={"x": _task("Gone").output()["x"]})
    assert problems(lambda: states(stranger)) == [
        "m.States.Reader: placeholder $['x'] of 'Gone' belongs to a state that is not in this machine; "
        "add the state or use path(...)"
    ]


def test_the_whole_output_is_lost_once_anything_is_added(states: States, problems: Problems) -> None:
    first = _task("First")
    reader = Pass("Reader", parameters={"all": first.output()})
    assert problems(lambda: states(chain(first, _task("Aside", result_path="$.aside"), reader))) == [
        "m.States.Reader: placeholder $ of 'First' is replaced by 'Aside' on the way; give that state a "
        "result_path"
    ]

"""What is used of the data after a state."""

from typing import Any

from tests.check.mutants.uses import is_used, used_after, used_inputs, used_of_end

END = {"Type": "Succeed"}
WRITTEN = {"Type": "Pass", "Result": {"a": 1, "b": 2}, "ResultPath": "$.made", "Next": "Read"}


def read(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


def test_a_member_that_is_copied_is_used_where_the_copy_is() -> None:
    states: dict[str, Any] = {
        "Copy": {"Type": "Pass", "Parameters": {"kept.$": "$.made", "name": "x"}, "Next": "Send"},
        "Send": {
            "Type": "Task",
            "Parameters": {"to": {"of.$": "States.Format('{}', $.kept.a)"}},
            "Next": "End",
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Failed"}],
        },
        "End": END,
        "Failed": {"Type": "Fail", "CausePath": "$.failure.Cause"},
    }

    assert used_inputs(states) == {
        "Copy": {("made", "a")},
        "Send": {("kept", "a")},
        "End": {()},
        "Failed": {("failure", "Cause")},
    }
    assert used_after(states["Send"]["Catch"][0], used_inputs(states)) == {("failure", "Cause")}


def test_of_two_objects_that_are_merged_both_are_used_and_only_in_what_is_read() -> None:
    states: dict[str, Any] = {
        "Merge": {"Type": "Pass", "Parameters": {"c.$": "States.JsonMerge($.a, $.b, false)"}, "Next": "Ask"},
        "Ask": {
            "Type": "Choice",
            "Choices": [
                {"Not": {"Variable": "$.c.n", "NumericEqualsPath": "$$.State.RetryCount"}, "Next": "No"}
            ],
            "Default": "Wait",
        },
        "Wait": {"Type": "Wait", "SecondsPath": "$.c.s[0]", "Next": "No"},
        "No": {"Type": "Fail"},
    }

    assert used_inputs(states)["Merge"] == {("a", "n"), ("a", "s", 0), ("b", "n"), ("b", "s", 0)}


def test_a_result_hides_what_stood_at_its_place_and_none_hides_nothing() -> None:
    reads = {"Read": read(Parameters={"x.$": "$.made.a", "y.$": "$.other"})}
    hidden = used_inputs({"Make": WRITTEN, **reads})
    dropped = used_inputs({"Make": {**WRITTEN, "ResultPath": None}, **reads})

    assert hidden["Make"] == {("other",)}
    assert dropped["Make"] == {("made", "a"), ("other",)}


def test_what_the_branches_and_the_items_read_is_used() -> None:
    branch = {"StartAt": "In", "States": {"In": read(Parameters={"x.$": "$.p"})}}
    states: dict[str, Any] = {
        "Both": {"Type": "Parallel", "Branches": [branch], "ResultPath": "$.q", "Next": "Each"},
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemSelector": {"i.$": "$$.Map.Item.Value", "r.$": "$.r"},
            "ItemProcessor": branch,
            "ResultPath": "$.s",
            "Next": "End",
        },
        "End": {"Type": "Fail"},
    }

    assert used_inputs(states) == {
        "Both": {("p",), ("items",), ("r",)},
        "Each": {("items",), ("r",)},
        "End": set(),
    }


def test_of_the_branches_only_what_is_selected_is_used() -> None:
    parallel = {"Type": "Parallel", "ResultSelector": {"x.$": "$[0].a", "y.$": "$[1]"}}

    assert [used_of_end(parallel, index) for index in range(3)] == [{("a",)}, {()}, set()]
    assert used_of_end({**parallel, "ResultPath": None}, 0) == set()
    assert used_of_end({"Type": "Map", "ResultPath": "$.each"}) == {()}


def test_a_path_into_what_is_used_as_a_whole_is_used() -> None:
    assert is_used(("a", "b"), frozenset([("a",)]))
    assert is_used(("a",), frozenset([("a", "b")]))
    assert not is_used(("a", "b"), frozenset([("a", "c"), ("b",)]))

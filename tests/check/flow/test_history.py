"""The events that an execution certainly has, over all its states."""

from typing import Any

from stepmill.check.checker import check_machine
from stepmill.check.shapes.shape import Array, String, closed
from stepmill.check.subject import Context, Subject
from tests.check.flow.machines import END, Answers, found, machine, task

MANY = Array(String(), (), 3_000, 3_000)


def working(name: str) -> dict[str, Any]:
    return machine(name, {name: task(End=True)})


def mapped(inside: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemsPath": "$.asked.items", "ResultPath": None, "ItemProcessor": inside, **more}


def rows(first: dict[str, Any]) -> list[tuple[str, str]]:
    """Where 3,000 items come from a task: once around is 7 events, a Map of them makes 21,004."""
    work = machine("Work", {"Work": task(End=True)})
    states = {
        "Ask": task(ResultPath="$.asked", Next="First"),
        "First": mapped(work, Next="Second") | first,
        "Second": mapped(work, End=True),
        "End": END,
    }
    findings = found(states, given={}, answers=Answers({"Ask": closed(items=MANY)}))
    return [(one.severity, one.message) for one in findings if one.rule == "history-too-long"]


def test_maps_in_a_row_are_summed_up_on_the_shortest_way_that_ends_well() -> None:
    assert rows({}) == [
        (
            "failure",
            "States.First: makes 21,004 of the 42,013 events that an execution which ends well has at least; "
            "an execution ends at 25,000: use a distributed Map",
        )
    ]
    catch = {"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "End"}
    assert rows({"Catch": [catch]}) == []
    assert rows({"Next": "End"}) == []


def test_a_way_that_ends_in_a_fail_is_no_shorter_way() -> None:
    fail = {"Type": "Fail", "Error": "Late"}
    choose = {"Type": "Choice", "Choices": [{"Variable": "$.late", "IsPresent": True, "Next": "Late"}]}
    row = {"Choose": {**choose, "Default": "Work"}, "Late": fail, "Work": task(End=True)}
    assert [severity for severity, _ in rows({"ItemProcessor": machine("Choose", row)})] == ["failure"]
    assert rows({"ItemProcessor": machine("Late", {"Late": fail})}) == []


def test_children_of_a_distributed_map_are_no_part_of_the_history() -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    work = {**machine("Work", {"Work": task(End=True)}), "ProcessorConfig": config}
    assert rows({"ItemProcessor": work}) == []


def test_a_map_that_is_told_by_itself_is_not_told_again_with_what_is_around_it() -> None:
    long = machine("One", {"One": task(Next="Two"), "Two": task(End=True)})
    branch = machine("First", {"First": mapped(long, End=True)})
    states = {
        "Ask": task(ResultPath="$.asked", Next="Both"),
        "Both": {"Type": "Parallel", "Branches": [branch], "End": True},
    }
    findings = found(states, given={}, answers=Answers({"Ask": closed(items=MANY)}))
    assert [(one.rule, one.state) for one in findings] == [("history-too-long", "First")]


def test_items_that_only_the_declared_input_has_are_counted_whatever_is_asked_of_others() -> None:
    items = {"type": "array", "items": {"type": "string"}, "minItems": 3_000, "maxItems": 3_000}
    asked = {"type": "object", "properties": {"items": items}, "required": ["items"]}
    given = {
        "type": "object",
        "properties": {"asked": asked},
        "required": ["asked"],
        "additionalProperties": False,
    }
    rule = {"Variable": "$.other", "IsPresent": True, "Next": "Again"}
    states = {
        "First": mapped(working("One"), Next="Second"),
        "Second": mapped(working("Two"), Next="Choose"),
        "Choose": {"Type": "Choice", "Choices": [rule], "Default": "End"},
        "Again": {"Type": "Wait", "Seconds": 1, "Next": "End"},
        "End": END,
    }
    findings = found(states, given=given)
    assert [(one.rule, one.severity, one.state) for one in findings] == [
        ("history-too-long", "failure", "First"),
        ("presence-never", "warning", "Choose"),
    ]


def test_an_express_machine_has_no_history_to_sum_up() -> None:
    states = {"First": mapped(working("One"), Next="Second"), "Second": mapped(working("Two"), End=True)}
    given = Context(input=closed(asked=closed(items=MANY)))
    for kind, rules in (("STANDARD", ["history-too-long"]), ("EXPRESS", [])):
        subject = Subject(machine("First", states), kind=kind, context=given)  # type: ignore[arg-type]
        assert [one.rule for one in check_machine(subject, Answers()).found] == rules

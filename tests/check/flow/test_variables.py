"""Variables: from which state on they are there, and in which scopes."""

from typing import Any

from stepmill.check.shapes.shape import String, closed
from tests.check.flow.machines import LISTS, Answers, found, machine, reads, task, told


def distributed(inside: dict[str, Any], **more: Any) -> dict[str, Any]:
    processor = {**inside, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    return {"Type": "Map", "ItemProcessor": processor, "Next": "After", **more}


def test_a_variable_is_there_after_the_state_that_assigns_it() -> None:
    states = {
        "Set": {"Type": "Pass", "Assign": {"made.$": "$.name", "other": {"x": 1}}, "Next": "Read"},
        "Read": reads("States.Array($made, $other.x, $other.y)"),
    }
    (finding,) = found(states, given=LISTS)
    assert (finding.rule, finding.available) == ("path-missing", ("$other.x",))


def test_a_variable_that_nobody_assigns_is_missing_with_the_nearest() -> None:
    states = {
        "Set": {"Type": "Pass", "Assign": {"made": 1}, "Next": "Read"},
        "Read": reads("$mad"),
    }
    (finding,) = found(states)
    assert (finding.rule, finding.message, finding.suggestion) == (
        "variable-missing",
        "States.Read: Parameters.read.$ reads the variable '$mad', which no state before has assigned; "
        "assign it first",
        "$made",
    )


def test_a_variable_assigned_on_one_way_only_is_missing_on_the_other() -> None:
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.name", "StringEquals": "x", "Next": "Set"}],
            "Default": "Skip",
        },
        "Set": {"Type": "Pass", "Assign": {"made": 1}, "Next": "Read"},
        "Skip": {"Type": "Pass", "Next": "Read"},
        "Read": reads("$made"),
    }
    (finding,) = found(states, given=LISTS)
    assert finding.message == (
        "States.Read: Parameters.read.$ reads the variable '$made', which no state before has assigned "
        "when it comes "
        "from Skip; assign it first"
    )


def test_what_a_task_assigns_comes_from_its_result_and_what_its_catch_assigns_from_the_error() -> None:
    entry = {
        "ErrorEquals": ["States.ALL"],
        "Assign": {"why.$": "$.Error"},
        "ResultPath": None,
        "Next": "Fallback",
    }
    states = {
        "Ask": task(Assign={"id.$": "$.id", "bad.$": "$.name"}, ResultPath=None, Catch=[entry], Next="Read"),
        "Read": reads("States.Array($id, $.name)"),
        "Fallback": reads("States.Array($why, $id)"),
    }
    findings = found(states, given=LISTS, answers=Answers({"Ask": closed(id=String())}))
    assert [(finding.rule, finding.pointer) for finding in findings] == [
        ("path-missing", "/States/Ask/Assign/bad.$"),
        ("variable-missing", "/States/Fallback/Parameters/read.$"),
    ]


def test_a_variable_of_a_branch_is_gone_after_it() -> None:
    branch = machine(
        "Set", {"Set": {"Type": "Pass", "Assign": {"inner": 1}, "Next": "Read"}, "Read": reads("$inner")}
    )
    states = {"Both": {"Type": "Parallel", "Branches": [branch], "Next": "After"}, "After": reads("$inner")}
    assert told(found(states)) == [
        (
            "variable-scope",
            "/States/After/Parameters/read.$",
            "States.After: Parameters.read.$ reads the variable '$inner', which is assigned only inside of "
            "a branch or a "
            "Map; give the value on as output instead",
        )
    ]


def test_outer_variables_can_be_read_inside_but_not_assigned() -> None:
    branch = machine(
        "Read",
        {
            "Read": {**reads("$outer"), "End": False, "Next": "Set"},
            "Set": {"Type": "Pass", "Assign": {"outer": 2}, "End": True},
        },
    )
    del branch["States"]["Read"]["End"]
    states = {
        "Set0": {"Type": "Pass", "Assign": {"outer": 1}, "Next": "Both"},
        "Both": {"Type": "Parallel", "Branches": [branch], "End": True},
    }
    assert told(found(states)) == [
        (
            "variable-scope",
            "/States/Both/Branches/0/States/Set/Assign/outer",
            "States.Set: Assign.outer assigns '$outer', which belongs to the states outside; choose "
            "another name",
        )
    ]


def test_outer_variables_are_not_visible_in_a_distributed_map() -> None:
    states = {
        "Set": {"Type": "Pass", "Assign": {"outer": 1}, "ResultPath": None, "Next": "Each"},
        "Each": distributed(machine("Read", {"Read": reads("$outer")}), ItemsPath="$.items"),
        "After": reads("$outer"),
    }
    assert told(found(states, given=LISTS)) == [
        (
            "variable-scope",
            "/States/Each/ItemProcessor/States/Read/Parameters/read.$",
            "States.Read: Parameters.read.$ reads the variable '$outer', which is assigned outside of this "
            "distributed "
            "Map; give the value on as output instead",
        )
    ]


def test_the_name_of_the_states_own_data_is_no_variable() -> None:
    states = {"Set": {"Type": "Pass", "Assign": {"states": 1}, "End": True}}
    assert told(found(states)) == [
        (
            "variable-scope",
            "/States/Set/Assign/states",
            "States.Set: Assign.states assigns '$states', which is kept for the state's own data; choose "
            "another "
            "name",
        )
    ]


def test_a_variable_that_a_state_of_a_wrong_form_may_have_set_is_compared() -> None:
    states = {
        "Set": {"Type": "Pass", "Assign": {"reason": "none"}, "Next": "Broken"},
        "Broken": task(Retries=[], Next="Which"),
        "Which": {
            "Type": "Choice",
            "Choices": [{"Variable": "$reason", "StringEquals": "none", "Next": "Done"}],
            "Default": "Done",
        },
        "Done": reads("$reason"),
    }
    assert [one.pointer for one in found(states)] == ["/States/Broken/Retries"]

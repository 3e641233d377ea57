"""Parallel, Map and variables: what is seen inside, and what comes out."""

from typing import Any

from stepmill.check.shapes.shape import Object, String, closed
from tests.check.flow.machines import Answers, found, machine, task, told

LISTS = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"id": {}},
                "additionalProperties": False,
                "required": ["id"],
            },
        },
        "name": {"type": "string"},
    },
    "required": ["items", "name"],
    "additionalProperties": False,
}


def reads(path: str, **more: Any) -> dict[str, Any]:
    return {"Type": "Pass", "Parameters": {"read.$": path}, "End": True, **more}


def over(processor: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "Next": "After", **more}


def test_a_parallel_gives_one_output_a_branch() -> None:
    states = {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                machine("A", {"A": {"Type": "Pass", "Result": {"a": 1}, "End": True}}),
                machine("B", {"B": {"Type": "Pass", "Result": {"b": 1}, "End": True}}),
            ],
            "Next": "After",
        },
        "After": reads("States.Array($[0].a, $[1].b, $[1].a, $[2])"),
    }
    findings = found(states, given=LISTS)
    assert told(findings) == [
        (
            "path-missing",
            "/States/After/Parameters/read.$",
            "States.After: Parameters.read.$ reads '$[1].a', but '$[1]' has no member 'a'; read what is "
            "there",
        )
    ]
    assert findings[0].available == ("$[1].b",)


def test_a_branch_sees_what_the_parallel_is_given_through_its_parameters() -> None:
    states = {
        "Both": {
            "Type": "Parallel",
            "Parameters": {"n.$": "$.name"},
            "Branches": [machine("A", {"A": reads("$.name")}), machine("B", {"B": reads("$.n")})],
            "End": True,
        }
    }
    assert [finding.pointer for finding in found(states, given=LISTS)] == [
        "/States/Both/Branches/0/States/A/Parameters/read.$"
    ]


def test_an_iteration_sees_its_item_only() -> None:
    states = {"Each": over(machine("Item", {"Item": reads("$.name")})), "After": reads("$[0].read")}
    assert told(found(states, given=LISTS)) == [
        (
            "path-missing",
            "/States/Each/ItemProcessor/States/Item/Parameters/read.$",
            "States.Item: Parameters.read.$ reads '$.name', but '$' has no member 'name'; read what is there",
        )
    ]


def test_an_item_selector_sees_the_item_in_the_context_and_the_input() -> None:
    for name in ("ItemSelector", "Parameters"):
        selector = {"id.$": "$$.Map.Item.Value.id", "name.$": "$.name", "at.$": "$$.Map.Item.Index"}
        inside = machine("Item", {"Item": reads("States.Array($.id, $.name, $.at)")})
        states = {"Each": over(inside, **{name: selector}), "After": reads("$[0].read[2]")}
        assert found(states, given=LISTS) == []


def test_the_output_of_a_map_is_an_array_of_what_the_iterations_give() -> None:
    inside = machine("Item", {"Item": {"Type": "Pass", "Result": {"done": 1}, "End": True}})
    states = {"Each": over(inside, ResultPath="$.results"), "After": reads("$.results[0].don")}
    (finding,) = found(states, given=LISTS)
    assert (finding.pointer, finding.available) == (
        "/States/After/Parameters/read.$",
        ("$.results[0].done",),
    )


def test_a_map_needs_an_array() -> None:
    inside = machine("Item", {"Item": {"Type": "Pass", "End": True}})
    states = {"Each": over(inside, ItemsPath="$.name", End=True)}
    del states["Each"]["Next"]
    assert told(found(states, given=LISTS)) == [
        (
            "map-items-type",
            "/States/Each/ItemsPath",
            "States.Each: ItemsPath '$.name' gives a text; an array is needed",
        )
    ]


def distributed(inside: dict[str, Any], **more: Any) -> dict[str, Any]:
    processor = {**inside, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    return {"Type": "Map", "ItemProcessor": processor, "Next": "After", **more}


def reader(**config: Any) -> dict[str, Any]:
    return {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": config,
        "Parameters": {"Bucket": "b", "Key.$": "$.name"},
    }


def test_rows_of_a_csv_file_have_its_columns() -> None:
    columns = reader(InputType="CSV", CSVHeaderLocation="GIVEN", CSVHeaders=["id", "price"])
    states = {
        "Each": distributed(machine("Row", {"Row": reads("$.prise")}), ItemReader=columns),
        "After": reads("$"),
    }
    (finding,) = found(states, given=LISTS)
    assert (finding.rule, finding.suggestion) == ("path-missing", "$.price")


def test_listed_objects_have_the_members_that_s3_gives() -> None:
    listed = {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "Parameters": {"Bucket": "b", "Prefix.$": "$.name"},
    }
    states = {
        "Each": distributed(machine("Row", {"Row": reads("States.Array($.Key, $.Name)")}), ItemReader=listed),
        "After": reads("$"),
    }
    (finding,) = found(states, given=LISTS)
    assert finding.available == ("$.Etag", "$.Key", "$.LastModified", "$.Size", "$.StorageClass")


def test_a_batch_is_items_and_the_input_of_the_batch() -> None:
    inside = machine("Batch", {"Batch": reads("States.Array($.Items[0].id, $.BatchInput.n, $.id)")})
    batcher = {"MaxItemsPerBatch": 5, "BatchInput": {"n.$": "$.name"}}
    states = {
        "Each": distributed(inside, ItemsPath="$.items", ItemBatcher=batcher),
        "After": reads("$"),
    }
    (finding,) = found(states, given=LISTS)
    assert finding.available == ("$.Items", "$.BatchInput")


def test_results_that_are_written_to_a_bucket_leave_where_they_are() -> None:
    inside = machine("Item", {"Item": {"Type": "Pass", "End": True}})
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}}
    states = {
        "Each": distributed(inside, ItemsPath="$.items", ResultWriter=writer),
        "After": reads("States.Array($.ResultWriterDetails.Bucket, $.MapRunArn, $[0])"),
    }
    (finding,) = found(states, given=LISTS)
    assert finding.message == (
        "States.After: Parameters.read.$ reads '$[0]', but '$' is an object, not an array; read what is there"
    )


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


def test_the_input_of_a_distributed_iteration_is_its_own() -> None:
    states = {
        "Each": distributed(machine("Read", {"Read": reads("$$.Execution.Input.name")}), ItemsPath="$.items"),
        "After": reads("$$.Execution.Input.name"),
    }
    assert [finding.pointer for finding in found(states, given=LISTS)] == [
        "/States/Each/ItemProcessor/States/Read/Parameters/read.$"
    ]


def test_a_task_in_a_map_is_seen_as_such() -> None:
    answers = Answers()
    inside = machine("Send", {"Send": task(Parameters={"id.$": "$.id"}, End=True)})
    assert found({"Each": over(inside), "After": reads("$")}, given=LISTS, answers=answers) == []
    assert set(answers.sent) == {"Send"}
    assert isinstance(answers.sent["Send"], Object)


def test_no_items_are_no_fault() -> None:
    states = {
        "Make": {"Type": "Pass", "Result": {"items": []}, "Next": "Each"},
        "Each": over(machine("Item", {"Item": reads("$.anything")})),
        "After": {"Type": "Succeed"},
    }
    assert found(states) == []

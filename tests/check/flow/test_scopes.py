"""Parallel and Map: what is seen inside, and what comes out."""

from typing import Any

from stepmill.check.shapes.shape import Object
from tests.check.flow.machines import LISTS, Answers, found, machine, reads, task, told


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
    assert (findings[0].available, findings[0].suggestion) == (("$[0].a", "$[1].b"), "$[0].a")


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


def test_the_limits_of_a_map_with_a_reader_are_read_too() -> None:
    rows = distributed(
        machine("Row", {"Row": {"Type": "Pass", "End": True}}),
        ItemReader=reader(InputType="JSON"),
        ToleratedFailurePercentagePath="$.tolerance",
    )
    findings = found({"Each": rows, "After": reads("$")}, given=LISTS)
    assert [(finding.rule, finding.pointer) for finding in findings] == [
        ("path-missing", "/States/Each/ToleratedFailurePercentagePath")
    ]

"""Parallel and Map with every field, rendered, as whole states."""

from collections.abc import Callable
from typing import Any

from stepmill.asl import (
    Map,
    Parallel,
    Pass,
    Retry,
    chain,
    context,
    jsonata,
    path,
)

States = Callable[..., dict[str, Any]]


def test_parallel_has_branches_with_work_fields(states: States) -> None:
    parallel = Parallel(
        "Both",
        branches=[chain(Pass("A"), Pass("B")), Pass("C")],
        parameters={"x": path("$.x")},
        result_selector={"first": path("$[0]")},
        result_path="$.both",
        retry=[Retry(error_equals=["States.ALL"])],
    )
    assert states(parallel) == {
        "Both": {
            "Type": "Parallel",
            "Parameters": {"x.$": "$.x"},
            "ResultSelector": {"first.$": "$[0]"},
            "ResultPath": "$.both",
            "Retry": [{"ErrorEquals": ["States.ALL"]}],
            "Branches": [
                {
                    "StartAt": "A",
                    "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}},
                },
                {"StartAt": "C", "States": {"C": {"Type": "Pass", "End": True}}},
            ],
            "End": True,
        }
    }


def test_inline_map_has_an_item_processor(states: States) -> None:
    each = Map(
        "Each",
        item_processor=Pass("One"),
        items_path=path("$.files"),
        item_selector={"file": context("$$.Map.Item.Value"), "run": path("$.run")},
        max_concurrency=path("$.at_once"),
        result_path="$.done",
    )
    assert states(each) == {
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.files",
            "ItemSelector": {"file.$": "$$.Map.Item.Value", "run.$": "$.run"},
            "MaxConcurrencyPath": "$.at_once",
            "ResultPath": "$.done",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "One",
                "States": {"One": {"Type": "Pass", "End": True}},
            },
            "End": True,
        }
    }


def test_distributed_map_has_reader_batcher_writer_and_tolerance(states: States) -> None:
    each = Map(
        "Each",
        item_processor=Pass("One"),
        mode="DISTRIBUTED",
        execution_type="STANDARD",
        item_reader={
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "CSV", "MaxItemsPath": path("$.limit")},
            "Parameters": {"Bucket": path("$.bucket"), "Key": "list.csv"},
        },
        item_batcher={"MaxItemsPerBatchPath": path("$.size"), "BatchInput": {"run": path("$.run")}},
        result_writer={
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": path("$.bucket")},
        },
        tolerated_failure_count=path("$.failures"),
        tolerated_failure_percentage=5,
        max_concurrency=100,
        label="files",
    )
    assert states(each)["Each"] == {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "CSV", "MaxItemsPath": "$.limit"},
            "Parameters": {"Bucket.$": "$.bucket", "Key": "list.csv"},
        },
        "ItemBatcher": {"MaxItemsPerBatchPath": "$.size", "BatchInput": {"run.$": "$.run"}},
        "MaxConcurrency": 100,
        "ToleratedFailureCountPath": "$.failures",
        "ToleratedFailurePercentage": 5,
        "Label": "files",
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket.$": "$.bucket"},
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "One",
            "States": {"One": {"Type": "Pass", "End": True}},
        },
        "End": True,
    }


def test_map_in_jsonata_has_items(states: States) -> None:
    each = Map(
        "Each", query_language="JSONata", items=jsonata("$states.input.files"), item_processor=Pass("One")
    )
    assert states(each)["Each"]["Items"] == "{% $states.input.files %}"

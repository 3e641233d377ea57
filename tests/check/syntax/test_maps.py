"""Maps: inline and distributed, readers, batches, writers, tolerances."""

from collections.abc import Callable
from typing import Any

import pytest

Told = Callable[..., list[tuple[str, str]]]
Said = Callable[[Any], list[tuple[str, str]]]

A = "/States/A"
ITEM = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
DISTRIBUTED = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
GET, LIST, PUT = (f"arn:aws:states:::s3:{action}" for action in ("getObject", "listObjectsV2", "putObject"))
LISTED = {"Resource": LIST, "Parameters": {"Bucket": "b"}}


def a_map(config: dict[str, Any] | None, /, **fields: Any) -> dict[str, Any]:
    processor = ITEM if config is None else {"ProcessorConfig": config, **ITEM}
    state = {"Type": "Map", "ItemProcessor": processor, **fields, "End": True}
    return {"StartAt": "A", "States": {"A": state}}


def distributed(**fields: Any) -> dict[str, Any]:
    return a_map(DISTRIBUTED, **fields)


def reader(resource: str = GET, /, **config: Any) -> dict[str, Any]:
    parameters = {"Bucket": "b"} if "listObjects" in resource else {"Bucket": "b", "Key": "k"}
    return distributed(ItemReader={"Resource": resource, "Parameters": parameters, "ReaderConfig": config})


def reading(call: str = GET, /, **parameters: Any) -> dict[str, Any]:
    config = {"ReaderConfig": {"InputType": "JSON"}} if "getObject" in call else {}
    return distributed(ItemReader={"Resource": call, "Parameters": parameters, **config})


def writing(**parameters: Any) -> dict[str, Any]:
    return distributed(ResultWriter={"Resource": PUT, "Parameters": parameters})


@pytest.mark.parametrize(
    "definition",
    [
        a_map(None, MaxConcurrency=0),
        a_map({"Mode": "INLINE"}, ItemsPath="$.items", ItemSelector={"a.$": "$$.Map.Item.Value"}),
        {"StartAt": "A", "States": {"A": {"Type": "Map", "Iterator": ITEM, "Parameters": {}, "End": True}}},
        distributed(MaxConcurrency=1000, ToleratedFailurePercentage=2.5, Label="Fits_one-1"),
        distributed(ToleratedFailureCountPath="$.n", MaxConcurrencyPath="$.m"),
        reader(InputType="CSV", CSVHeaderLocation="FIRST_ROW", CSVDelimiter="TAB", MaxItems=5),
        reader(InputType="CSV", CSVHeaderLocation="GIVEN", CSVHeaders=["a"]),
        reader(InputType="JSON", ItemsPointer="/a/b"),
        reader(InputType="JSONL", MaxItemsPath="$.n"),
        reader(InputType="PARQUET"),
        reading(**{"Bucket.$": "$.b", "Key.$": "$.k", "VersionId.$": "$.v", "ExpectedBucketOwner": "1"}),
        reading(LIST, **{"Bucket.$": "$.b", "Prefix.$": "$.p", "MaxKeys": 10}),
        reading("arn:aws:states:::aws-sdk:s3:getObject", Bucket="b", Key="k"),
        distributed(ItemReader={"Resource": "${Reader}", "Parameters": {"Prefix": "p"}}),
        writing(**{"Bucket.$": "$.b", "Prefix": "p", "Anything": "x"}),
        reader(InputType="MANIFEST", ManifestType="ATHENA_DATA"),
        reader(LIST),
        reader(LIST, InputType="CSV", CSVHeaderLocation="FIRST_ROW", Transformation="LOAD_AND_FLATTEN"),
        reader("arn:aws-cn:states:::s3:listObjectsV2"),
        reader("${Reader}"),
        reader(InputType="${Type}", CSVHeaders=["a"]),
        distributed(Label="${Stage}-fits"),
        distributed(ResultWriter={"Resource": "${Writer}"}),
        distributed(ItemReader="${Reader}", ItemBatcher="${Batcher}", ResultWriter="${Writer}"),
        distributed(ItemBatcher={"MaxItemsPerBatch": 5, "BatchInput": {"a.$": "$.a"}}),
        distributed(ItemBatcher={"MaxItemsPerBatchPath": "$.n", "MaxInputBytesPerBatch": 262_144}),
        distributed(ResultWriter={"Resource": PUT, "Parameters": {"Bucket": "b", "Prefix.$": "$.p"}}),
        distributed(ResultWriter={"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSONL"}}),
        a_map({"Mode": "${Mode}"}, ItemReader=LISTED),
    ],
    ids=str,
)
def test_accepts_maps_of_every_kind(told: Told, definition: Any) -> None:
    assert told(definition) == []


@pytest.mark.parametrize(
    ("definition", "rule", "place"),
    [
        (a_map(None, ItemReader=LISTED), "map-mode", "/ItemReader"),
        (a_map({"Mode": "INLINE"}, Label="a", ToleratedFailureCount=1), "map-mode", "/Label"),
        (a_map({"Mode": "DISTRIBUTED"}), "map-mode", "/ItemProcessor/ProcessorConfig"),
        (a_map({"Mode": "Distributed"}), "field-value", "/ItemProcessor/ProcessorConfig/Mode"),
        (a_map({"Modes": "INLINE"}), "field-unknown", "/ItemProcessor/ProcessorConfig/Modes"),
        (a_map({"Modes": "DISTRIBUTED"}, Label="a"), "field-unknown", "/ItemProcessor/ProcessorConfig/Modes"),
        (a_map(None, ItemProcessor=[]), "field-type", "/ItemProcessor"),
        (
            a_map(None, ItemProcessor={"ProcessorConfig": [], **ITEM}),
            "field-type",
            "/ItemProcessor/ProcessorConfig",
        ),
        (reader(InputType="XML", CSVHeaders=["a"]), "field-value", "/ItemReader/ReaderConfig/InputType"),
        (distributed(ItemBatcher={"Size": 5}), "field-unknown", "/ItemBatcher/Size"),
        (
            distributed(ResultWriter={"WriterConfig": {"OutputType": "CSV"}}),
            "field-value",
            "/ResultWriter/WriterConfig/OutputType",
        ),
        (a_map(None, MaxConcurrency=41), "map-concurrency", "/MaxConcurrency"),
        (a_map(None, MaxConcurrency=-1), "field-value", "/MaxConcurrency"),
        (a_map(None, Iterator=ITEM), "field-exclusive", "/Iterator"),
        (a_map(None, ItemSelector={}, Parameters={}), "field-exclusive", "/Parameters"),
        (distributed(Label="a b"), "field-value", "/Label"),
        (distributed(Label="a" * 41), "field-value", "/Label"),
        (distributed(ToleratedFailurePercentage=101), "map-tolerance", "/ToleratedFailurePercentage"),
        (distributed(ToleratedFailureCount=-1), "map-tolerance", "/ToleratedFailureCount"),
        (reader(), "map-reader", "/ItemReader/ReaderConfig"),
        (
            distributed(ItemReader={"Resource": GET, "Parameters": {"Bucket": "b", "Key": "k"}}),
            "map-reader",
            "/ItemReader",
        ),
        (reading(PUT, Prefix="p"), "map-reader", "/ItemReader/Resource"),
        (reading(Bucket="b"), "parameter-missing", "/ItemReader/Parameters"),
        (reading(), "parameter-missing", "/ItemReader/Parameters"),
        (reading(Bucket="b", key="k"), "parameter-unknown", "/ItemReader/Parameters/key"),
        (reading(Bucket="b", Key="k", Prefix="p"), "parameter-unknown", "/ItemReader/Parameters/Prefix"),
        (
            reading(LIST, **{"Bucket.$": "$.b", "Key.$": "$.k"}),
            "parameter-unknown",
            "/ItemReader/Parameters/Key.$",
        ),
        (reading(LIST, Prefix="p"), "parameter-missing", "/ItemReader/Parameters"),
        (distributed(ItemReader={"Resource": LIST}), "map-reader", "/ItemReader"),
        (writing(Prefix="p"), "map-writer", "/ResultWriter/Parameters"),
        (a_map({"Mode": "DISTRIBUTED"}, ExecutionType="STANDARD"), "field-misplaced", "/ExecutionType"),
        (
            a_map(
                None, ItemProcessor={**ITEM, "ProcessorConfig": {"Mode": "DISTRIBUTED"}, "ExecutionType": "X"}
            ),
            "field-misplaced",
            "/ItemProcessor/ExecutionType",
        ),
        (reader(InputType="XML"), "field-value", "/ItemReader/ReaderConfig/InputType"),
        (reader(InputType="JSON", CSVHeaders=["a"]), "map-reader", "/ItemReader/ReaderConfig/CSVHeaders"),
        (reader(InputType="CSV", CSVHeaderLocation="GIVEN"), "map-reader", "/ItemReader/ReaderConfig"),
        (
            reader(InputType="CSV", CSVHeaderLocation="FIRST_ROW", CSVHeaders=["a"]),
            "map-reader",
            "/ItemReader/ReaderConfig/CSVHeaders",
        ),
        (reader(PUT), "map-reader", "/ItemReader/Resource"),
        (reader(LIST, MaxItem=4), "field-unknown", "/ItemReader/ReaderConfig/MaxItem"),
        (distributed(ItemReader={}), "state-field-missing", "/ItemReader"),
        (distributed(ItemBatcher={}), "map-batcher", "/ItemBatcher"),
        (distributed(ItemBatcher={"MaxItemsPerBatch": 0}), "map-batcher", "/ItemBatcher/MaxItemsPerBatch"),
        (
            distributed(ItemBatcher={"MaxInputBytesPerBatch": 262_145}),
            "map-batcher",
            "/ItemBatcher/MaxInputBytesPerBatch",
        ),
        (distributed(ItemBatcher={"MaxItemPerBatch": 5}), "field-unknown", "/ItemBatcher/MaxItemPerBatch"),
        (distributed(ResultWriter={}), "map-writer", "/ResultWriter"),
        (distributed(ResultWriter={"Resource": PUT}), "map-writer", "/ResultWriter"),
        (distributed(ResultWriter={"Resource": GET}), "map-writer", "/ResultWriter/Resource"),
        (
            distributed(ResultWriter={"WriterConfig": {"OutputType": "JSON"}}),
            "map-writer",
            "/ResultWriter/WriterConfig",
        ),
        (
            distributed(ResultWriter={"WriterConfig": {"OutputType": "CSV", "Transformation": "NONE"}}),
            "field-value",
            "/ResultWriter/WriterConfig/OutputType",
        ),
    ],
    ids=str,
)
def test_tells_what_a_map_cannot_do(told: Told, definition: Any, rule: str, place: str) -> None:
    assert told(definition) == [(rule, f"{A}{place}")]


def test_says_how_to_make_a_map_distributed(said: Said) -> None:
    assert said(a_map(None, ItemReader=LISTED, Label="fits")) == [
        (
            "States.A: ItemReader, Label need a distributed Map, but this one is inline; "
            "give ItemProcessor a ProcessorConfig with the Mode DISTRIBUTED and an ExecutionType",
            "",
        )
    ]


def test_says_what_is_wrong_with_a_label(said: Said) -> None:
    assert said(distributed(Label="fits [all]")) == [
        ('States.A: Label "fits [all]" holds " []"; use at most 40 letters, digits, - and _', "")
    ]
    assert said(distributed(Label="f" * 41)) == [
        (f'States.A: Label "{"f" * 41}" has 41 characters; use at most 40 letters, digits, - and _', "")
    ]


def test_knows_the_legacy_iterator_as_a_processor(told: Told, said: Said) -> None:
    wrong = {"StartAt": "I", "States": {"I": {"Type": "Wait", "End": True}}}
    state = {"Type": "Map", "Iterator": wrong, "Label": "fits", "End": True}
    definition = {"StartAt": "A", "States": {"A": state}}
    assert told(definition) == [
        ("map-mode", f"{A}/Label"),
        ("state-field-missing", f"{A}/Iterator/States/I"),
    ]
    assert said(definition)[0] == (
        "States.A: Label needs a distributed Map, but this one is inline; "
        "give Iterator a ProcessorConfig with the Mode DISTRIBUTED and an ExecutionType",
        "",
    )


def test_tells_a_distributed_map_in_an_express_machine(told: Told) -> None:
    assert told(distributed(), "EXPRESS") == [("map-mode", f"{A}/ItemProcessor/ProcessorConfig/Mode")]


def test_holds_items_of_an_express_map_to_the_limits_of_express(told: Told) -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    wait = {"StartAt": "I", "States": {"I": {"Type": "Wait", "Seconds": 400, "End": True}}}
    definition = a_map(config, ItemProcessor={"ProcessorConfig": config, **wait})
    assert told(definition) == [("express-too-long", f"{A}/ItemProcessor/States/I/Seconds")]
    inline = a_map(None, ItemProcessor=wait)
    assert told(inline, "EXPRESS") == [("express-too-long", f"{A}/ItemProcessor/States/I/Seconds")]
    for other in ({**config, "ExecutionType": "STANDARD"}, {**config, "Mode": "INLINE"}):
        assert told(a_map(other, ItemProcessor={"ProcessorConfig": other, **wait})) == []


def test_reads_jsonata_in_every_part(told: Told) -> None:
    definition = distributed(
        QueryLanguage="JSONata",
        Items="{% $states.input.items %}",
        ItemSelector={"a": "{% $states.context.Map.Item.Value %}"},
        MaxConcurrency="{% $states.input.n %}",
        ToleratedFailurePercentage="{% $states.input.n %}",
        ItemBatcher={"MaxItemsPerBatch": "{% $states.input.n %}"},
        ItemReader={
            "Resource": GET,
            "Arguments": {"Bucket": "{% $states.input.( %}", "Key": "k"},
            "ReaderConfig": {"InputType": "JSON", "MaxItems": "{% n %}"},
        },
        ResultWriter={"Resource": PUT, "Arguments": "{% $states.input %}"},
    )
    assert told(definition) == [
        ("jsonata-syntax", f"{A}/ItemReader/Arguments/Bucket"),
        ("jsonata-reference", f"{A}/ItemReader/ReaderConfig/MaxItems"),
    ]

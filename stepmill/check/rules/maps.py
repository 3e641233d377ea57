"""Maps: inline and distributed, their readers, batches, writers and tolerances."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, WARNING, Example, Rule, one_state

_GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"
_ITEM: dict[str, Any] = {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}}
_DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **_ITEM}
_READER = {
    "Resource": "arn:aws:states:::s3:getObject",
    "ReaderConfig": {"InputType": "JSON"},
    "Parameters": {"Bucket": "cars", "Key": "models.json"},
}


def _map(is_distributed: bool = True, **fields: Any) -> Example:
    processor = _DISTRIBUTED if is_distributed else _ITEM
    return Example(one_state({"Type": "Map", **fields, "ItemProcessor": processor, "End": True}))


def _reader(config: dict[str, Any]) -> Example:
    return _map(ItemReader={**_READER, "ReaderConfig": config})


MAP_MODE = Rule(
    "map-mode",
    "maps",
    FAILURE,
    "A Map uses what its mode does not have.",
    "ItemReader, ItemBatcher, ResultWriter, Label and the tolerated failures need a distributed Map: a "
    "ProcessorConfig with the Mode DISTRIBUTED and an ExecutionType. An Express machine has no distributed "
    "Map.",
    f"{_GUIDE}/state-map-distributed.html",
    _map(is_distributed=False, ItemReader=_READER),
    _map(ItemReader=_READER),
)

MAP_READER = Rule(
    "map-reader",
    "maps",
    FAILURE,
    "An ItemReader says what it cannot do.",
    "s3:getObject reads one file and needs an InputType; s3:listObjectsV2 lists objects. CSV with the header "
    "location GIVEN needs CSVHeaders, and only CSV has headers and a delimiter.",
    f"{_GUIDE}/input-output-itemreader.html",
    _reader({"InputType": "CSV", "CSVHeaderLocation": "GIVEN"}),
    _reader({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["model", "price"]}),
)

MAP_WRITER = Rule(
    "map-writer",
    "maps",
    FAILURE,
    "A ResultWriter says what it cannot do.",
    "It writes with s3:putObject to a Bucket, or only formats with a WriterConfig that has both "
    "Transformation and OutputType; it cannot be empty.",
    f"{_GUIDE}/input-output-resultwriter.html",
    _map(ResultWriter={"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "cars"}}),
    _map(ResultWriter={"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "cars"}}),
)

MAP_BATCHER = Rule(
    "map-batcher",
    "maps",
    FAILURE,
    "An ItemBatcher without a size, or with an impossible one.",
    "Give the largest number of items or of bytes of a batch; a batch holds at most 256 KiB.",
    f"{_GUIDE}/input-output-itembatcher.html",
    _map(ItemBatcher={"BatchInput": {"run": "weekly"}}),
    _map(ItemBatcher={"BatchInput": {"run": "weekly"}, "MaxItemsPerBatch": 10}),
)

MAP_TOLERANCE = Rule(
    "map-tolerance",
    "maps",
    FAILURE,
    "A tolerated failure is out of range.",
    "ToleratedFailurePercentage lies between 0 and 100, ToleratedFailureCount is 0 or more.",
    f"{_GUIDE}/state-map-distributed.html",
    _map(ToleratedFailurePercentage=120),
    _map(ToleratedFailurePercentage=20),
)

MAP_CONCURRENCY = Rule(
    "map-concurrency",
    "maps",
    WARNING,
    "An inline Map asks for more than 40 items at a time.",
    "An inline Map runs at most about 40 items at a time whatever MaxConcurrency says. A distributed Map "
    "runs up to 10,000.",
    f"{_GUIDE}/state-map-inline.html",
    _map(is_distributed=False, MaxConcurrency=100),
    _map(is_distributed=False, MaxConcurrency=40),
)

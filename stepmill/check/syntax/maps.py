"""Maps: their mode, readers, batches, writers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepmill.check.rules.fields import FIELD_VALUE
from stepmill.check.rules.maps import MAP_BATCHER, MAP_CONCURRENCY, MAP_MODE, MAP_READER, MAP_WRITER
from stepmill.check.syntax.fields import check_fields
from stepmill.check.syntax.grammar import (
    ITEM_BATCHER,
    ITEM_READER,
    PROCESSOR_CONFIG,
    READER_CONFIG,
    RESULT_WRITER,
    WRITER_CONFIG,
)
from stepmill.check.syntax.place import Place, is_token, shown
from stepmill.check.syntax.s3_arguments import REQUESTS, check_arguments

_DISTRIBUTED_ONLY = (
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
)
_INLINE_AT_ONCE = 40
_LABEL_CHARACTERS = 40
_LABEL_REFUSED = frozenset('?*<>{}[]:;,\\|^~$#%&`"')
_READS = ("s3:getObject", "s3:listObjectsV2")


def check_map(place: Place, state: Mapping[str, Any], good: set[str]) -> None:
    """place: of the Map. good: its fields that are well written."""
    mode = _mode(place, state)
    if mode == "INLINE":
        _tell_inline(place, state)
    if "Label" in good:
        _check_label(place, state["Label"])
    for name, check in (
        ("ItemReader", _check_reader),
        ("ItemBatcher", _check_batcher),
        ("ResultWriter", _check_writer),
    ):
        if isinstance(state.get(name), dict):
            check(place.at(name), state[name])


def processor_field(state: Mapping[str, Any]) -> str:
    return "ItemProcessor" if "ItemProcessor" in state else "Iterator"


def is_distributed(state: Mapping[str, Any]) -> bool:
    return _config(state).get("Mode") == "DISTRIBUTED"


def runs_express(state: Mapping[str, Any]) -> bool:
    """Whether each item is an Express execution of its own."""
    return is_distributed(state) and _config(state).get("ExecutionType") == "EXPRESS"


def _config(state: Mapping[str, Any]) -> Mapping[str, Any]:
    processor = state.get(processor_field(state))
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return config if isinstance(config, dict) else {}


def _mode(place: Place, state: Mapping[str, Any]) -> str:
    """INLINE, DISTRIBUTED or "" when it cannot be told."""
    name = processor_field(state)
    processor = state.get(name)
    if not isinstance(processor, dict):
        return ""
    config = processor.get("ProcessorConfig", {})
    if not isinstance(config, dict):
        return ""
    at = place.at(name, "ProcessorConfig")
    good = check_fields(at, "ProcessorConfig", config, PROCESSOR_CONFIG)
    if len(good) < len(config):
        return ""
    mode = str(config.get("Mode", "INLINE"))
    if mode == "DISTRIBUTED":
        # One that stands beside its place is told there.
        if "ExecutionType" not in config and not any("ExecutionType" in one for one in (state, processor)):
            at.tell(
                MAP_MODE,
                "ExecutionType is missing; a distributed Map needs STANDARD or EXPRESS",
                is_breaking=False,
            )
        if place.is_express:
            place.tell(
                MAP_MODE,
                "Mode is DISTRIBUTED, which Express machines do not have; use INLINE or a Standard machine",
                at=at.at("Mode"),
                is_breaking=False,
            )
    return mode


def _tell_inline(place: Place, state: Mapping[str, Any]) -> None:
    found = [name for name in _DISTRIBUTED_ONLY if name in state]
    if found:
        verb = "needs" if len(found) == 1 else "need"
        place.tell(
            MAP_MODE,
            f"{', '.join(found)} {verb} a distributed Map, but this one is inline; "
            f"give {processor_field(state)} a ProcessorConfig with the Mode DISTRIBUTED and an ExecutionType",
            at=place.at(found[0]),
        )
    at_once = state.get("MaxConcurrency")
    if isinstance(at_once, (int, float)) and at_once > _INLINE_AT_ONCE:
        place.tell(
            MAP_CONCURRENCY,
            f"MaxConcurrency is {at_once}, but an inline Map runs at most {_INLINE_AT_ONCE} items at a time; "
            "lower it or use a distributed Map",
            at=place.at("MaxConcurrency"),
            is_breaking=False,
        )


def _check_label(place: Place, label: str) -> None:
    """Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""
    if is_token(label):
        return
    wrong = sorted({each for each in label if each in _LABEL_REFUSED or each.isspace()})
    if len(label) > _LABEL_CHARACTERS or wrong:
        what = f"holds {shown(''.join(wrong))}" if wrong else f"has {len(label)} characters"
        place.tell(
            FIELD_VALUE,
            f"Label {shown(label)} {what}; use at most {_LABEL_CHARACTERS} letters, digits, - and _",
            at=place.at("Label"),
            is_breaking=False,
        )


def _check_reader(place: Place, reader: Mapping[str, Any]) -> None:
    good = check_fields(place, "ItemReader", reader, ITEM_READER)
    config = reader.get("ReaderConfig", {})
    resource = reader.get("Resource")
    if "Resource" in good and not is_token(resource):
        action = str(resource).partition(":::")[2].removeprefix("aws-sdk:")
        if action not in _READS:
            place.tell(
                MAP_READER,
                f"Resource is {shown(resource)}; read with {' or '.join(_READS)}",
                at=place.at("Resource"),
            )
        elif {"Parameters", "Arguments"} & reader.keys():
            check_arguments(place, reader, action)
        else:
            name = "Arguments" if place.language == "JSONata" else "Parameters"
            needed = " and ".join(REQUESTS[action].needed)
            place.tell(MAP_READER, f"{name} is missing; give the {needed} to read", is_breaking=False)
        if action == "s3:getObject" and isinstance(config, dict) and "InputType" not in config:
            name = "ReaderConfig" if "ReaderConfig" in reader else ""
            _tell_reader(place, "InputType is missing in ReaderConfig; s3:getObject needs it", name)
    if isinstance(config, dict):
        at = place.at("ReaderConfig")
        good = check_fields(at, "ReaderConfig", config, READER_CONFIG)
        if len(good) == len(config):
            _check_headers(at, config)


def _check_headers(place: Place, config: Mapping[str, Any]) -> None:
    kind, location = config.get("InputType"), config.get("CSVHeaderLocation")
    if any(is_token(each) for each in (kind, location)):
        return
    for name in ("CSVHeaderLocation", "CSVHeaders", "CSVDelimiter"):
        # A manifest of Athena may list CSV files.
        if name in config and kind not in ("CSV", "MANIFEST", None):
            _tell_reader(place, f"{name} is for CSV, but InputType is {shown(kind)}; remove it", name)
            return
    if location == "GIVEN" and not config.get("CSVHeaders"):
        _tell_reader(place, "CSVHeaders is missing; CSVHeaderLocation GIVEN needs the names")
    elif location == "FIRST_ROW" and "CSVHeaders" in config:
        _tell_reader(place, "CSVHeaders is given, but CSVHeaderLocation is FIRST_ROW; keep one", "CSVHeaders")


def _tell_reader(place: Place, message: str, name: str = "") -> None:
    place.tell(MAP_READER, message, at=place.at(name) if name else None, is_breaking=False)


def _check_batcher(place: Place, batcher: Mapping[str, Any]) -> None:
    check_fields(place, "ItemBatcher", batcher, ITEM_BATCHER)
    if all(name in ITEM_BATCHER.fields for name in batcher) and not any("Max" in name for name in batcher):
        place.tell(
            MAP_BATCHER,
            "neither MaxItemsPerBatch nor MaxInputBytesPerBatch is given; give one",
            is_breaking=False,
        )


def _check_writer(place: Place, writer: Mapping[str, Any]) -> None:
    good = check_fields(place, "ResultWriter", writer, RESULT_WRITER)
    resource, config = writer.get("Resource"), writer.get("WriterConfig")
    if not writer:
        place.tell(
            MAP_WRITER, "it is empty; give a Resource with a Bucket, or a WriterConfig", is_breaking=False
        )
    if "Resource" in good and not is_token(resource):
        action = str(resource).partition(":::")[2].removeprefix("aws-sdk:")
        if action != "s3:putObject":
            place.tell(
                MAP_WRITER,
                f"Resource is {shown(resource)}; write with arn:aws:states:::s3:putObject",
                at=place.at("Resource"),
                is_breaking=False,
            )
        elif not {"Parameters", "Arguments"} & writer.keys():
            name = "Arguments" if place.language == "JSONata" else "Parameters"
            place.tell(MAP_WRITER, f"{name} is missing; give the Bucket to write to", is_breaking=False)
        else:
            check_arguments(place, writer, action)
    if isinstance(config, dict):
        at = place.at("WriterConfig")
        good = check_fields(at, "WriterConfig", config, WRITER_CONFIG)
        missing = [name for name in WRITER_CONFIG.fields if name not in config]
        if missing and len(good) == len(config):
            at.tell(MAP_WRITER, f"{' and '.join(missing)} is missing; give both", is_breaking=False)

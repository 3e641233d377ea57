"""The items of a Map: where they come from, and what each iteration is given.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepmill.check.flow.frames import map_context
from stepmill.check.flow.processing import check_jsonata_kind, check_kind, tell_kind
from stepmill.check.flow.scope import Scope, read_text
from stepmill.check.flow.step import Step
from stepmill.check.flow.templates import render, render_jsonata
from stepmill.check.records import replace
from stepmill.check.rules.data_flow import MAP_ITEMS_TYPE, PATH_SYNTAX
from stepmill.check.shapes.join import join
from stepmill.check.shapes.shape import (
    UNKNOWN,
    Array,
    Member,
    Number,
    Object,
    Presence,
    Shape,
    String,
    closed,
    options,
)

_LISTED = Object(
    {
        "Etag": Member(String()),
        "Key": Member(String(None, 1, 1024)),
        "LastModified": Member(UNKNOWN),
        "Size": Member(Number(minimum=0, is_integer=True)),
        "StorageClass": Member(String(), Presence.LIKELY),
    }
)
_LIMITS = ("MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath")


def items_of(step: Step, scope: Scope) -> Shape:
    """The array that is iterated. scope: over the data after InputPath."""
    for name in _LIMITS if not step.is_jsonata else ():
        _check_limit(step.raw, name, scope, step.pointer)
    reader = step.raw.get("ItemReader")
    if isinstance(reader, dict):
        _read_arguments(step, reader, scope)
        return Array(_read_item(reader))
    if step.is_jsonata:
        return _jsonata_items(step, scope)
    found, place, source = scope.data, step.pointer, "the input"
    if isinstance(step.raw.get("ItemsPath"), str):
        source = f"'{step.raw['ItemsPath']}'"
        place = f"{step.pointer}/ItemsPath"
        found = read_text(step.raw["ItemsPath"], scope, place)
    tell_kind(found, Array, scope, place, source, "an array", MAP_ITEMS_TYPE)
    return join(*options(found)) if _is_known(found) else UNKNOWN


def _check_limit(holder: Mapping[str, Any], name: str, scope: Scope, pointer: str) -> None:
    """A number by a path into the input: AWS takes no other."""
    text = holder.get(name)
    if isinstance(text, str) and text.startswith("$$"):
        what = f"is '{text}', which is no reference path; give a path into the input"
        scope.report.tell(PATH_SYNTAX, f"{pointer}/{name}", what)
    else:
        check_kind(holder, name, Number, scope, pointer)


def _is_known(shape: Shape) -> bool:
    found = options(shape)
    return bool(found) and all(isinstance(option, Array) for option in found)


def _jsonata_items(step: Step, scope: Scope) -> Shape:
    for name in ("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage"):
        check_jsonata_kind(step.raw, name, Number, scope, step.pointer)
    found, place = scope.data, step.pointer
    if "Items" in step.raw:
        place = f"{step.pointer}/Items"
        found = render_jsonata(step.raw["Items"], scope, place)
    if not any(isinstance(option, Object) for option in options(found)):
        source = "it" if "Items" in step.raw else "the input"
        tell_kind(found, Array, scope, place, source, "an array", MAP_ITEMS_TYPE)
    return found if isinstance(found, Array) else UNKNOWN


def _read_arguments(step: Step, reader: Mapping[str, Any], scope: Scope) -> None:
    place = f"{step.pointer}/ItemReader"
    if step.is_jsonata:
        render_jsonata(reader.get("Arguments"), scope, f"{place}/Arguments")
        return
    render(reader.get("Parameters"), scope, f"{place}/Parameters")
    config = reader.get("ReaderConfig")
    if isinstance(config, dict):
        _check_limit(config, "MaxItemsPath", scope, f"{place}/ReaderConfig")


def _read_item(reader: Mapping[str, Any]) -> Shape:
    """One item that the reader gives."""
    resource = reader.get("Resource")
    if isinstance(resource, str) and resource.endswith(":s3:listObjectsV2"):
        return _LISTED
    config = reader.get("ReaderConfig")
    config = config if isinstance(config, dict) else {}
    if config.get("InputType") != "CSV":
        return UNKNOWN
    headers = config.get("CSVHeaders")
    if config.get("CSVHeaderLocation") == "GIVEN" and isinstance(headers, list):
        return Object({name: Member(String()) for name in headers if isinstance(name, str)})
    return Object({}, String())


def item_inputs(step: Step, scope: Scope, value: Shape) -> Shape:
    """What one iteration, or with ItemBatcher one batch, is given."""
    item = _selected_item(step, scope, value)
    batcher = step.raw.get("ItemBatcher")
    if not isinstance(batcher, dict):
        return item
    place = f"{step.pointer}/ItemBatcher"
    most = batcher.get("MaxItemsPerBatch")
    batch = closed(Items=Array(item, (), 1, most if isinstance(most, int) and most > 0 else None))
    if step.is_jsonata:
        given = render_jsonata(batcher.get("BatchInput"), scope, f"{place}/BatchInput")
    else:
        for name in ("MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"):
            _check_limit(batcher, name, scope, place)
        given = render(batcher.get("BatchInput"), scope, f"{place}/BatchInput")
    return Object({**batch.members, "BatchInput": Member(given)}) if "BatchInput" in batcher else batch


def _selected_item(step: Step, scope: Scope, value: Shape) -> Shape:
    name = "ItemSelector" if "ItemSelector" in step.raw else "Parameters"
    if name not in step.raw:
        return value
    context = step.context
    inside = Object({**context.members, "Map": Member(map_context(value))}, context.rest)
    place = f"{step.pointer}/{name}"
    if step.is_jsonata:
        states = scope.states
        members = states.members if isinstance(states, Object) else {}
        changed = Object({**members, "context": Member(inside)})
        return render_jsonata(step.raw[name], replace(scope, context=inside, states=changed), place)
    return render(step.raw[name], replace(scope, context=inside), place)


def item_counts(arrays: list[Shape]) -> tuple[int, int | None]:
    """The fewest and the most items that there can be."""
    known = [array for array in arrays if isinstance(array, Array)]
    if not known or len(known) < len(arrays):
        return 0, None
    longest = [array.max_items for array in known]
    most = None if None in longest else max(length for length in longest if length is not None)
    return min(array.min_items for array in known), most

"""A data set in S3, looked at before any job is paid for: the head of each file, however long the file is.

It finds what the first rows show and nothing that comes later; the preprocessing job reads everything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from millkit import dataset, steps, storage
from millkit.errors import DataError
from millkit.storage import ObjectMissing, Place
from millkit.table import MAX_LINE_BYTES, Head, Table

HEAD_BYTES = MAX_LINE_BYTES
MAX_LOOKED_INTO = 100


class Needed(NamedTuple):
    """The step that rows go through before a model, and the columns that they must have for it."""

    step: str
    columns: list[str]


class Found(NamedTuple):
    """How many CSV files there are, and how large they are together."""

    files: int
    size_bytes: int


def check(s3: Any, data_uri: str, target: str) -> Found:
    """Look into the first files by name; count all of them.

    Raises:
        ObjectMissing: there is nothing, or no longer.
        DataError: a file's head shows that it cannot be trained on.
        StorageFailed: S3 does not let this role read, or fails.
    """
    tables, found = _find(s3, data_uri)
    _look(s3, tables, target, is_all=found.files == len(tables))
    return found


def check_rows(s3: Any, data_uri: str, needed: Sequence[str]) -> Found:
    """Of rows that are to be scored: each file is a table with the columns that the model needs.

    Rows may be corrupt, and files may differ in other columns: the job that reads them tells of that.

    Raises:
        ObjectMissing, StorageFailed: as `check` does.
        DataError: a file is no table, has no row, or lacks a column.
    """
    tables, found = _find(s3, data_uri)
    for name in sorted(tables):
        content, size = storage.read_head(s3, tables[name], HEAD_BYTES)
        table = Table(Head(content, is_cut=size > len(content)), name)
        lost = [column for column in needed if column not in table.columns]
        if lost:
            remedy = f"give all columns that the model was trained with: {', '.join(needed)}"
            raise DataError(name, "is not there", remedy, row=1, column=", ".join(lost))
        if not content.partition(b"\n")[2].strip():
            raise DataError(name, "has a header but no data rows", "upload a file with data rows", row=2)
    return found


def needed(s3: Any, schema_uri: str, step: str) -> Needed:
    """What scoring by a model needs, by its schema/features.json; a step may make any column."""
    schema = json.loads(storage.open_object(s3, Place.parse(schema_uri)).stream.read())
    if step == steps.AS_TRAINED:
        step = str(schema.get("step", steps.NONE))
    return Needed(step, [one["name"] for one in schema["columns"]] if step == steps.NONE else [])


def _find(s3: Any, data_uri: str) -> tuple[dict[str, Place], Found]:
    """The first tables by their name, and how many there are in all."""
    place = Place.parse(data_uri)
    tables: dict[str, Place] = {}
    others: list[str] = []
    files = size_bytes = 0
    for key, size in storage.list_objects(s3, place):
        name = file_name(place.key, key)
        if dataset.is_table(name):
            files, size_bytes = files + 1, size_bytes + size
            if files <= MAX_LOOKED_INTO:
                tables[name] = Place(place.bucket, key)
        elif len(others) <= dataset.MAX_NAMES:
            others.append(name)
    if not tables and not others:
        raise ObjectMissing(f"{data_uri}: there is no object; upload CSV files or mend the address")
    if not tables:
        raise dataset.no_tables(others, data_uri)
    return tables, Found(files, size_bytes)


def _look(s3: Any, places: dict[str, Place], target: str, *, is_all: bool) -> None:
    rows, first = 0, None
    for name in sorted(places, key=lambda name: name.split("/")):  # as the job walks its folders
        content, size = storage.read_head(s3, places[name], HEAD_BYTES)
        table = Table(Head(content, is_cut=size > len(content)), name)
        if first is None:
            dataset.check_names(table, target)
        first = first or table
        dataset.check_same_columns(first, table)
        before = rows
        for row in table.rows():
            rows += 1
            dataset.check_formulas(table, row)
            dataset.check_target_cell(table, row, target)
        if table.is_cut:
            is_all = False
        else:
            dataset.check_has_rows(table, rows - before)
    if first and is_all:
        dataset.check_several_rows(first, rows)


def file_name(prefix: str, key: str) -> str:
    """What a SageMaker job that is given the prefix calls the object, below its folder."""
    folder = prefix.rstrip("/") + "/"
    if key != prefix and key.startswith(folder):
        return key[len(folder) :]
    return key[prefix.rfind("/") + 1 :]

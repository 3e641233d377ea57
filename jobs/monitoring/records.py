"""Monitoring records: JSON lines of what was asked of a model, what it answered and, later, what was true.

{"inference_id": "a-1", "features": {"Mileage": 20105, "Make": "Saab"}, "prediction": 22661.5, "truth": null}
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from millkit.errors import DataError
from millkit.features import shortest

from jobs.monitoring.csv_blocks import Block, Numbers, Texts, counted

ROWS_AT_A_TIME = 20_000
MAX_SHOWN = 60
EXPECTED = 'write {"features": {"Mileage": 20105}, "prediction": 22661.5}, one a line'


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.jsonl") if path.is_file())


def read(paths: Iterable[Path], needed: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each record, with where it stands for messages; blank lines are left out.

    Raises:
        DataError: a line is no object, or lacks a key that is needed.
    """
    for path in paths:
        with path.open("rb") as file:
            for row, line in enumerate(file, 1):
                if line.strip():
                    yield f"{path.name}: row {row}", _record(line, path.name, row, needed)


def blocks(paths: Iterable[Path], prediction_name: str, as_text: Collection[str] = ()) -> Iterator[Block]:
    """The records' raw columns; the prediction is the column of that name, unless it is empty."""
    stream = read(paths, ["features", "prediction"])
    while batch := list(islice(stream, ROWS_AT_A_TIME)):
        rows = [dict(record["features"]) for _, record in batch]
        if prediction_name:
            for row, (_, record) in zip(rows, batch):
                row[prediction_name] = record["prediction"]
        names = dict.fromkeys(name for row in rows for name in row)
        yield Block(
            len(rows), {name: _cells([row.get(name) for row in rows], name in as_text) for name in names}
        )


def cell(value: Any) -> str:
    """A JSON value as it would stand in a CSV file; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return shortest(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cells(values: list[Any], is_text: bool) -> Numbers | Texts:
    known = [value for value in values if value is not None]
    if not is_text and all(type(value) in (int, float) and math.isfinite(value) for value in known):
        return Numbers(np.array(known, dtype=np.float64), len(values) - len(known))
    return counted(Counter(map(cell, values)).items())


def _record(line: bytes, file: str, row: int, needed: Sequence[str]) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as wrong:
        raise DataError(file, f"is not JSON ({wrong})", EXPECTED, row=row) from wrong
    if not isinstance(record, dict):
        raise DataError(file, f"is {str(record)[:MAX_SHOWN]!r}, not an object", EXPECTED, row=row)
    for name in needed:
        if name not in record:
            shown = ", ".join(record) or "nothing"
            raise DataError(file, f"has no {name}, only {shown}", EXPECTED, row=row)
    if "features" in needed and not isinstance(record["features"], dict):
        what = f"features is {str(record['features'])[:MAX_SHOWN]!r}, not an object"
        raise DataError(file, what, EXPECTED, row=row)
    return record

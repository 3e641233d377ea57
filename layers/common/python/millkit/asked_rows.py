"""The rows that a request asks predictions for: read from its body, held against the columns of the models.

CSV (`text/csv`): UTF-8, commas, quotes as RFC 4180 says. The first row is a header when the type says so
(`text/csv; header=present`), or says nothing and one of its cells is a column's name; without a header the
cells stand in the models' order. JSON (`application/json`): `{"rows": [{"<column>": value, ...}, ...]}`, a
list of such objects, or one of them. Rows are counted from 1, the header not.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from millkit.errors import MillError
from millkit.features import NUMERIC, Column, is_missing, number, shortest

MAX_BYTES = 256 * 1024
MAX_ROWS = 500
MAX_ERRORS = 10
MAX_SHOWN = 60


class Fault(NamedTuple):
    """What is wrong, and where: no row for the body as a whole, no column for a row as a whole."""

    problem: str
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        spots = [f"row {self.row}"] if self.row is not None else []
        spots += [f"column {self.column}"] if self.column is not None else []
        return f"{', '.join(spots) or 'body'}: {self.problem}"


class RequestInvalid(MillError):
    """A request that its sender must mend; `status` is that of the answer."""

    def __init__(self, faults: Sequence[Fault], status: int = 400) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = tuple(faults)
        self.status = status


Row = Mapping[str, str]


class Repeating(dict[str, Any]):
    """A JSON object in which names stand more than once: `names`, ten of them at most."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.names = _twice(name for name, _ in pairs)


def read(body: bytes, content_type: str, columns: Sequence[Column]) -> list[Row]:
    """Each row as cells by column name, exactly one for each of `columns`.

    Raises:
        RequestInvalid: naming the rows and columns that are wrong, ten of them at most.
    """
    if len(body) > MAX_BYTES:
        raise RequestInvalid([Fault(f"has {len(body)} bytes; send {MAX_BYTES} at most")], status=413)
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    if kind == "text/csv":
        named = _from_csv(body, parameters.replace(" ", "").lower(), [column.name for column in columns])
    elif kind == "application/json":
        named = _from_json(body)
    else:
        what = f"is of type {kind[:MAX_SHOWN] or 'unknown'}; send text/csv or application/json"
        raise RequestInvalid([Fault(what)], status=415)
    if not named:
        raise RequestInvalid([Fault("holds no rows; send at least one")])
    faults: list[Fault] = []
    rows: list[Row] = []
    for row, cells in enumerate(named, 1):
        faults += _faults(row, cells, columns)
        if len(faults) >= MAX_ERRORS:
            break
        rows.append({name: _text(value) for name, value in cells.items()})
    if faults:
        raise RequestInvalid(faults[:MAX_ERRORS])
    return rows


def plain(row: Row, columns: Sequence[Column]) -> dict[str, Any]:
    """A row as it is recorded: numbers as numbers, missing cells as null."""
    return {column.name: _plain(row[column.name], column) for column in columns}


def _from_csv(body: bytes, parameters: str, names: Sequence[str]) -> list[Mapping[str, Any]]:
    text = _decoded(body)
    try:
        records = [cells for cells in csv.reader(io.StringIO(text, newline=""), strict=True) if cells]
    except csv.Error as wrong:
        raise RequestInvalid(
            [Fault(f"is no CSV ({wrong}); close each quote, double quotes in quotes")]
        ) from wrong
    if not records:
        return []
    header: Sequence[str] = names
    if "header=present" in parameters or (
        "header=absent" not in parameters and any(cell.strip() in names for cell in records[0])
    ):
        header = [cell.strip() for cell in records.pop(0)]
        twice = _twice(header)
        if twice:
            what = "is in the header twice; name each column once"
            raise RequestInvalid([Fault(what, column=twice[0][:MAX_SHOWN])])
    _check_count(len(records))
    faults = [
        Fault(f"has {len(cells)} cells where {len(header)} columns are expected: {', '.join(header)}", row)
        for row, cells in enumerate(records, 1)
        if len(cells) != len(header)
    ]
    if faults:
        raise RequestInvalid(faults[:MAX_ERRORS])
    return [dict(zip(header, cells)) for cells in records]


def _from_json(body: bytes) -> list[Mapping[str, Any]]:
    try:
        document = json.loads(_decoded(body), object_pairs_hook=_object)
    except (ValueError, RecursionError) as wrong:
        raise RequestInvalid([Fault(f"is no JSON ({str(wrong)[:MAX_SHOWN]})")]) from wrong
    if isinstance(document, dict) and isinstance(document.get("rows"), list):
        if isinstance(document, Repeating):
            raise RequestInvalid([Fault(f"has {document.names[0]!r:.60} twice; send rows once, alone")])
        extra = sorted(document.keys() - {"rows"})
        if extra:
            raise RequestInvalid([Fault(f"has {extra[0]!r:.60} beside rows; send rows alone")])
        document = document["rows"]
    rows = document if isinstance(document, list) else [document]
    _check_count(len(rows))
    faults = [
        Fault(f"is {_kind(row)}; send an object of columns and values", position)
        for position, row in enumerate(rows, 1)
        if not isinstance(row, dict)
    ]
    if faults:
        raise RequestInvalid(faults[:MAX_ERRORS])
    return rows


def _decoded(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise RequestInvalid([Fault(f"is not UTF-8 (byte {wrong.start + 1})")]) from wrong
    if "\0" in text:
        raise RequestInvalid([Fault("holds a NUL character")])
    return text


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    cells = dict(pairs)
    return cells if len(cells) == len(pairs) else Repeating(pairs)


def _twice(names: Iterable[str]) -> list[str]:
    """The names that come again, ten at most, each once and in their order."""
    seen: set[str] = set()
    again: dict[str, None] = {}
    for name in names:
        if name in seen:
            again[name] = None
        seen.add(name)
    return list(again)[:MAX_ERRORS]


def _check_count(rows: int) -> None:
    if rows > MAX_ROWS:
        raise RequestInvalid([Fault(f"has {rows} rows; send {MAX_ROWS} at most")])


def _faults(row: int, cells: Mapping[str, Any], columns: Sequence[Column]) -> list[Fault]:
    names = [column.name for column in columns]
    known = set(names)
    allowed = f"allowed: {', '.join(names)}"
    faults = [Fault(f"is not known; {allowed}", row, name[:MAX_SHOWN]) for name in cells if name not in known]
    if isinstance(cells, Repeating):
        what = "is in the row twice; send each column once"
        faults += [Fault(what, row, name[:MAX_SHOWN]) for name in cells.names]
    for column in columns:
        if column.name not in cells:
            faults.append(Fault("is missing; send it, empty or null when unknown", row, column.name))
            continue
        what = fault(cells[column.name], column)
        if what:
            faults.append(Fault(what, row, column.name))
    return faults


def fault(value: Any, column: Column) -> str:
    """What is wrong with a value of the column; nothing when it is right."""
    if isinstance(value, (dict, list)):
        return f"is {_kind(value)}; send a number, a text or null"
    if isinstance(value, float) and not math.isfinite(value):
        return f"is {'NaN' if math.isnan(value) else 'not finite'}; send null for a missing value"
    if isinstance(value, str) and not _is_unicode(value):
        return "holds half a surrogate pair, which is no character; send whole characters"
    if column.kind != NUMERIC:
        return ""
    text = _text(value)
    if isinstance(value, bool) or not (is_missing(text) or number(text) is not None):
        return f"{text[:MAX_SHOWN]!r} is not a number"
    return ""


def _is_unicode(text: str) -> bool:
    """JSON lets half a surrogate pair through, and no record can hold it."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return shortest(value) if isinstance(value, float) else str(value)


def _plain(cell: str, column: Column) -> Any:
    if is_missing(cell):
        return None
    if column.kind != NUMERIC:
        return cell
    value = number(cell)
    return int(value) if value is not None and value.is_integer() and abs(value) < 2**53 else value


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(dict if isinstance(value, dict) else type(value), "a number")

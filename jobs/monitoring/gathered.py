"""The lines of a window's objects as records of one form, and what cannot be used, with its reason.

{"inference_id", "event_time", "source", "endpoint_name", "model_name", "features", "prediction", "truth"}

A request with several rows is several records: <inference id>#1, <inference id>#2, ... in the rows' order.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from millkit.errors import MillError
from millkit.features import NUMERIC, is_missing, number, shortest

from jobs.monitoring import captured
from jobs.monitoring.bookmark import Input
from jobs.monitoring.captured import LineBroken
from jobs.monitoring.served import NO_MODEL, Model, Schema, Served

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
BOOKS = ("inference_id", "event_time", "prediction", "model_package")


Row = dict[str, Any]


class Asked(NamedTuple):
    """One row that a model was asked for. `record` has no truth yet."""

    model: Model
    record: dict[str, Any]


class Problem(NamedTuple):
    key: str
    line: int
    problem: str


class Gatherer:
    def __init__(self, served: Served, endpoint: str, problem: str) -> None:
        self._served = served
        self._endpoint = endpoint
        self._problem = problem

    def read(self, one: Input, lines: Iterable[bytes]) -> Iterator[Asked | Problem]:
        """Every row of an object, or why a line of it gives none; blank lines are left out."""
        if one.kind == "batch":
            yield from self._table(one, lines)
            return
        if one.kind == "realtime":
            lines = [b"".join(lines)]
        for place, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                rows = self._captured(line) if one.kind == "endpoint" else self._answered(line)
            except (MillError, RecursionError) as wrong:
                yield Problem(one.key, place, str(wrong))
            else:
                yield from rows

    def _captured(self, line: bytes) -> list[Asked]:
        call = captured.read(line)
        time = checked_time(call.time)
        wrong: Exception = LineBroken("is of a model whose features.json is not known")
        for model in self._served.at(time):
            schema = self._served.schema(model)
            if schema is None:
                continue
            try:
                decoded = [schema.encoder.decode([cell.strip() for cell in row]) for row in call.rows]
            except MillError as unlike:
                wrong = unlike if "known" in str(wrong) else wrong
                continue
            answers = [self._answer(value) for value in call.answers] or [None] * len(decoded)
            rows = [_typed(cells, schema) for cells in decoded]
            return self._asked(model, call.id, time, "endpoint", rows, answers)
        raise LineBroken(str(wrong)) from wrong

    def _answered(self, line: bytes) -> list[Asked]:
        """The answer of the endpoint's own model; no row when others answered without it."""
        try:
            document = json.loads(line)
            request_id, time = str(document["inference_id"]), checked_time(document["time"])
            rows = [dict(row) for row in document["rows"]]
            by = document.get("by", {})
            if by and self._endpoint not in by:
                return []
            own = by[self._endpoint] if by else document["predictions"]
            answers = [self._answer(value) for value in own]
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise LineBroken(f"is no answered request ({type(wrong).__name__}: {wrong})"[:300]) from wrong
        if len(answers) != len(rows):
            raise LineBroken(f"has {len(rows)} rows and {len(answers)} predictions")
        model = next(self._served.at(time))
        return self._asked(model, request_id, time, "realtime", rows, answers)

    def _table(self, one: Input, lines: Iterable[bytes]) -> Iterator[Asked | Problem]:
        reader = csv.reader(_texts(lines))
        header = next(reader, [])
        if lacking := [name for name in BOOKS if name not in header]:
            yield Problem(one.key, 1, f"header lacks {', '.join(lacking)}")
            return
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as wrong:
                yield Problem(one.key, reader.line_num, f"is no CSV ({wrong})")
                continue
            if not cells:
                continue
            try:
                yield from self._scored(header, cells)
            except MillError as wrong:
                yield Problem(one.key, reader.line_num, str(wrong))

    def _scored(self, header: list[str], cells: list[str]) -> list[Asked]:
        if len(cells) != len(header):
            raise LineBroken(f"has {len(cells)} cells under a header of {len(header)}")
        row = dict(zip(header, cells))
        model = self._served.numbered(row["model_package"])
        raw = {name: cell for name, cell in row.items() if name not in BOOKS}
        features = _typed(raw, self._served.schema(model))
        time = checked_time(row["event_time"])
        if not row["inference_id"]:
            raise LineBroken("has no inference_id")
        answer = self._answer(row["prediction"])
        return self._asked(model, row["inference_id"], time, "batch", [features], [answer])

    def _answer(self, value: Any) -> Any:
        return None if value is None or value == "" else checked_value(value, self._problem, is_truth=False)

    def _asked(
        self, model: Model, request_id: str, time: str, source: str, rows: list[Row], answers: list[Any]
    ) -> list[Asked]:
        found = []
        for place, (features, answer) in enumerate(zip(rows, answers), 1):
            record = {
                "inference_id": request_id if len(rows) == 1 else f"{request_id}#{place}",
                "event_time": time,
                "source": source,
                "endpoint_name": self._endpoint,
                "model_name": model.name or NO_MODEL,
                "features": features,
                "prediction": answer,
            }
            found.append(Asked(model, record))
        return found


def checked_time(text: Any) -> str:
    """Raises: LineBroken."""
    if not isinstance(text, str) or not TIME.fullmatch(text):
        raise LineBroken(f"has the time {str(text)[:40]!r}; it must be like 2026-11-20T12:00:00Z")
    return text


def checked_value(value: Any, problem: str, *, is_truth: bool) -> Any:
    """A prediction or a truth as the problem has them. Raises: LineBroken."""
    what = "truth" if is_truth else "prediction"
    text = shortest(value) if isinstance(value, float) else str(value).strip()
    if problem == "multiclass":
        if text:
            return text
        raise LineBroken(f"has an empty {what}")
    parsed = number(text)
    is_right = parsed is not None and math.isfinite(parsed)
    if is_right and parsed is not None and problem == "binary":
        is_right = parsed in (0, 1) if is_truth else 0 <= parsed <= 1
    if not is_right or parsed is None:
        wanted = "a number" if problem == "regression" else "0 or 1" if is_truth else "a score from 0 to 1"
        raise LineBroken(f"has the {what} {text[:40]!r}, not {wanted}")
    return _plain(parsed)


def _typed(cells: dict[str, str], schema: Schema | None) -> dict[str, Any]:
    """Cells as JSON values: numbers of numeric columns as numbers, nothing as null."""
    kinds = {column.name: column.kind for column in schema.encoder.columns} if schema else {}
    found: dict[str, Any] = {}
    for name, cell in cells.items():
        parsed = number(cell) if kinds.get(name, NUMERIC) == NUMERIC else None
        found[name] = None if is_missing(cell) else cell if parsed is None else _plain(parsed)
    return found


def _plain(value: float) -> Any:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


class Truth(NamedTuple):
    value: Any
    time: str


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    """With an end each, which belongs to the cell where it is in quotes."""
    for place, line in enumerate(lines):
        yield line.decode("utf-8" if place else "utf-8-sig", "replace") + "\n"


def truths(one: Input, lines: Iterable[bytes], problem: str) -> Iterator[tuple[str, Truth] | Problem]:
    """(inference id, truth) of each row of a CSV file with the header inference_id,truth[,time]."""
    reader = csv.DictReader(_texts(lines))
    try:
        names = reader.fieldnames or []
        if lacking := [name for name in ("inference_id", "truth") if name not in names]:
            yield Problem(one.key, 1, f"header lacks {', '.join(lacking)}")
            return
        for row in reader:
            try:
                if not row["inference_id"]:
                    raise LineBroken("has no inference_id")
                value = checked_value(row["truth"] or "", problem, is_truth=True)
                yield row["inference_id"].strip(), Truth(value, row.get("time") or "")
            except LineBroken as wrong:
                yield Problem(one.key, reader.line_num, str(wrong))
    except csv.Error as wrong:
        yield Problem(one.key, reader.line_num, f"is no CSV ({wrong})")

"""Prepare scoring: from CSV files as they come in to rows that a model takes, each with its number in front.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/tabular/prepare_scoring.py --data new --schema out/schema --output scoring

In:  the CSV files below <data>; they may differ in columns that the model does not take
     <schema>/features.json         how cells became features for the model
Out: <output>/rows/part-*.csv       row number, features; no header
     <output>/raw/part-*.arrow      the same rows in the same order as text: row, record
     <output>/report/rejected.csv   file, row, reason of each row that is no row for the model
     <output>/report/prepared.json  counts, and what is new in the data

Rows are numbered from 1 through all files, by name, those that are rejected too. A row is corrupt when its
cells do not fit the header, when a number is none, or when its bytes are no text. A column that has gone is
an error; one that was added is carried along. A category that the model has not seen and a cell without a
value are scored, as in training, and counted. Memory holds a block of rows, however long the files are.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from millkit import dataset, job, steps
from millkit.errors import DataError
from millkit.features import Encoder
from millkit.steps import RowsRefused, Step
from millkit.table import Table

from jobs.tabular import raw_blocks, stepping
from jobs.tabular.block_encoding import BlockEncoder
from jobs.tabular.raw_blocks import Block
from jobs.tabular.scoring_parts import Parts, record
from jobs.tabular.scoring_report import Report

OURS = ("inference_id", "event_time", "prediction", "model_package")
ROWS_PER_PART = 100_000
REMEDY = "mend the row, or set bad_rows to report to score the others"


class Model(NamedTuple):
    """`step` is that of its training."""

    target: str
    step: str
    encoder: BlockEncoder


def main(argv: list[str] | None = None) -> int:
    return job.main(_parser(), prepare, argv)


def prepare(arguments: argparse.Namespace) -> None:
    model = read_model(arguments.schema / "features.json")
    name = model.step if arguments.step == steps.AS_TRAINED else arguments.step
    step = stepping.load(name, steps.BEFORE)
    folder = arguments.output / "report"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "rejected.csv").open("w", newline="", encoding="utf-8") as rejected:
        report = Report(rejected)
        with Parts(arguments.output, arguments.rows_per_part) as parts:
            for path, table in open_tables(arguments.data, arguments.data_uri):
                add(path, table, model, step, arguments.bad_rows == "fail", report, parts)
    if not report.kept:
        what = f"none of the {report.rows} rows can be scored; the first: {report.first}"
        raise DataError(arguments.data_uri, what, "mend the data")
    document = {"data_uri": arguments.data_uri, **report.document(), "parts": parts.count}
    job.write_json(folder / "prepared.json", document)
    print(json.dumps({key: document[key] for key in ("rows", "scored", "rejected", "parts")}))


def read_model(path: Path) -> Model:
    try:
        document = json.loads(path.read_bytes())
        return Model(
            str(document["target"]),
            document.get("step", steps.NONE),
            BlockEncoder(Encoder.from_document(document)),
        )
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        what = f"does not tell how the model's features are made ({type(wrong).__name__}: {wrong})"
        raise DataError(path.name, what, "give the schema that preprocess wrote") from wrong


def open_tables(folder: Path, where: str) -> Iterator[tuple[Path, Table]]:
    files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    tables = [name for name in files if dataset.is_table(name)]
    if not tables:
        raise dataset.no_tables(list(files), where)
    for name in tables:
        yield files[name], Table(files[name], name)


def add(path: Path, table: Table, model: Model, step: Any, fails: bool, report: Report, parts: Parts) -> None:
    """One file's rows to the parts. Raises: DataError: a column has gone, or a row may not be corrupt."""
    begun, offset, names = report.rows, report.last_number - 1, table.columns
    if step is None:
        check_columns(table.name, names, model, report)
    for block in raw_blocks.read(path, table, () if step else model.encoder.names):
        if step is not None and len(block.numbers):
            block, names = _stepped(block, step)
            if len(block.numbers):
                check_columns(table.name, names, model, report)
        _add_block(block, names, table.name, offset, model, report, parts)
        if fails and report.first:
            raise DataError(report.first, "is corrupt", REMEDY)
    dataset.check_has_rows(table, report.rows - begun)


def check_columns(file: str, columns: list[str], model: Model, report: Report) -> None:
    lost = [name for name in model.encoder.names if name not in columns]
    if lost:
        remedy = f"give all columns that the model was trained with: {', '.join(model.encoder.names)}"
        raise DataError(file, "is not there", remedy, row=1, column=", ".join(lost))
    taken = [name for name in OURS if name in columns]
    if taken:
        raise DataError(
            file, "is a name that scoring gives itself", "call it otherwise", row=1, column=taken[0]
        )
    report.added |= set(columns) - {*model.encoder.names, model.target}


def _add_block(
    block: Block, names: list[str], file: str, offset: int, model: Model, report: Report, parts: Parts
) -> None:
    rejected = [*block.rejected]
    keep = np.ones(len(block.numbers), dtype=bool)
    texts: list[Any] = []
    if len(keep):
        encoded = model.encoder.encode(block.columns)
        texts = encoded.texts
        for row, reason in encoded.wrong.items():
            keep[row] = False
            rejected.append(raw_blocks.Rejected(int(block.numbers[row]), reason))
        report.count(encoded, keep)
    for one in sorted(rejected):
        report.reject(file, one.number, one.reason)
    last = [*block.numbers[-1:].tolist(), *(one.number for one in rejected[-1:])]
    report.last_number = max([report.last_number, *(offset + number for number in last)])
    numbers, records = block.numbers + offset, block.records
    if not keep.all():
        numbers, records = numbers[keep], records.filter(pa.array(keep))
        texts = [text.filter(pa.array(keep)) for text in texts]
    parts.add(record(names), pa.array(numbers), records, texts)


def _stepped(block: Block, step: Step) -> tuple[Block, list[str]]:
    """The block as the step leaves it, its records written anew; and its columns' names.

    Rows on which the step fails are set apart, as corrupt ones are.
    """
    cells = [block.columns[name].to_pylist() for name in block.columns]
    given = [dict(zip(block.columns, row)) for row in zip(*cells)]
    numbers, rejected = block.numbers, [*block.rejected]
    while True:
        try:
            rows = step(given)
            break
        except RowsRefused as refused:
            for place, reason in refused.reasons.items():
                what = " ".join(f"the step failed on it ({reason})".split())
                rejected.append(raw_blocks.Rejected(int(numbers[place]), what))
            given = [row for place, row in enumerate(given) if place not in refused.reasons]
            numbers = np.delete(numbers, list(refused.reasons))
    names = list(rows[0]) if rows else []
    records = pa.array([record(row.values()) for row in rows], pa.string())
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in names}
    return Block(numbers, records, columns, rejected), names


def _parser() -> job.Parser:
    parser = job.Parser(prog="prepare_scoring", description="CSV files to numbered rows for a model")
    parser.add_argument("--bad-rows", choices=("report", "fail"), default="report")
    parser.add_argument("--step", default=steps.AS_TRAINED, help="step with a `before`, or as_trained")
    parser.add_argument("--data-uri", default="data", help="what messages call the data")
    parser.add_argument("--rows-per-part", type=int, default=ROWS_PER_PART)
    parser.add_argument("--data", type=Path, default=job.INPUT / "data")
    parser.add_argument("--schema", type=Path, default=job.INPUT / "schema")
    parser.add_argument("--output", type=Path, default=job.OUTPUT)
    return parser


if __name__ == "__main__":
    sys.exit(main())

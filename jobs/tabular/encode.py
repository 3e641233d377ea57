"""Encode: held-out rows as an earlier model takes them, so that it answers for the same rows as a new one.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/tabular/encode.py --target Price --data cars.csv --input out --output champion

In:  <input>/held_out/rows.csv      rows as they were uploaded, with a header
     <input>/schema/features.json   how cells became features for the earlier model
Out: <output>/champion/test.csv     that model's features of the same rows in the same order, no header

A category that the model has not seen is all zeros, and a column that it does not know is left out. What it
cannot do without is an error: a column that has gone, a text in what was a number, another target.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import Any

from millkit import job
from millkit.errors import DataError
from millkit.features import NUMERIC, Encoder, is_missing, number
from millkit.table import Table

MAX_SHOWN = 60
REMEDY = "mend the data, or set compare_with_champion to false to replace the champion without a comparison"


def main(argv: list[str] | None = None) -> int:
    return job.main(_parser(), encode, argv)


def encode(arguments: argparse.Namespace) -> None:
    target, encoder = read_schema(arguments.input / "schema" / "features.json")
    rows = Table(arguments.input / "held_out" / "rows.csv")
    check(target, encoder, rows, arguments)
    count = write(encoder, rows, arguments.output / "champion" / "test.csv", arguments.data)
    print(json.dumps({"rows": count, "features": len(encoder.feature_names)}))


def read_schema(path: Path) -> tuple[str, Encoder]:
    """What the model predicts, and how cells become its features."""
    try:
        document: Any = json.loads(path.read_bytes())
        return document["target"], Encoder.from_document(document)
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        what = f"does not tell how the champion's features were made ({type(wrong).__name__}: {wrong})"
        raise DataError(path.name, what, REMEDY) from wrong


def check(target: str, encoder: Encoder, rows: Table, arguments: argparse.Namespace) -> None:
    """Raises: DataError: these rows are not what the model answers for."""
    if target != arguments.target:
        what = f"is the target, but the champion predicts {target}"
        raise DataError(arguments.data, what, REMEDY, column=arguments.target)
    lost = [column.name for column in encoder.columns if column.name not in rows.columns]
    if lost:
        what = "is not there, but the champion was trained with it"
        raise DataError(arguments.data, what, REMEDY, row=1, column=", ".join(lost))


def write(encoder: Encoder, rows: Table, path: Path, data: str) -> int:
    """The file of features; how many rows it has."""
    numeric = [column.name for column in encoder.columns if column.kind == NUMERIC]
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in rows.rows():
            cells = dict(zip(rows.columns, row.cells))
            for name in numeric:
                if number(cells[name]) is None and not is_missing(cells[name]):
                    what = f"{cells[name][:MAX_SHOWN]!r} is not a number, as which the champion was given it"
                    raise DataError(data, what, REMEDY, column=name)
            writer.writerow(encoder.encode(cells))
            count += 1
    return count


def _parser() -> job.Parser:
    parser = job.Parser(prog="encode", description="held-out rows as an earlier model takes them")
    parser.add_argument("--target", required=True, help="column that the new model predicts")
    parser.add_argument("--data", required=True, help="what messages call the uploaded data")
    parser.add_argument("--input", type=Path, default=job.INPUT)
    parser.add_argument("--output", type=Path, default=job.OUTPUT)
    return parser


if __name__ == "__main__":
    sys.exit(main())

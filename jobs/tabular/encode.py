"""Encode: held-out rows as an earlier model takes them, so that it answers for the same rows as a new one.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/tabular/encode.py --target Price --data cars.csv --input out --output champion

In:  <input>/held_out/rows.csv      rows as they were uploaded, with a header
     <input>/schema/features.json   how cells became features for the earlier model
Out: <output>/champion/test.csv     that model's features of the same rows in the same order, no header
     <output>/champion/unseen.csv   for each row 1 if it would have been held out from that model, else 0

A category that the model has not seen is all zeros, and a column that it does not know is left out. What it
cannot do without is an error: a column that has gone, a text in what was a number, another target. With the
columns, the seed and the fractions of that model every row is unseen; with others its split was another one.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import NamedTuple

from millkit import job
from millkit.errors import DataError
from millkit.features import NUMERIC, Encoder, is_missing, number
from millkit.table import Table

from jobs.tabular.split import Fractions, split_of

MAX_SHOWN = 60
REMEDY = "mend the data, or set compare_with_champion to false to replace the champion without a comparison"


class Model(NamedTuple):
    """What the earlier model predicts, how its features are made, and which rows it was trained on."""

    target: str
    encoder: Encoder
    seed: int
    fractions: Fractions

    def was_held_out(self, cells: dict[str, str]) -> bool:
        own = {column.name: cells[column.name] for column in self.encoder.columns}
        return split_of(own, self.target, self.seed, self.fractions) == "test"


def main(argv: list[str] | None = None) -> int:
    return job.main(_parser(), encode, argv)


def encode(arguments: argparse.Namespace) -> None:
    model = read_schema(arguments.input / "schema" / "features.json")
    rows = Table(arguments.input / "held_out" / "rows.csv")
    check(model, rows, arguments)
    counts = write(model, rows, arguments.output / "champion", arguments.data)
    print(json.dumps({**counts, "features": len(model.encoder.feature_names)}))


def read_schema(path: Path) -> Model:
    try:
        document = json.loads(path.read_bytes())
        fractions = Fractions(**document["fractions"])
        return Model(document["target"], Encoder.from_document(document), document["seed"], fractions)
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        what = f"does not tell how the champion's features were made ({type(wrong).__name__}: {wrong})"
        raise DataError(path.name, what, REMEDY) from wrong


def check(model: Model, rows: Table, arguments: argparse.Namespace) -> None:
    """Raises: DataError: these rows are not what the model answers for."""
    if model.target != arguments.target:
        what = f"is the target, but the champion predicts {model.target}"
        raise DataError(arguments.data, what, REMEDY, column=arguments.target)
    lost = [column.name for column in model.encoder.columns if column.name not in rows.columns]
    if lost:
        what = "is not there, but the champion was trained with it"
        raise DataError(arguments.data, what, REMEDY, row=1, column=", ".join(lost))


def write(model: Model, rows: Table, folder: Path, data: str) -> dict[str, int]:
    """Both files; how many rows there are, and how many unseen ones."""
    numeric = [column.name for column in model.encoder.columns if column.kind == NUMERIC]
    folder.mkdir(parents=True, exist_ok=True)
    counts = {"rows": 0, "unseen": 0}
    with (
        (folder / "test.csv").open("w", newline="", encoding="utf-8") as file,
        (folder / "unseen.csv").open("w", encoding="utf-8") as marks,
    ):
        writer = csv.writer(file, lineterminator="\n")
        for row in rows.rows():
            cells = dict(zip(rows.columns, row.cells))
            for name in numeric:
                if number(cells[name]) is None and not is_missing(cells[name]):
                    what = f"{cells[name][:MAX_SHOWN]!r} is not a number, as which the champion was given it"
                    raise DataError(data, what, REMEDY, column=name)
            writer.writerow(model.encoder.encode(cells))
            is_unseen = int(model.was_held_out(cells))
            marks.write(f"{is_unseen}\n")
            counts["rows"] += 1
            counts["unseen"] += is_unseen
    return counts


def _parser() -> job.Parser:
    parser = job.Parser(prog="encode", description="held-out rows as an earlier model takes them")
    parser.add_argument("--target", required=True, help="column that the new model predicts")
    parser.add_argument("--data", required=True, help="what messages call the uploaded data")
    parser.add_argument("--input", type=Path, default=job.INPUT)
    parser.add_argument("--output", type=Path, default=job.OUTPUT)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Preprocess: from CSV files with a target column to train, validation and test files of numbers.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/tabular/preprocess.py --target Price --input data --output out

In:  the CSV files below <input>, all with the same columns (in any order)
Out: <output>/train/train.csv, validation/validation.csv  target first, no header, as AWS's algorithms take it
     <output>/test/test.csv, truth/truth.csv              features only, and their true targets, row by row
     <output>/held_out/rows.csv                           the same rows as they were uploaded, with a header
     <output>/baseline/train.csv                          the training rows as uploaded, but target first
     <output>/schema/features.json                        how cells became features, and the counts of rows

A row's split follows from a hash of its features and the seed: the same row lands in the same split whatever
else is in the files and whatever its target, so no later test file with the same columns holds a row that an
earlier model was trained on. The files are read three times, row by row, and memory does not grow with them:
the training rows' numbers, for their medians, are in a file without a name below <output>, 8 bytes each.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, NamedTuple

from millkit import dataset, job, steps
from millkit.errors import DataError
from millkit.features import CATEGORICAL, NUMERIC, Column, Encoder, is_missing, number, shortest
from millkit.steps import Step
from millkit.table import Table

from jobs.tabular import stepping
from jobs.tabular.inspection import inspect
from jobs.tabular.medians import Numbers
from jobs.tabular.split import SPLITS, Fractions, split_of

MAX_CATEGORIES = 200
FILES = {
    "train": ("train/train.csv", "baseline/train.csv"),
    "validation": ("validation/validation.csv",),
    "test": ("test/test.csv", "truth/truth.csv", "held_out/rows.csv"),
}


class Settings(NamedTuple):
    target: str
    step: str
    columns: dict[str, str]
    seed: int
    fractions: Fractions
    max_missing_fraction: float


def main(argv: list[str] | None = None) -> int:
    return job.main(_parser(), preprocess, argv)


def preprocess(arguments: argparse.Namespace) -> None:
    settings = Settings(
        arguments.target,
        arguments.step,
        _column_kinds(arguments.columns),
        arguments.seed,
        Fractions.checked(arguments.train_fraction, arguments.validation_fraction, arguments.test_fraction),
        arguments.max_missing_fraction,
    )
    tables = open_tables(arguments.input, stepping.load(settings.step, steps.BEFORE))
    kinds = inspect(tables, settings.target, settings.columns, settings.max_missing_fraction)
    arguments.output.mkdir(parents=True, exist_ok=True)
    # Below the output, where there is space for files of this size: /tmp may be memory.
    with TemporaryFile(dir=arguments.output) as numbers:
        encoder = learn(tables, kinds, settings, numbers)
    counts = write(tables, encoder, settings, arguments.output)
    report(tables, encoder, settings, counts, arguments.output)


def open_tables(folder: Path, step: Step | None = None) -> list[Table]:
    """The folder's CSV files, by name, as the step leaves them; they must agree on their columns."""
    files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    tables = [Table(path, name) for name, path in files.items() if dataset.is_table(name)]
    if step is not None:
        tables = [stepping.SteppedTable(table, step) for table in tables]
    if not tables:
        raise dataset.no_tables(list(files), str(folder))
    for table in tables[1:]:
        dataset.check_same_columns(tables[0], table)
    return tables


def learn(tables: list[Table], kinds: dict[str, str], settings: Settings, file: BinaryIO) -> Encoder:
    """Medians and categories, from the training rows alone, whose numbers are put into the file."""
    names = [name for name in kinds if name != settings.target]
    values = {name: Numbers(file) for name in names if kinds[name] == NUMERIC}
    categories: dict[str, set[str]] = {name: set() for name in names if kinds[name] == CATEGORICAL}
    for table, row, split, cells in split_rows(tables, settings):
        if split != "train":
            continue
        for name, seen in values.items():
            value = number(cells[name])
            if value is not None:
                seen.add(value)
        for name, texts in categories.items():
            if not is_missing(cells[name]):
                texts.add(cells[name].strip())
            if len(texts) > MAX_CATEGORIES:
                what = f"has more than {MAX_CATEGORIES} different texts"
                remedy = "take the column out of the file or group its values"
                raise DataError(table.name, what, remedy, row=row, column=name)
    return Encoder(
        [
            Column(name, NUMERIC, median=values[name].median() or 0.0)
            if name in values
            else Column(name, CATEGORICAL, categories=tuple(sorted(categories[name])))
            for name in names
        ]
    )


def write(tables: list[Table], encoder: Encoder, settings: Settings, output: Path) -> dict[str, int]:
    """The files of numbers; how many rows each split got."""
    counts = dict.fromkeys(SPLITS, 0)
    with ExitStack() as stack:
        writers = {}
        for name in [name for names in FILES.values() for name in names]:
            path = output / name
            path.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(path.open("w", newline="", encoding="utf-8"))
            writers[name] = csv.writer(file, lineterminator="\n")
        raw = [settings.target, *(column.name for column in encoder.columns)]
        writers["baseline/train.csv"].writerow(raw)
        writers["held_out/rows.csv"].writerow(tables[0].columns)
        for _table, _row, split, cells in split_rows(tables, settings):
            features = encoder.encode(cells)
            target = shortest(number(cells[settings.target]) or 0.0)
            counts[split] += 1
            if split == "test":
                writers["test/test.csv"].writerow(features)
                writers["truth/truth.csv"].writerow([target])
                writers["held_out/rows.csv"].writerow([cells[name] for name in tables[0].columns])
            else:
                writers[f"{split}/{split}.csv"].writerow([target, *features])
            if split == "train":
                writers["baseline/train.csv"].writerow([cells[name] for name in raw])
    return counts


def report(
    tables: list[Table], encoder: Encoder, settings: Settings, counts: dict[str, int], output: Path
) -> None:
    """schema/features.json, and one line for the log; a split without rows is an error."""
    total = sum(counts.values())
    for split, count in counts.items():
        if not count:
            what = f"{total} rows in all, none of which fell into the {split} split"
            remedy = "give more rows, 50 or more that differ in more than the target"
            raise DataError(", ".join(table.name for table in tables), what, remedy)
    document = {
        "target": settings.target,
        "step": settings.step,
        **uploaded(tables[0], settings.target),
        "seed": settings.seed,
        "fractions": settings.fractions._asdict(),
        "files": [table.name for table in tables],
        "rows": counts,
        "columns": [column.document() for column in encoder.columns],
        "features": encoder.feature_names,
    }
    job.write_json(output / "schema" / "features.json", document)
    print(json.dumps({"rows": counts, "features": len(encoder.feature_names)}))


def uploaded(table: Table, target: str) -> dict[str, list[str]]:
    """The columns that the step is given, but for the target, as who asks for a prediction sends them."""
    if not isinstance(table, stepping.SteppedTable):
        return {}
    return {"uploaded": [name for name in table.uploaded if name != target]}


def split_rows(tables: list[Table], settings: Settings) -> Iterator[tuple[Table, int, str, dict[str, str]]]:
    """Each row of all files with its number, its split and its cells by column."""
    for table in tables:
        for row in table.rows():
            cells = dict(zip(table.columns, row.cells))
            split = split_of(cells, settings.target, settings.seed, settings.fractions)
            yield table, row.number, split, cells


def _column_kinds(text: str) -> dict[str, str]:
    try:
        kinds: Any = json.loads(text)
    except ValueError as wrong:
        raise DataError(
            "--columns", f"is not JSON ({wrong})", f'write {{"Make": "{CATEGORICAL}"}}'
        ) from wrong
    if not isinstance(kinds, dict) or not set(kinds.values()) <= {NUMERIC, CATEGORICAL}:
        what = f"is {text}"
        raise DataError(
            "--columns", what, f"give an object of column names to {NUMERIC!r} or {CATEGORICAL!r}"
        )
    return kinds


def _parser() -> job.Parser:
    parser = job.Parser(
        prog="preprocess", description="CSV files to train, validation and test files of numbers"
    )
    parser.add_argument("--target", required=True, help="column to predict")
    parser.add_argument(
        "--columns", default="{}", help="JSON: column to numeric or categorical; others are inferred"
    )
    parser.add_argument("--step", default=steps.NONE, help="step of jobs/tabular/steps with a `before`")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--train-fraction", type=float, default=0.7)
    parser.add_argument("--validation-fraction", type=float, default=0.15)
    parser.add_argument("--test-fraction", type=float, default=0.15)
    parser.add_argument("--max-missing-fraction", type=float, default=0.05)
    parser.add_argument("--input", type=Path, default=job.INPUT / "data")
    parser.add_argument("--output", type=Path, default=job.OUTPUT)
    return parser


if __name__ == "__main__":
    sys.exit(main())

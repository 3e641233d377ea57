"""The demo's data: an example's, or a table of the user's own."""

import csv
import math
import random
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from stepmill.cli.errors import UserError
from stepmill.cli.usecase.model import UseCase, Variant
from stepmill.cli.usecase.reading import read

EXAMPLES = Path("examples")
SEED = 20
SPOILT_SCALE = 10
XGBOOST: Literal["xgboost"] = "xgboost"
LINEAR: Literal["linear-learner"] = "linear-learner"
# Of a variant that the use case does not have itself.
NAMES = {XGBOOST: "xgboost", LINEAR: "linear"}
Algorithm = Literal["xgboost", "linear-learner"]


@dataclass(frozen=True)
class Example:
    """A use case with its data: CSV with a header. `file` is what the use case was read from, if it was."""

    name: str
    case: UseCase
    good: Path
    worse: Path
    file: Path | None = None

    @property
    def target(self) -> str:
        return self.case.target

    @property
    def unit(self) -> str:
        return self.case.unit or ""


def with_variants(case: UseCase, *algorithms: Algorithm) -> UseCase:
    """The use case with one variant of each algorithm: its own, where it has one, else a plain one."""
    chosen = dict(_variant(case, one) for one in algorithms)
    return case.model_copy(update={"variants": chosen})


def _variant(case: UseCase, algorithm: Algorithm) -> tuple[str, Variant]:
    own = (item for item in case.variants.items() if item[1].algorithm == algorithm)
    return next(own, (NAMES[algorithm], Variant(algorithm=algorithm)))


def example(name: str, folder: Path) -> Example:
    """An example of examples/, its data written to `folder` by its own make_data.py."""
    source = EXAMPLES / name
    if not (source / "usecase.yaml").exists():
        known = ", ".join(sorted(path.parent.name for path in EXAMPLES.glob("*/usecase.yaml")))
        raise UserError(f"there is no example {name!r} in {EXAMPLES}/; there are: {known or 'none here'}")
    case = read(source / "usecase.yaml")
    subprocess.run(
        [sys.executable, str(source / "make_data.py"), "--output", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    good, worse = folder / f"{name}.csv", folder / f"{name}_noisy.csv"
    return Example(name, case, good, worse, source / "usecase.yaml")


def own(name: str, table: Path, target: str, rmse_limit: float | None, folder: Path) -> Example:
    """A user's CSV with a header, and a worse variant of it: each other's targets, and of another unit.

    Without a limit of the user's it is half as much again as the target's deviation, which is the error of
    always saying the mean: only a senseless model is above it.
    """
    header, rows = _read(table)
    if target not in header:
        raise UserError(f"{table}: there is no column {target!r}; the columns are: {', '.join(header)}")
    place = header.index(target)
    if any(len(row) != len(header) for row in rows):
        line = next(number for number, row in enumerate(rows, 2) if len(row) != len(header))
        raise UserError(
            f"{table}: line {line} does not have {len(header)} columns as the header has; mend that line"
        )
    targets = _numbers(table, target, [row[place] for row in rows])
    limit = round(1.5 * statistics.pstdev(targets), 4) if rmse_limit is None else rmse_limit
    case = _plain(table, target, limit)
    folder.mkdir(parents=True, exist_ok=True)
    good, worse = folder / f"{name}.csv", folder / f"{name}_spoilt.csv"
    good.write_bytes(table.read_bytes())
    random.Random(SEED).shuffle(targets)  # noqa: S311 data, not a secret
    with worse.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row, value in zip(rows, targets, strict=True):
            writer.writerow([*row[:place], value * SPOILT_SCALE, *row[place + 1 :]])
    return Example(name, case, good, worse)


def _plain(table: Path, target: str, rmse_limit: float) -> UseCase:
    """The use case of a table of which no more is known."""
    if not rmse_limit > 0:
        raise UserError(f"{table}: column {target} is the same in all rows; there is nothing to predict")
    said = {"target": target, "rmse_limit": rmse_limit, "scoring": {"bad_rows": "report"}}
    variants = {NAMES[one]: {"algorithm": one} for one in (XGBOOST, LINEAR)}
    try:
        return UseCase.model_validate(said | {"variants": variants})
    except ValidationError as refused:
        raise UserError(f"--target {target}: {refused.errors()[0]['msg']}") from None


def _read(table: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with table.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except OSError as error:
        raise UserError(f"--csv {table}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"--csv {table}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    if len(rows) < 2:
        raise UserError(f"--csv {table}: has {len(rows)} lines; a header and rows are needed")
    return rows[0], rows[1:]


def _numbers(table: Path, target: str, values: list[str]) -> list[float]:
    numbers = []
    for line, value in enumerate(values, 2):
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise UserError(
                f"{table}: line {line}, column {target}: {value!r} is not a number; mend that cell"
            )
        numbers.append(number)
    return numbers

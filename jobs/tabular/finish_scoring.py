"""Finish scoring: the rows as they came in, each with its prediction behind it.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/tabular/finish_scoring.py --input scoring --output done --run cars-0a1b \
      --event-time 2026-07-01T06:00:00Z --model-package 3

In:  <input>/raw/part-*.arrow             rows as text, by prepare_scoring
     <input>/predictions/part-*.csv.out   row number, prediction; no header
     <input>/report/prepared.json
Out: <output>/scored/part-*.csv           inference_id, event_time, the columns, prediction, model_package
     <output>/summary/summary.json        what was scored, for people

Rows and predictions are joined by the row's number, part by part. A row without its prediction, or one that
is no finite number, is an error, and nothing is handed out. An inference_id is <run>-<row number>.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from millkit import job, steps
from millkit.errors import DataError
from millkit.features import number
from millkit.steps import Step
from pyarrow import csv as arrow_csv

from jobs.tabular import stepping
from jobs.tabular.block_encoding import lines
from jobs.tabular.prepare_scoring import OURS
from jobs.tabular.scoring_parts import read_raw, record

REMEDY = "start the execution again, and look at the model if that does not help"
PREDICTION = "prediction"


class Predictions:
    """One part's, by row number."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        table = self._read(path)
        self.rows = table.column("row").to_numpy()
        self.texts = table.column(PREDICTION).combine_chunks()
        if not pc.all(pc.is_finite(table.column("value"))).as_py():
            raise DataError(path.name, "holds a prediction that is not finite", REMEDY)
        if len(self.rows) and not bool(np.all(np.diff(self.rows) > 0)):
            order = np.argsort(self.rows, kind="stable")
            self.rows, self.texts = self.rows[order], self.texts.take(pa.array(order))

    def of(self, rows: Any) -> Any:
        """The predictions of these row numbers, in their order."""
        at = np.searchsorted(self.rows, rows)
        is_there = at < len(self.rows)
        is_there[is_there] = self.rows[at[is_there]] == rows[is_there]
        if not is_there.all():
            first = int(rows[~is_there][0])
            what = f"lacks {int((~is_there).sum())} predictions, the first for row number {first}"
            raise DataError(self._name, what, REMEDY)
        if len(at) and int(at[-1]) - int(at[0]) == len(at) - 1:  # rows in order: nothing to gather
            return self.texts.slice(int(at[0]), len(at))
        return self.texts.take(pa.array(at))

    def _read(self, path: Path) -> Any:
        types = {"row": pa.int64(), PREDICTION: pa.string()}
        try:
            table = arrow_csv.read_csv(
                str(path),
                read_options=arrow_csv.ReadOptions(column_names=list(types), use_threads=False),
                convert_options=arrow_csv.ConvertOptions(column_types=types, strings_can_be_null=False),
            )
            return table.append_column("value", pc.cast(table.column(PREDICTION), pa.float64()))
        except (OSError, pa.ArrowInvalid) as wrong:
            raise DataError(
                path.name, f"is not a row number and a prediction a line ({wrong})", REMEDY
            ) from wrong


def main(argv: list[str] | None = None) -> int:
    return job.main(_parser(), finish, argv)


def finish(arguments: argparse.Namespace) -> None:
    step = stepping.load(arguments.step, steps.AFTER)
    prepared = json.loads((arguments.input / "report" / "prepared.json").read_bytes())
    folder = arguments.output / "scored"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        scored = sum(
            write_part(path, folder, step, arguments)
            for path in sorted((arguments.input / "raw").glob("part-*.arrow"))
        )
        if scored != prepared["scored"]:
            what = f"has {scored} rows where {prepared['scored']} were prepared"
            raise DataError("raw", what, REMEDY)
    except Exception:
        shutil.rmtree(folder)  # nobody takes a part for the whole
        raise
    summary = {
        **prepared,
        "run": arguments.run,
        "event_time": arguments.event_time,
        "model_package": arguments.model_package,
        "scored_uri": arguments.scored_uri,
    }
    job.write_json(arguments.output / "summary" / "summary.json", summary)
    print(json.dumps({key: summary[key] for key in ("rows", "scored", "rejected", "model_package")}))


def write_part(path: Path, folder: Path, step: Any, arguments: argparse.Namespace) -> int:
    """One part with its predictions; how many rows it has."""
    raw = read_raw(path)
    predictions = Predictions(arguments.input / "predictions" / f"{path.stem}.csv.out")
    count = 0
    with (folder / f"{path.stem}.csv").open("wb") as file:
        header = raw.header
        for place, (rows, records) in enumerate(raw.batches):
            answers = predictions.of(rows.to_numpy())
            if step is not None:
                header, records, answers = stepped(raw.header, records, answers, step)
            if not place:
                file.write(f"{OURS[0]},{OURS[1]},{header},{OURS[2]},{OURS[3]}\n".encode())
            ids = pc.binary_join_element_wise(arguments.run, rows.cast(pa.string()), "-")
            file.write(lines([ids, arguments.event_time, records, answers, arguments.model_package]))
            count += len(rows)
    return count


def stepped(header: str, records: Any, answers: Any, step: Step) -> tuple[str, Any, Any]:
    """Header, records and predictions as the step leaves them."""
    names = next(csv.reader([header]))
    cells = (next(csv.reader([text])) for text in records.to_pylist())
    given: Iterator[dict[str, str]] = (
        {**dict(zip(names, row)), PREDICTION: answer} for row, answer in zip(cells, answers.to_pylist())
    )
    made = step(given)
    answers = [row.pop(PREDICTION, "") for row in made]
    for answer in answers:
        if number(answer) is None:
            raise DataError("step", f"made the prediction {answer!r}", "let it give a finite number as text")
    records = pa.array([record(row.values()) for row in made], pa.string())
    return record(made[0]), records, pa.array(answers, pa.string())


def _parser() -> job.Parser:
    parser = job.Parser(prog="finish_scoring", description="Rows as they came in with their predictions")
    parser.add_argument("--run", required=True, help="inference ids begin so")
    parser.add_argument("--event-time", required=True, help="when it was scored, UTC in ISO 8601")
    parser.add_argument("--model-package", required=True, help="number of the model package")
    parser.add_argument("--scored-uri", default="", help="where the rows will lie, for people")
    parser.add_argument("--step", default=steps.NONE, help="step of jobs/tabular/steps with an `after`")
    parser.add_argument("--input", type=Path, default=job.INPUT)
    parser.add_argument("--output", type=Path, default=job.OUTPUT)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Model quality: answers held against what turned out to be true, in the files of SageMaker Model Monitor.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/monitoring/model_quality.py --problem binary --records records --baseline base --output out

In:  <records>/**/*.jsonl   {"prediction": ..., "truth": ...}; those whose truth is null are left out
     <baseline>/constraints.json, as model_quality_baseline wrote it for the same --problem
Out: <output>/statistics.json, constraint_violations.json
     <output>/samples.json   with --samples: of each violation that many records, farthest from their truth
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html

A regression's values are numbers; a binary problem's truth is 0 or 1 and its prediction a score, 1 from .5
on; of several classes any text or number is one. A metric violates its limit when it is worse by more than
--slack of it: the baseline's limits are its own figures, which half of all later windows would miss by a
hair. --slack 0 is Model Monitor's own reading.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from millkit import job
from millkit.errors import DataError
from millkit.features import number

from jobs.monitoring import records, samples
from jobs.monitoring.quality import PROBLEMS, Metrics, Problem, deviations

TRAINED = "regression"
DEFAULT_SLACK = 0.1
MAX_SHOWN = 60
REMEDY = "mend the record, or name another --problem"


def main(argv: list[str] | None = None) -> int:
    parser = job.Parser(prog="model_quality", description="Answers held against what turned out to be true")
    parser.add_argument("--problem", choices=sorted(PROBLEMS), default=TRAINED)
    parser.add_argument("--records", type=Path, default=job.INPUT / "records")
    parser.add_argument("--baseline", type=Path, default=job.INPUT / "baseline")
    parser.add_argument("--output", type=Path, default=job.OUTPUT)
    parser.add_argument("--slack", type=float, default=DEFAULT_SLACK, help="part of a limit to be lenient by")
    parser.add_argument("--samples", type=int, default=0, help="records kept of each violation")
    parser.add_argument("--seed", type=int, default=7)
    return job.main(parser, judge, argv)


def judge(arguments: argparse.Namespace) -> None:
    problem = PROBLEMS[arguments.problem]
    limits = read_limits(arguments.baseline / "constraints.json", arguments.problem)
    truths, answers, waiting = read(arguments.records, arguments.problem)
    metrics = problem.measure(truths, answers)
    spread = deviations(problem, truths, answers, arguments.seed)
    violations = find_violations(metrics, spread, limits, arguments.slack)
    document = statistics(problem, metrics, spread, truths, answers)
    job.write_json(arguments.output / "statistics.json", document)
    path = arguments.output / "constraint_violations.json"
    job.write_json(path, {"version": 0.0, "violations": violations})
    if arguments.samples:
        rows = farthest(arguments.records, truths, answers, arguments.samples) if violations else []
        found = [samples.entry(one["metric_name"], one["constraint_check_type"], rows) for one in violations]
        job.write_json(arguments.output / samples.NAME, {"samples": found})
    told = {name: plain(value) for name, value in metrics.items()}
    print(json.dumps({"rows": len(truths), "without_truth": waiting, "violations": len(violations), **told}))


def read_limits(path: Path, problem: str) -> dict[str, tuple[float, str]]:
    """Threshold and operator of each metric. Raises: DataError: the file has none of this problem."""
    key = PROBLEMS[problem].key
    try:
        entries = json.loads(path.read_bytes())[f"{key}_constraints"]
        return {
            name: (float(entry["threshold"]), str(entry["comparison_operator"]))
            for name, entry in entries.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as wrong:
        what = f"holds no limits of a {key} model ({type(wrong).__name__}: {wrong})"
        remedy = f"give the file that model_quality_baseline.py --problem {problem} wrote"
        if problem != TRAINED:
            remedy += f"; a training's own baseline is that of a {TRAINED}"
        raise DataError(path.name, what, remedy) from wrong


def read(folder: Path, problem: str) -> tuple[Any, Any, int]:
    """True values and answers as arrays, and how many records have no truth yet."""
    truths: list[Any] = []
    answers: list[Any] = []
    waiting = 0
    for where, record in records.read(records.files_of(folder), ["prediction", "truth"]):
        if record["truth"] is None:
            waiting += 1
            continue
        truths.append(checked(record["truth"], problem, f"{where}: truth", is_truth=True))
        answers.append(checked(record["prediction"], problem, f"{where}: prediction", is_truth=False))
    if not truths:
        what = f"holds no record with a truth ({waiting} without one)"
        raise DataError(str(folder), what, "give joined records once their truth has come")
    return np.array(truths), np.array(answers), waiting


def farthest(folder: Path, truths: Any, answers: Any, limit: int) -> list[dict[str, Any]]:
    """The records whose answers are farthest from their truth; of classes the first that are wrong."""
    errors = np.abs(truths - answers) if truths.dtype.kind == "f" else (truths != answers).astype(float)
    places = [int(place) for place in np.argsort(-errors, kind="stable")[:limit] if errors[place] > 0]
    judged = (
        record
        for _, record in records.read(records.files_of(folder), ["prediction", "truth"])
        if record["truth"] is not None
    )
    found = {place: record for place, record in enumerate(judged) if place in set(places)}
    return [samples.row(found[place], None) for place in places]


def checked(value: Any, problem: str, where: str, *, is_truth: bool) -> Any:
    """A class as text, or a finite number. Raises: DataError: it is none."""
    cell = records.cell(value)
    if problem == "multiclass":
        parsed = number(cell)
        return records.cell(parsed) if parsed is not None else cell
    parsed = number(cell)
    is_right = parsed is not None
    if parsed is not None and problem == "binary":
        is_right = parsed in (0, 1) if is_truth else 0 <= parsed <= 1
    if not is_right:
        wanted = "a number" if problem == "regression" else "0 or 1" if is_truth else "a score from 0 to 1"
        raise DataError(where, f"is {cell[:MAX_SHOWN]!r}, not {wanted}", REMEDY)
    return parsed


def statistics(
    problem: Problem, metrics: Metrics, spread: Metrics, truths: Any, answers: Any
) -> dict[str, Any]:
    """statistics.json of Model Monitor."""
    figures = {
        name: {"value": plain(value), "standard_deviation": plain(spread[name])}
        for name, value in metrics.items()
    }
    all_figures = {**problem.extras(truths, answers), **figures}
    return {"version": 0.0, "dataset": {"item_count": len(truths)}, f"{problem.key}_metrics": all_figures}


def find_violations(
    metrics: Metrics, spread: Metrics, limits: dict[str, tuple[float, str]], slack: float
) -> Sequence[dict[str, str]]:
    found = []
    for name, (threshold, operator) in limits.items():
        value = metrics.get(name, math.nan)
        worse = value - threshold if operator == "GreaterThanThreshold" else threshold - value
        if worse > slack * abs(threshold):
            beyond = f" by more than {slack:.0%}" if slack else ""
            deviation = plain(spread.get(name, math.nan))
            told = f"Metric {name} with {value} +/- {deviation} was {operator} '{threshold}'{beyond}"
            found.append({"constraint_check_type": operator, "description": told, "metric_name": name})
    return found


def plain(value: float) -> Any:
    """JSON has no NaN; Model Monitor writes the text."""
    return value if math.isfinite(value) else "NaN"


if __name__ == "__main__":
    sys.exit(main())

"""Model quality baseline: how good a model is on held-out rows, in the two files of Model Monitor.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/monitoring/model_quality_baseline.py --truth truth --predictions answers --output baseline

In:  <truth>/* true values, and <predictions>/* what batch transform wrote for the same rows; one file each
Out: <output>/statistics.json, metrics with their standard deviations, and constraints.json
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html

As Model Monitor does, a metric's standard deviation is that over 5 samples of 80 % of the rows, and "NaN"
below 200 rows. The samples are drawn with a seed: the same files give the same figures.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from millkit import job, predictions
from millkit.errors import DataError

from jobs.monitoring import model_quality
from jobs.monitoring.quality import PROBLEMS, constraints, deviations


def main(argv: list[str] | None = None) -> int:
    parser = job.Parser(prog="model_quality_baseline", description="Quality of a model on held-out rows")
    parser.add_argument("--problem", choices=sorted(PROBLEMS), default="regression")
    parser.add_argument("--truth", type=Path, default=job.INPUT / "truth")
    parser.add_argument("--predictions", type=Path, default=job.INPUT / "predictions")
    parser.add_argument("--output", type=Path, default=job.OUTPUT)
    parser.add_argument("--seed", type=int, default=7)
    return job.main(parser, baseline, argv)


def baseline(arguments: argparse.Namespace) -> None:
    problem = PROBLEMS[arguments.problem]
    truths, answers = read_pairs(arguments.truth, arguments.predictions, arguments.problem)
    metrics = problem.measure(truths, answers)
    spread = deviations(problem, truths, answers, arguments.seed)
    document = model_quality.statistics(problem, metrics, spread, truths, answers)
    job.write_json(arguments.output / "statistics.json", document)
    limits = {"version": 0.0, f"{problem.key}_constraints": constraints(metrics)}
    job.write_json(arguments.output / "constraints.json", limits)
    told = {name: model_quality.plain(value) for name, value in metrics.items()}
    print(json.dumps({"rows": len(truths), **told}))


def read_pairs(truth: Path, answers: Path, problem: str) -> tuple[Any, Any]:
    """True values, and the prediction for each."""
    truths = _numbers(truth)
    predicted = _numbers(answers)
    if len(truths) != len(predicted) or not truths:
        what = f"holds {len(predicted)} predictions for {len(truths)} true values in {truth}"
        raise DataError(str(answers), what, "give one prediction for each true value")
    known = [
        [
            model_quality.checked(value, problem, f"{name}: value {place}", is_truth=name == "truth")
            for place, value in enumerate(values, 1)
        ]
        for name, values in (("truth", truths), ("predictions", predicted))
    ]
    return np.array(known[0]), np.array(known[1])


def _numbers(folder: Path) -> list[float]:
    files = sorted(path for path in folder.glob("*") if path.is_file())
    if len(files) != 1:
        raise DataError(str(folder), f"holds {len(files)} files", "give exactly one")
    with files[0].open("rb") as file:
        return list(predictions.numbers(file, files[0].name))


if __name__ == "__main__":
    sys.exit(main())

"""Model quality baseline: how good a regression model is on held-out rows, in the two files of Model Monitor.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/monitoring/model_quality_baseline.py --truth truth --predictions answers --output baseline

In:  <truth>/* true values, and <predictions>/* what batch transform wrote for the same rows; one file each
Out: <output>/statistics.json (mae, mse, rmse and r2 with their standard deviations) and constraints.json
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html

As Model Monitor does, a metric's standard deviation is that over 5 samples of 80 % of the rows, and "NaN"
below 200 rows. The samples are drawn with a seed: the same files give the same figures.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import sys
from pathlib import Path
from typing import Any

from millkit import job, predictions
from millkit.errors import DataError

SAMPLES = 5
SAMPLE_FRACTION = 0.8
MIN_ROWS_FOR_DEVIATION = 200
WORSE = {
    "mae": "GreaterThanThreshold",
    "mse": "GreaterThanThreshold",
    "rmse": "GreaterThanThreshold",
    "r2": "LessThanThreshold",
}
Pairs = list[tuple[float, float]]


def main(argv: list[str] | None = None) -> int:
    parser = job.Parser(prog="model_quality_baseline", description="Quality of a model on held-out rows")
    parser.add_argument("--truth", type=Path, default=job.INPUT / "truth")
    parser.add_argument("--predictions", type=Path, default=job.INPUT / "predictions")
    parser.add_argument("--output", type=Path, default=job.OUTPUT)
    parser.add_argument("--seed", type=int, default=7)
    return job.main(parser, baseline, argv)


def baseline(arguments: argparse.Namespace) -> None:
    pairs = read_pairs(arguments.truth, arguments.predictions)
    metrics = measure(pairs)
    deviations = deviate(pairs, arguments.seed)
    report(len(pairs), metrics, deviations, arguments.output)


def read_pairs(truth: Path, answers: Path) -> Pairs:
    """(true value, prediction) of each row."""
    truths = _numbers(truth)
    predicted = _numbers(answers)
    if len(truths) != len(predicted) or not truths:
        what = f"holds {len(predicted)} predictions for {len(truths)} true values in {truth}"
        raise DataError(str(answers), what, "give one prediction for each true value")
    return list(zip(truths, predicted))


def measure(pairs: Pairs) -> dict[str, float]:
    """mae, mse, rmse and r2; r2 is NaN when all true values are the same."""
    count = len(pairs)
    mean = math.fsum(truth for truth, _ in pairs) / count
    squares = math.fsum((answer - truth) ** 2 for truth, answer in pairs)
    spread = math.fsum((truth - mean) ** 2 for truth, _ in pairs)
    mse = squares / count
    return {
        "mae": math.fsum(abs(answer - truth) for truth, answer in pairs) / count,
        "mse": mse,
        "rmse": math.sqrt(mse),
        "r2": 1 - squares / spread if spread else math.nan,
    }


def deviate(pairs: Pairs, seed: int) -> dict[str, float]:
    if len(pairs) < MIN_ROWS_FOR_DEVIATION:
        return dict.fromkeys(WORSE, math.nan)
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    size = round(len(pairs) * SAMPLE_FRACTION)
    samples = [measure(chance.sample(pairs, size)) for _ in range(SAMPLES)]
    return {name: statistics.stdev(sample[name] for sample in samples) for name in WORSE}


def report(rows: int, metrics: dict[str, float], deviations: dict[str, float], output: Path) -> None:
    """Both files, and the metrics as one line for the log."""
    figures = {
        name: {"value": _plain(metrics[name]), "standard_deviation": _plain(deviations[name])}
        for name in WORSE
    }
    constraints = {
        name: {"threshold": metrics[name], "comparison_operator": operator}
        for name, operator in WORSE.items()
        if math.isfinite(metrics[name])
    }
    job.write_json(
        output / "statistics.json",
        {"version": 0.0, "dataset": {"item_count": rows}, "regression_metrics": figures},
    )
    job.write_json(output / "constraints.json", {"version": 0.0, "regression_constraints": constraints})
    print(json.dumps({"rows": rows, **{name: _plain(value) for name, value in metrics.items()}}))


def _numbers(folder: Path) -> list[float]:
    files = sorted(path for path in folder.glob("*") if path.is_file())
    if len(files) != 1:
        raise DataError(str(folder), f"holds {len(files)} files", "give exactly one")
    with files[0].open("rb") as file:
        return list(predictions.numbers(file, files[0].name))


def _plain(value: float) -> Any:
    """JSON has no NaN; Model Monitor writes the text."""
    return value if math.isfinite(value) else "NaN"


if __name__ == "__main__":
    sys.exit(main())

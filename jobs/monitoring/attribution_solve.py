"""Attribution solve: from a model's answers to what each column did, in the files of SageMaker Clarify.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/monitoring/attribution_solve.py --plan out/plan --answers answers --output analysis

In:  <plan>/plan.json, and <answers>/* what batch transform wrote for ask/rows.csv, one number for each row
     <baseline>/analysis.json          optional: an earlier analysis of the same columns
Out: <output>/analysis.json            global values: the mean of the local ones without their sign
     <output>/explanations_shap/out.csv, baseline.csv   the local values of each explained row; the background
     <output>/report.html              one page for people
     <output>/figures.json             ndcg, null without an earlier analysis, and its limit; the columns that
                                       count most now and then
     <output>/constraint_violations.json  only when the ranking has changed: NDCG below .90
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-feature-attribution-drift.html
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from millkit import job, predictions
from millkit.errors import DataError

from jobs.monitoring import attribution_page
from jobs.monitoring.shapley import Coalitions, solve

LABEL = "label0"
NDCG_LIMIT = 0.9
MOST_NAMED = 5


class Analysis(NamedTuple):
    """`local` (N, D) belongs to the plan's explained rows; `expected` is the answer for the background."""

    columns: list[str]
    local: Any
    expected: float

    @property
    def importance(self) -> dict[str, float]:
        return dict(zip(self.columns, np.abs(self.local).mean(axis=0).tolist()))


def main(argv: list[str] | None = None) -> int:
    parser = job.Parser(prog="attribution_solve", description="What each column did to a model's answers")
    parser.add_argument("--plan", type=Path, default=job.INPUT / "plan")
    parser.add_argument("--answers", type=Path, default=job.INPUT / "answers")
    parser.add_argument("--baseline", type=Path, default=job.INPUT / "baseline")
    parser.add_argument("--output", type=Path, default=job.OUTPUT)
    parser.add_argument("--label", default="", help="names window and model in the report")
    return job.main(parser, attribute, argv)


def attribute(arguments: argparse.Namespace) -> None:
    plan = read_plan(arguments.plan / "plan.json")
    answers = read_answers(arguments.answers, plan["rows"])
    analysis = analyse(plan, answers)
    earlier = read_baseline(arguments.baseline / "analysis.json")
    report(arguments, plan, analysis, earlier)


def read_plan(path: Path) -> Any:
    try:
        plan = json.loads(path.read_bytes())
        sizes = [len(plan[name]) for name in ("columns", "background", "coalitions", "explained")]
        asked, background = len(plan["coalitions"]["weights"]), len(plan["background"]["weights"])
        explained = len(plan["explained"]["ids"])
        if not all(sizes) or plan["rows"] != background + explained * (asked * background + 1):
            raise ValueError("its parts do not make its rows")
        return plan
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        what = f"is no plan ({type(wrong).__name__}: {wrong})"
        raise DataError(path.name, what, "give the one that attribution_plan wrote") from wrong


def read_answers(folder: Path, rows: int) -> Any:
    """Raises: DataError: there are not as many answers as rows."""
    found = array("d")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            found.extend(predictions.numbers(file, path.name))
    if len(found) != rows:
        what = f"holds {len(found)} answers for the plan's {rows} rows"
        raise DataError(str(folder), what, "give what the transform of ask/rows.csv wrote, a number a row")
    return np.array(found)


def analyse(plan: Any, answers: Any) -> Analysis:
    weights = np.array(plan["background"]["weights"])
    explained = len(plan["explained"]["ids"])
    masks = np.array([[letter == "1" for letter in mask] for mask in plan["coalitions"]["masks"]], dtype=bool)
    masks = masks.reshape(-1, len(plan["columns"]))
    asked = Coalitions(masks, np.array(plan["coalitions"]["weights"]))
    empty = float(answers[: len(weights)] @ weights)
    full = answers[len(weights) : len(weights) + explained]
    values = answers[len(weights) + explained :].reshape(explained, len(masks), len(weights)) @ weights
    return Analysis(plan["columns"], solve(asked, values, empty, full), empty)


def read_baseline(path: Path) -> dict[str, float] | None:
    """The earlier global values by column; None without a file."""
    if not path.is_file():
        return None
    try:
        labels = json.loads(path.read_bytes())["explanations"]["kernel_shap"]
        values = next(iter(labels.values()))["global_shap_values"]
        return {str(name): float(value) for name, value in values.items()}
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as wrong:
        what = f"is not in the form of Clarify ({type(wrong).__name__}: {wrong})"
        raise DataError(path.name, what, "give the one that attribution_solve wrote") from wrong


def ndcg(earlier: Mapping[str, float], now: Mapping[str, float]) -> float:
    """How well the ranking of now serves the earlier values; 1 when it is the same.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-feature-attribution-drift.html
    """
    names = sorted({*earlier, *now})
    ranked = sorted(names, key=lambda name: -now.get(name, 0.0))
    best = sorted(earlier.values(), reverse=True)
    gain = sum(earlier.get(name, 0.0) / math.log2(place + 2) for place, name in enumerate(ranked))
    ideal = sum(value / math.log2(place + 2) for place, value in enumerate(best))
    return gain / ideal if ideal else 1.0


def most(importance: Mapping[str, float]) -> list[str]:
    """The columns that count most, the first of all at the front."""
    return sorted(importance, key=lambda name: -importance[name])[:MOST_NAMED]


def report(
    arguments: argparse.Namespace, plan: Any, analysis: Analysis, earlier: dict[str, float] | None
) -> None:
    """All files, and one line for the log."""
    importance = analysis.importance
    ranking = None if earlier is None else ndcg(earlier, importance)
    values = {LABEL: {"global_shap_values": importance, "expected_value": analysis.expected}}
    document = {"version": "1.0", "explanations": {"kernel_shap": values}}
    job.write_json(arguments.output / "analysis.json", document)
    figures = {"ndcg": ranking, "limit": NDCG_LIMIT, "now": most(importance), "then": most(earlier or {})}
    job.write_json(arguments.output / "figures.json", figures)
    _write_local(arguments.output / "explanations_shap", plan, analysis)
    if ranking is not None and ranking < NDCG_LIMIT:
        violation = {
            "label": LABEL,
            "metric_name": "shap",
            "constraint_check_type": "feature_attribution_drift_check",
            "description": f"Feature attribution drift {ranking} exceeds threshold {NDCG_LIMIT}",
        }
        path = arguments.output / "constraint_violations.json"
        job.write_json(path, {"version": "1.0", "violations": [violation]})
    content = attribution_page.Content(
        arguments.label, plan, analysis.local, importance, analysis.expected, earlier, ranking, NDCG_LIMIT
    )
    (arguments.output / "report.html").write_text(attribution_page.render(content), encoding="utf-8")
    told = {} if ranking is None else {"ndcg": ranking}
    print(json.dumps({"explained": len(analysis.local), "expected_value": analysis.expected, **told}))


def _write_local(folder: Path, plan: Any, analysis: Analysis) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "out.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["inference_id", *(f"{name}_{LABEL}" for name in analysis.columns)])
        writer.writerows(
            [name, *values] for name, values in zip(plan["explained"]["ids"], analysis.local.tolist())
        )
    with (folder / "baseline.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(analysis.columns)
        writer.writerows([row[name] for name in analysis.columns] for row in plan["background"]["rows"])


if __name__ == "__main__":
    sys.exit(main())

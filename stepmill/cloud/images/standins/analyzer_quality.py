"""Model quality, as the analyzer's stand-in sees it: a regression's answers held against the truth.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
"""

import math
from typing import Any

from stepmill.cloud.images.standins.analyzer_data import Columns, number
from stepmill.cloud.images.standins.contract import ClientError


def check(
    columns: Columns, answer: str, truth: str, problem: str, constraints: Any
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """What statistics.json is to hold, and the violations. Raises: ClientError."""
    if problem != "Regression":
        raise ClientError(f"problem_type is {problem!r}; this stand-in does Regression")
    answers, truths = (values_of(columns, name) for name in (answer, truth))
    if len(answers) != len(truths):
        raise ClientError(f"{len(answers)} values in {answer}, {len(truths)} in {truth}; a row lacks one")
    metrics = measure(answers, truths)
    try:
        limits = constraints["regression_constraints"]
        violations = [
            violation(name, value, limits[name])
            for name, value in metrics.items()
            if name in limits and is_worse(value, limits[name])
        ]
    except (KeyError, TypeError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        raise ClientError(f"baseline_constraints holds no regression_constraints ({what})") from None
    figures = {name: {"value": value, "standard_deviation": "NaN"} for name, value in metrics.items()}
    counted = {"item_count": len(truths)}
    return {"version": 0.0, "dataset": counted, "regression_metrics": figures}, violations


def values_of(columns: Columns, name: str) -> list[float]:
    if name not in columns:
        raise ClientError(f"there is no column {name!r}; the columns are {', '.join(columns)}")
    found = []
    for line, cell in enumerate(columns[name], 2):
        value = number(cell)
        if value is None:
            raise ClientError(f"column {name}, line {line}: {cell!r} is no number")
        found.append(value)
    return found


def measure(answers: list[float], truths: list[float]) -> dict[str, float]:
    """r2 is left out where all truths are the same."""
    errors = [answer - truth for answer, truth in zip(answers, truths, strict=True)]
    squares = math.fsum(error * error for error in errors)
    mean = math.fsum(truths) / len(truths)
    spread = math.fsum((truth - mean) ** 2 for truth in truths)
    mse = squares / len(truths)
    metrics = {"mae": math.fsum(map(abs, errors)) / len(truths), "mse": mse, "rmse": math.sqrt(mse)}
    return metrics | ({"r2": 1 - squares / spread} if spread else {})


def is_worse(value: float, limit: Any) -> bool:
    threshold = float(limit["threshold"])
    is_above = limit["comparison_operator"] == "GreaterThanThreshold"
    return value > threshold if is_above else value < threshold


def violation(name: str, value: float, limit: Any) -> dict[str, str]:
    operator = limit["comparison_operator"]
    told = f"Metric {name} with {value} +/- NaN was {operator} '{limit['threshold']}'"
    return {"constraint_check_type": operator, "description": told, "metric_name": name}

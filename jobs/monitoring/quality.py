"""How good answers are, in the words of Model Monitor's model quality: regression, binary and multiclass.

A metric that the rows leave undefined is NaN. The best constant classifier is, as in Model Monitor's example,
the one that always answers the positive class; with several classes it is the one that answers the commonest.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

SAMPLES = 5
SAMPLE_FRACTION = 0.8
MIN_ROWS_FOR_DEVIATION = 200
POSITIVE_FROM = 0.5
MAX_POINTS = 100
BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}
RISING_IS_WORSE = frozenset(["mae", "mse", "rmse", "false_positive_rate", "false_negative_rate"])
CONSTANT = "_best_constant_classifier"
Metrics = dict[str, float]


class Problem(NamedTuple):
    """`measure` and `extras` take true values and answers; extras are curves and the confusion matrix."""

    key: str
    measure: Callable[[Any, Any], Metrics]
    extras: Callable[[Any, Any], dict[str, Any]]


def regression(truths: Any, answers: Any) -> Metrics:
    away = answers - truths
    mse = float((away**2).mean())
    spread = float(((truths - truths.mean()) ** 2).sum())
    return {
        "mae": float(np.abs(away).mean()),
        "mse": mse,
        "rmse": math.sqrt(mse),
        "r2": 1 - mse * len(truths) / spread if spread else math.nan,
    }


def binary(truths: Any, scores: Any) -> Metrics:
    """True values 0 and 1; a score from .5 on is an answer of 1."""
    answers = scores >= POSITIVE_FROM
    is_true = truths == 1
    hits, alarms = float((answers & is_true).sum()), float((answers & ~is_true).sum())
    positives, negatives = float(is_true.sum()), float((~is_true).sum())
    recall, precision = _ratio(hits, positives), _ratio(hits, hits + alarms)
    base = _ratio(positives, positives + negatives)
    always = 1.0 if positives else math.nan
    return {
        "recall": recall,
        "precision": precision,
        "accuracy": (hits + negatives - alarms) / (positives + negatives),
        f"recall{CONSTANT}": always,
        f"precision{CONSTANT}": base,
        f"accuracy{CONSTANT}": base,
        "true_positive_rate": recall,
        "true_negative_rate": 1 - _ratio(alarms, negatives),
        "false_positive_rate": _ratio(alarms, negatives),
        "false_negative_rate": 1 - recall,
        "auc": _auc(is_true, scores),
        "au_prc": _average_precision(is_true, scores),
        **{name: _f(precision, recall, beta) for name, beta in BETAS.items()},
        **{f"{name}{CONSTANT}": _f(base, always, beta) for name, beta in BETAS.items()},
    }


def multiclass(truths: Any, answers: Any) -> Metrics:
    """Each class counts by its share of the true values; precision of one never answered is 0."""
    names, counts = np.unique(truths, return_counts=True)
    commonest = np.full(len(truths), names[counts.argmax()])
    own, constant = _weighted(truths, answers, names, counts), _weighted(truths, commonest, names, counts)
    return {**own, **{f"{name}{CONSTANT}": value for name, value in constant.items()}}


def deviations(problem: Problem, truths: Any, answers: Any, seed: int) -> Metrics:
    """Of each metric that over 5 samples of 80 % of the rows; NaN below 200 rows."""
    names = list(problem.measure(truths, answers))
    if len(truths) < MIN_ROWS_FOR_DEVIATION:
        return dict.fromkeys(names, math.nan)
    chance = np.random.default_rng(seed)
    size = round(len(truths) * SAMPLE_FRACTION)
    samples = []
    for _ in range(SAMPLES):
        places = chance.choice(len(truths), size, replace=False)
        samples.append(problem.measure(truths[places], answers[places]))
    return {name: float(np.std([sample[name] for sample in samples], ddof=1)) for name in names}


def constraints(metrics: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """The metrics as limits; those of the constant classifier are none."""
    return {
        name: {"threshold": value, "comparison_operator": operator(name)}
        for name, value in metrics.items()
        if math.isfinite(value) and not name.endswith(CONSTANT)
    }


def operator(name: str) -> str:
    return "GreaterThanThreshold" if name in RISING_IS_WORSE else "LessThanThreshold"


def _weighted(truths: Any, answers: Any, names: Any, counts: Any) -> Metrics:
    weights = counts / counts.sum()
    hits = np.array([((answers == name) & (truths == name)).sum() for name in names])
    answered = np.array([(answers == name).sum() for name in names])
    recalls, precisions = hits / counts, hits / np.maximum(answered, 1)
    scores = {
        name: [_f(p, r, beta) if p + r else 0.0 for p, r in zip(precisions, recalls)]
        for name, beta in BETAS.items()
    }
    return {
        "accuracy": float((answers == truths).mean()),
        "weighted_recall": float(recalls @ weights),
        "weighted_precision": float(precisions @ weights),
        **{f"weighted_{name}": float(np.array(values) @ weights) for name, values in scores.items()},
    }


def _f(precision: float, recall: float, beta: float) -> float:
    return float(_ratio((1 + beta**2) * precision * recall, beta**2 * precision + recall))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _curve(is_true: Any, scores: Any) -> tuple[Any, Any]:
    """How many are true, and how many are not, among those from each different score on."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    hits = np.cumsum(is_true[order])[last]
    return hits, last + 1 - hits


def _auc(is_true: Any, scores: Any) -> float:
    hits, alarms = (np.concatenate([[0.0], counts]) for counts in _curve(is_true, scores))
    area = float((np.diff(alarms) * (hits[1:] + hits[:-1]) / 2).sum())
    return _ratio(area, float(hits[-1] * alarms[-1]))


def _average_precision(is_true: Any, scores: Any) -> float:
    hits, alarms = _curve(is_true, scores)
    steps = np.diff(np.concatenate([[0.0], hits]))
    return _ratio(float((steps * hits / (hits + alarms)).sum()), float(hits[-1]))


def _curves(truths: Any, scores: Any) -> dict[str, Any]:
    hits, alarms = _curve(truths == 1, scores)
    kept = np.unique(np.linspace(0, len(hits) - 1, MAX_POINTS).astype(int))
    hits, alarms = hits[kept].astype(float), alarms[kept].astype(float)
    rates = [0.0, *(alarms / max(alarms[-1], 1)).tolist()], [0.0, *(hits / max(hits[-1], 1)).tolist()]
    return {
        **_matrix(truths.astype(int), (scores >= POSITIVE_FROM).astype(int)),
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": rates[0],
            "true_positive_rates": rates[1],
        },
        "precision_recall_curve": {
            "precisions": [1.0, *(hits / (hits + alarms)).tolist()],
            "recalls": rates[1],
        },
    }


def _matrix(truths: Any, answers: Any) -> dict[str, Any]:
    """Counts by true class, then by answer."""
    names = np.union1d(truths, answers)
    counts = {
        str(true): {str(name): int(((truths == true) & (answers == name)).sum()) for name in names}
        for true in names
    }
    return {"confusion_matrix": counts}


PROBLEMS = {
    "regression": Problem("regression", regression, lambda *_: {}),
    "binary": Problem("binary_classification", binary, _curves),
    "multiclass": Problem("multiclass_classification", multiclass, _matrix),
}

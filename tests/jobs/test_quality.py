"""Metrics against scikit-learn's, and against the example of Model Monitor's documentation."""

import math
import warnings

import numpy as np
import pytest
from sklearn import metrics

from jobs.monitoring.quality import PROBLEMS, constraints, deviations

CHANCE = np.random.default_rng(31)
TRUTHS = CHANCE.integers(0, 2, 500)
SCORES = np.clip(0.25 * CHANCE.normal(size=500) + 0.3 + 0.35 * TRUTHS, 0, 1).round(2)
NAMES = np.array(["Buick", "Chevy", "Saab"])
CLASSES = NAMES[CHANCE.choice(3, 300, p=[0.6, 0.3, 0.1])]
ANSWERS = np.where(CHANCE.random(300) < 0.7, CLASSES, NAMES[CHANCE.integers(0, 2, 300)])


def test_regression_is_that_of_scikit_learn() -> None:
    truths, answers = CHANCE.normal(size=100), CHANCE.normal(size=100)
    mse = metrics.mean_squared_error(truths, answers)
    assert PROBLEMS["regression"].measure(truths, answers) == {
        "mae": pytest.approx(metrics.mean_absolute_error(truths, answers)),
        "mse": pytest.approx(mse),
        "rmse": pytest.approx(math.sqrt(mse)),
        "r2": pytest.approx(metrics.r2_score(truths, answers)),
    }


def test_binary_is_that_of_scikit_learn() -> None:
    answers = (SCORES >= 0.5).astype(int)
    share = TRUTHS.mean()
    alarms = ((answers == 1) & (TRUTHS == 0)).sum() / (TRUTHS == 0).sum()
    recall = metrics.recall_score(TRUTHS, answers)
    beta = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}
    ones = np.ones(500, dtype=int)
    assert PROBLEMS["binary"].measure(TRUTHS, SCORES) == {
        "recall": pytest.approx(recall),
        "precision": pytest.approx(metrics.precision_score(TRUTHS, answers)),
        "accuracy": pytest.approx(metrics.accuracy_score(TRUTHS, answers)),
        "recall_best_constant_classifier": 1.0,
        "precision_best_constant_classifier": pytest.approx(share),
        "accuracy_best_constant_classifier": pytest.approx(share),
        "true_positive_rate": pytest.approx(recall),
        "true_negative_rate": pytest.approx(1 - alarms),
        "false_positive_rate": pytest.approx(alarms),
        "false_negative_rate": pytest.approx(1 - recall),
        "auc": pytest.approx(metrics.roc_auc_score(TRUTHS, SCORES)),
        "au_prc": pytest.approx(metrics.average_precision_score(TRUTHS, SCORES)),
        **{name: pytest.approx(metrics.fbeta_score(TRUTHS, answers, beta=b)) for name, b in beta.items()},
        **{
            f"{name}_best_constant_classifier": pytest.approx(metrics.fbeta_score(TRUTHS, ones, beta=b))
            for name, b in beta.items()
        },
    }


def test_multiclass_is_that_of_scikit_learn() -> None:
    commonest = np.full(300, "Buick")
    expected = {}
    for suffix, answers in (("", ANSWERS), ("_best_constant_classifier", commonest)):
        options = {"average": "weighted", "zero_division": 0}
        expected[f"accuracy{suffix}"] = metrics.accuracy_score(CLASSES, answers)
        expected[f"weighted_recall{suffix}"] = metrics.recall_score(CLASSES, answers, **options)
        expected[f"weighted_precision{suffix}"] = metrics.precision_score(CLASSES, answers, **options)
        for name, beta in (("f0_5", 0.5), ("f1", 1.0), ("f2", 2.0)):
            score = metrics.fbeta_score(CLASSES, answers, beta=beta, **options)
            expected[f"weighted_{name}{suffix}"] = score
    assert PROBLEMS["multiclass"].measure(CLASSES, ANSWERS) == pytest.approx(expected)


def test_the_documented_example_comes_out() -> None:
    """Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html"""
    truths, scores = np.array([0, 0, 0, 1]), np.array([0.1, 0.9, 0.8, 0.7])
    assert PROBLEMS["binary"].extras(truths, scores)["confusion_matrix"] == {
        "0": {"0": 1, "1": 2},
        "1": {"0": 0, "1": 1},
    }
    found = PROBLEMS["binary"].measure(truths, scores)
    names = ("recall", "precision", "accuracy", "true_negative_rate", "false_positive_rate")
    assert [found[name] for name in names] == pytest.approx([1, 1 / 3, 0.5, 1 / 3, 2 / 3])
    constant = [found[f"{name}_best_constant_classifier"] for name in ("recall", "precision", "accuracy")]
    assert constant == [1.0, 0.25, 0.25]


def test_curves_start_and_end_in_the_corners_and_stay_short() -> None:
    curves = PROBLEMS["binary"].extras(np.tile(TRUTHS, 20), CHANCE.random(10_000))
    roc = curves["receiver_operating_characteristic_curve"]
    rates = list(zip(roc["false_positive_rates"], roc["true_positive_rates"], strict=True))
    assert (rates[0], rates[-1], len(rates) <= 101) == ((0.0, 0.0), (1.0, 1.0), True)
    recalls = curves["precision_recall_curve"]["recalls"]
    assert len(curves["precision_recall_curve"]["precisions"]) == len(recalls)
    assert recalls == sorted(recalls)


def test_one_class_alone_leaves_what_needs_two_undefined() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = PROBLEMS["binary"].measure(np.zeros(3), np.array([0.1, 0.2, 0.3]))
    undefined = {name for name, value in found.items() if math.isnan(value)}
    assert {"recall", "precision", "auc", "au_prc", "f1"} <= undefined
    assert found["accuracy"] == 1.0
    assert {"recall", "auc"}.isdisjoint(constraints(found))


def test_200_rows_have_deviations_and_always_the_same() -> None:
    problem = PROBLEMS["binary"]
    first = deviations(problem, TRUTHS[:200], SCORES[:200], seed=7)
    assert first == deviations(problem, TRUTHS[:200], SCORES[:200], seed=7)
    assert 0 < first["accuracy"] < 0.05
    assert all(
        math.isnan(value) for value in deviations(problem, TRUTHS[:199], SCORES[:199], seed=7).values()
    )


def test_limits_know_which_way_is_worse() -> None:
    limits = constraints({"rmse": 2.0, "r2": 0.5, "auc": math.nan, "f1_best_constant_classifier": 0.3})
    assert limits == {
        "rmse": {"threshold": 2.0, "comparison_operator": "GreaterThanThreshold"},
        "r2": {"threshold": 0.5, "comparison_operator": "LessThanThreshold"},
    }

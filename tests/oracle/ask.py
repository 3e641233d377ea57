"""Ask Evidently, by its public API, for the figures that tests/jobs/test_evidently.py holds ours against.

Run: make oracle, which is .venv-oracle/bin/python -m tests.oracle.ask
Out: tests/oracle/figures.json; exit code 1 when it says something else than it said before
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from evidently import (
    BinaryClassification,
    DataDefinition,
    Dataset,
    MulticlassClassification,
    Regression,
    Report,
    metrics,
)

from tests.oracle import tables

FIGURES = Path(__file__).with_name("figures.json")
DIGITS = 12  # the last ones differ between processors
Figures = dict[str, Any]


def asked() -> Figures:
    """All figures, by what they are of."""
    return {
        "evidently": version("evidently"),
        "drift": drift(),
        "columns": columns(),
        "regression": regression(),
        "binary": binary(),
        "multiclass": multiclass(),
    }


def drift() -> Figures:
    """PSI, and of smooth numbers the test of Kolmogorov and Smirnov, which Evidently tells as its p-value."""
    psi = answers([metrics.ValueDrift(column=name, method="psi") for name in tables.BINNED])
    p_values = answers([metrics.ValueDrift(column=name, method="ks") for name in tables.SMOOTH])
    return {
        "psi": dict(zip(tables.BINNED, psi, strict=True)),
        "ks_p_value": dict(zip(tables.SMOOTH, p_values, strict=True)),
    }


def columns() -> Figures:
    """Of the later rows: moments of numbers, counts of texts."""
    kinds = {
        "min": metrics.MinValue,
        "max": metrics.MaxValue,
        "mean": metrics.MeanValue,
        "std": metrics.StdValue,
        "sum": metrics.SumValue,
    }
    found: Figures = {}
    for name in tables.SMOOTH:
        said = answers([kind(column=name) for kind in kinds.values()])
        found[name] = dict(zip(kinds, said, strict=True))
    for name in ("make", "doors"):
        [said] = answers([metrics.UniqueValueCount(column=name)])
        found[name] = said["counts"]
    return found


def regression() -> Figures:
    definition = DataDefinition(regression=[Regression(target="truth", prediction="answer")])
    kinds = {"mae": metrics.MAE, "rmse": metrics.RMSE, "r2": metrics.R2Score}
    said = answers([kind() for kind in kinds.values()], tables.regression(), definition)
    means = [one["mean"] if isinstance(one, dict) else one for one in said]
    return dict(zip(kinds, means, strict=True))


def binary() -> Figures:
    labels = BinaryClassification(target="truth", prediction_probas="score", pos_label="1.0")
    definition = DataDefinition(classification=[labels])
    kinds = {
        "accuracy": metrics.Accuracy,
        "precision": metrics.Precision,
        "recall": metrics.Recall,
        "f1": metrics.F1Score,
        "auc": metrics.RocAuc,
        "true_positive_rate": metrics.TPR,
        "true_negative_rate": metrics.TNR,
        "false_positive_rate": metrics.FPR,
        "false_negative_rate": metrics.FNR,
    }
    table = tables.binary()
    table["truth"] = [str(truth) for truth in table["truth"]]
    said = answers([kind() for kind in kinds.values()], table, definition)
    return dict(zip(kinds, said, strict=True))


def multiclass() -> Figures:
    """Figures by label: ours are their means by share, Evidently's own mean takes each label alike."""
    labels = MulticlassClassification(target="truth", prediction_labels="answer")
    definition = DataDefinition(classification=[labels])
    kinds = {
        "accuracy": metrics.Accuracy,
        "precision": metrics.PrecisionByLabel,
        "recall": metrics.RecallByLabel,
        "f1": metrics.F1ByLabel,
    }
    said = answers([kind() for kind in kinds.values()], tables.multiclass(), definition)
    return dict(zip(kinds, said, strict=True))


def answers(
    wanted: list[Any], table: tables.Table | None = None, definition: DataDefinition | None = None
) -> list[Any]:
    """What a report says of each metric, in order; without a table of the later rows against the baseline."""
    if table is not None:
        made = Report(wanted).run(Dataset.from_pandas(pd.DataFrame(table), definition), None)
    else:
        kinds = DataDefinition(
            numerical_columns=["tenths", "whole", "vanished", *tables.SMOOTH],
            categorical_columns=["make", "doors"],
        )
        then, now = (Dataset.from_pandas(pd.DataFrame(one), kinds) for one in (tables.then(), tables.now()))
        made = Report(wanted).run(now, then)
    said = made.dict()["metrics"]
    if len(said) != len(wanted):
        raise RuntimeError(f"Evidently was asked {len(wanted)} questions and answered {len(said)}")
    return [rounded(one["value"]) for one in said]


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): rounded(one) for name, one in sorted(value.items())}
    return float(f"{float(value):.{DIGITS}g}")


def main() -> int:
    before = FIGURES.read_text(encoding="utf-8") if FIGURES.exists() else ""
    text = json.dumps(asked(), indent=2) + "\n"
    FIGURES.write_text(text, encoding="utf-8")
    if text == before:
        print(f"{FIGURES.name}: Evidently says what it said")
        return 0
    print(f"{FIGURES.name}: Evidently says something else than before: git diff {FIGURES}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""The rows that are shown with a violation are those that its rule picks."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.monitoring import data_baseline, data_drift, distances, model_quality, model_quality_baseline
from jobs.monitoring.sketch import Sketch

LIMIT = 3
BASE = "Price,Mileage,Make,Note\n" + "".join(
    f"{place},{place % 100},{('Buick', 'Saab')[place % 2]},{place}.5\n" for place in range(400)
)


def record(name: str, prediction: Any = 1, truth: Any = None, **features: Any) -> str:
    found = {"inference_id": name, "features": features, "prediction": prediction, "truth": truth}
    return json.dumps(found) + "\n"


def like_training(count: int) -> list[str]:
    return [
        record(f"same-{place}", place, Mileage=place % 100, Make=("Buick", "Saab")[place % 2], Note=0.5)
        for place in range(count)
    ]


def shown(folder: Path, lines: list[str], *options: str) -> dict[tuple[str, str], list[tuple[str, Any]]]:
    """(column, check) -> (id, value) of each row that data_drift shows of these records."""
    for name in ("train", "current"):
        (folder / name).mkdir()
    (folder / "train/train.csv").write_text(BASE)
    (folder / "current/part-00000.jsonl").write_text("".join(lines))
    assert data_baseline.main([f"--input={folder / 'train'}", f"--output={folder / 'baseline'}"]) == 0
    words = [f"--{name}={folder / name}" for name in ("current", "baseline", "schema")]
    assert data_drift.main([*words, f"--output={folder}", *(options or [f"--samples={LIMIT}"])]) == 0
    if not (folder / "samples.json").exists():
        return {}
    return {
        (one["feature_name"], one["constraint_check_type"]): [
            (row["inference_id"], row["value"]) for row in one["rows"]
        ]
        for one in json.loads((folder / "samples.json").read_text())["samples"]
    }


MOVED = [record(f"moved-{n}", 7, Mileage=900 + n, Make="Saab", Note=0.5) for n in range(200)]
# Of the baseline's tenths of Mileage the third has grown most.
WITHIN = [record(f"within-{n}", 7, Mileage=20 + n % 9, Make="Saab", Note=0.5) for n in range(200)]


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        (MOVED, [("moved-0", 900), ("moved-1", 901), ("moved-2", 902)]),
        (WITHIN, [("within-0", 20), ("within-1", 21), ("within-2", 22)]),
    ],
    ids=["beyond_the_training", "within_it"],
)
def test_of_numbers_that_moved_rows_are_shown_from_where_most_have_gone(
    tmp_path: Path, lines: list[str], rows: list[tuple[str, Any]]
) -> None:
    found = shown(tmp_path, like_training(5) + lines + like_training(100))
    assert found["Mileage", "baseline_drift_check"] == rows


def test_predictions_that_moved_are_shown_as_values_of_the_target(tmp_path: Path) -> None:
    rows = shown(tmp_path, like_training(100) + MOVED)["Price", "baseline_drift_check"]
    assert rows == [("same-0", 0), ("same-1", 1), ("same-2", 2)]


def test_of_texts_the_one_that_grew_most_is_shown_and_of_unknown_ones_those(tmp_path: Path) -> None:
    new = [record(f"new-{n}", n, Mileage=n % 100, Make="Škoda", Note=0.5) for n in range(200)]
    found = shown(tmp_path, like_training(100) + new)
    rows = [("new-0", "Škoda"), ("new-1", "Škoda"), ("new-2", "Škoda")]
    assert (found["Make", "categorical_values_check"], found["Make", "baseline_drift_check"]) == (rows, rows)


def test_what_is_missing_of_another_type_new_or_gone_is_shown_each(tmp_path: Path) -> None:
    odd = [
        record("lacks", 1, Mileage=None, Make="Saab", More="here"),
        record("text", 1, Mileage="far", Make="Saab"),
        record("fraction", 1, Mileage=0.5, Make="Saab"),
    ]
    found = shown(tmp_path, [line.replace(', "Note": 0.5', "") for line in like_training(60)] + odd)
    assert {name: found[name] for name in found if name[1] != "baseline_drift_check"} == {
        ("Mileage", "completeness_check"): [("lacks", None)],
        ("Mileage", "data_type_check"): [("text", "far"), ("fraction", 0.5)],
        ("More", "extra_column_check"): [("lacks", "here")],
        ("Note", "missing_column_check"): [("same-0", None), ("same-1", None), ("same-2", None)],
    }


def test_long_texts_are_cut_and_without_a_wish_no_row_is_kept(tmp_path: Path) -> None:
    long = [record("long", 1, Mileage=1, Make="x" * 5_000, Note=0.5)]
    for name in ("wish", "none"):
        (tmp_path / name).mkdir()
    [row] = shown(tmp_path / "wish", like_training(100) + long)["Make", "categorical_values_check"]
    assert row == ("long", "x" * 200)
    assert shown(tmp_path / "none", like_training(100) + long, "--label=x") == {}


@pytest.mark.parametrize(
    ("then", "now", "place"),
    [
        (range(100), range(1_000, 1_100), (99.0, float("inf"))),
        (range(100), range(-100, 0), (float("-inf"), 0.0)),
        ([5] * 100, [5] * 50 + [6] * 50, (5.0, float("inf"))),
        (range(100), [*range(100), *[42] * 50], (39.0, 49.0)),
    ],
    ids=["above", "below", "of_one_value", "a_tenth"],
)
def test_the_place_that_grew_most_is_a_tenth_or_beyond_them(then: Any, now: Any, place: Any) -> None:
    ranks = []
    for values in (then, now):
        sketch = Sketch()
        sketch.add(np.array(list(values), dtype=float))
        ranks.append(sketch.ranks())
    assert distances.where_most_grew(*ranks) == pytest.approx(place)


def judged(folder: Path, problem: str, pairs: list[tuple[Any, Any]]) -> list[str]:
    """Ids of the rows that model_quality shows of (truth, answer) pairs; the baseline was nearly right."""
    for name, cell in (("truth", "1"), ("predictions", "0.9" if problem != "multiclass" else "1")):
        (folder / name).mkdir()
        (folder / name / "a.csv").write_text(f"{cell}\n0\n" * 20)
    places = [f"--{name}={folder / name}" for name in ("truth", "predictions")]
    arguments = [*places, f"--output={folder / 'baseline'}", f"--problem={problem}"]
    assert model_quality_baseline.main(arguments) == 0
    lines = [record(f"a-{place}", answer, truth) for place, (truth, answer) in enumerate(pairs)]
    (folder / "records").mkdir()
    (folder / "records/part-00000.jsonl").write_text("".join(lines))
    words = [f"--{name}={folder / name}" for name in ("records", "baseline")]
    words += [f"--problem={problem}", f"--samples={LIMIT}", f"--output={folder}"]
    assert model_quality.main(words) == 0
    found = json.loads((folder / "samples.json").read_text())["samples"]
    violations = json.loads((folder / "constraint_violations.json").read_text())["violations"]
    assert [one["feature_name"] for one in found] == [one["metric_name"] for one in violations] != []
    [rows] = {tuple(row["inference_id"] for row in one["rows"]) for one in found}
    return list(rows)


@pytest.mark.parametrize(
    ("problem", "pairs", "ids"),
    [
        ("regression", [(1, 1), (None, 9), (1, 4), (0, -9), (1, 3)], ["a-3", "a-2", "a-4"]),
        ("binary", [(1, 0.9), (1, 0.1), (0, 0.95), (0, 0.05)], ["a-2", "a-1", "a-0"]),
        ("multiclass", [("1", "1"), ("1", "0"), ("0", "0"), ("0", "1")], ["a-1", "a-3"]),
    ],
    ids=["regression", "binary", "multiclass"],
)
def test_of_a_worse_model_the_answers_farthest_from_their_truth_are_shown(
    tmp_path: Path, problem: str, pairs: list[tuple[Any, Any]], ids: list[str]
) -> None:
    assert judged(tmp_path, problem, pairs) == ids

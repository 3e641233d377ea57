"""Predictions held against a target of whole numbers."""

import json
from pathlib import Path

from jobs.monitoring import data_baseline, data_drift


def violated(folder: Path, answers: list[str]) -> list[tuple[str, str]]:
    """(column, check) of records whose predictions are these, against 400 prices in whole francs."""
    for name in ("train", "current"):
        (folder / name).mkdir()
    table = "".join(f"{1000 + place % 100},{place % 50}\n" for place in range(400))
    (folder / "train/train.csv").write_text("price,size\n" + table)
    records = [
        f'{{"features": {{"size": {place % 50}}}, "prediction": {answer}}}\n'
        for place, answer in enumerate(answers)
    ]
    (folder / "current/a.jsonl").write_text("".join(records))
    assert data_baseline.main([f"--input={folder / 'train'}", f"--output={folder / 'baseline'}"]) == 0
    words = [f"--{name}={folder / name}" for name in ("current", "baseline", "schema")]
    assert data_drift.main([*words, f"--output={folder}"]) == 0
    found = json.loads((folder / "constraint_violations.json").read_text())["violations"]
    return [(one["feature_name"], one["constraint_check_type"]) for one in found]


def test_fractions_for_a_target_of_whole_numbers_are_no_violation(tmp_path: Path) -> None:
    assert violated(tmp_path, [f"{1000.25 + place % 100}" for place in range(400)]) == []


def test_predictions_that_have_moved_are_told_all_the_same(tmp_path: Path) -> None:
    moved = [f"{1050.25 + place % 100}" for place in range(400)]
    assert violated(tmp_path, moved) == [("price", "baseline_drift_check")]


PRICES = [1000 + place % 100 for place in range(400)]


def violated_by_scored(folder: Path, header: str, rows: list[str], train: str = "price,size") -> list[str]:
    """'column check' of a CSV file like one that batch scoring hands out."""
    (folder / "train").mkdir()
    table = "".join(f"{price},{place % 50}\n" for place, price in enumerate(PRICES))
    (folder / "train/train.csv").write_text(f"{train}\n{table}")
    assert data_baseline.main([f"--input={folder / 'train'}", f"--output={folder / 'baseline'}"]) == 0
    (folder / "current").mkdir()
    (folder / "current/part-00000.csv").write_text("\n".join([header, *rows, ""]))
    words = [f"--{name}={folder / name}" for name in ("current", "baseline", "schema")]
    assert data_drift.main([*words, f"--output={folder}"]) == 0
    found = json.loads((folder / "constraint_violations.json").read_text())["violations"]
    return [f"{one['feature_name']} {one['constraint_check_type']}" for one in found]


def test_the_baselines_own_rows_with_their_predictions_violate_nothing(tmp_path: Path) -> None:
    rows = [f"{price},{place % 50},{price + 0.25}" for place, price in enumerate(PRICES)]
    assert violated_by_scored(tmp_path, "price,size,prediction", rows) == []
    features = json.loads((tmp_path / "statistics.json").read_text())["features"]
    means = {one["name"]: one["numerical_statistics"]["mean"] for one in features}
    assert means == {"price": 1049.75, "size": 24.5}


def test_predictions_that_moved_where_the_targets_did_not_are_drift_of_the_target(tmp_path: Path) -> None:
    rows = [f"{price},{place % 50},{price + 50.25}" for place, price in enumerate(PRICES)]
    assert violated_by_scored(tmp_path, "price,size,prediction", rows) == ["price baseline_drift_check"]


def test_targets_that_moved_where_the_predictions_did_not_are_no_drift(tmp_path: Path) -> None:
    rows = [f"{price + 50},{place % 50},{price}" for place, price in enumerate(PRICES)]
    assert violated_by_scored(tmp_path, "price,size,prediction", rows) == []


def test_a_column_called_prediction_that_the_baseline_has_is_one_like_others(tmp_path: Path) -> None:
    rows = [f"{price},{place % 50}" for place, price in enumerate(PRICES)]
    assert violated_by_scored(tmp_path, "price,prediction", rows, train="price,prediction") == []

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

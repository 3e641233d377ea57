"""The used cars of examples/, through preprocessing, into models: what the demo stands on."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
import yaml
from sklearn.linear_model import LinearRegression

from examples.cars import make_data

Run = Callable[..., tuple[int, str]]
ROOT = Path(__file__).resolve().parents[2]
USE_CASE = yaml.safe_load((ROOT / "examples" / "cars" / "usecase.yaml").read_text())


@pytest.fixture
def prepare(tmp_path: Path, run: Run) -> Callable[[str], Callable[[str], Any]]:
    """Make the data and preprocess one file as the use case says; the answer reads an output as an array."""
    make_data.main(["--output", str(tmp_path / "made")])

    def prepared(name: str) -> Callable[[str], Any]:
        folder = tmp_path / name / "data"
        folder.mkdir(parents=True)
        (folder / name).write_bytes((tmp_path / "made" / name).read_bytes())
        assert run(folder, "--columns", json.dumps(USE_CASE["columns"])) == (0, "")
        return lambda output: np.loadtxt(folder.parent / "out" / output, delimiter=",", ndmin=2)

    return prepared


def rmse(answers: Any, truth: Any) -> float:
    return float(np.sqrt(np.mean((answers - truth[:, 0]) ** 2)))


def boosted(rows: Any) -> Any:
    settings = {"objective": "reg:squarederror", "max_depth": 5, "eta": 0.2, "nthread": 1}
    return xgboost.train(settings, xgboost.DMatrix(rows[:, 1:], rows[:, 0]), 100)


def test_804_real_cars_each_with_one_make_and_one_type(tmp_path: Path) -> None:
    make_data.main(["--output", str(tmp_path)])
    with (tmp_path / "cars.csv").open(newline="") as file:
        cars = list(csv.DictReader(file))
    assert len(cars) == 804
    assert cars[0] == {
        "Price": "22661.05",
        "Mileage": "20105",
        "Make": "Buick",
        "Type": "sedan",
        "Cylinder": "6",
        "Doors": "4",
        "Cruise": "1",
        "Sound": "0",
        "Leather": "0",
    }


def test_the_data_are_the_same_each_time(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        make_data.main(["--output", str(tmp_path / folder)])
    for name in ("cars.csv", "cars_noisy.csv", "cars_shuffled.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_real_cars_make_good_models_and_worse_ones_do_not(prepare: Any) -> None:
    cars, noisy, shuffled = prepare("cars.csv"), prepare("cars_noisy.csv"), prepare("cars_shuffled.csv")
    train, test, truth = cars("train/train.csv"), cars("test/test.csv"), cars("truth/truth.csv")
    champion = boosted(train)
    linear = LinearRegression().fit(train[:, 1:], train[:, 0])
    champion_rmse = rmse(champion.predict(xgboost.DMatrix(test)), truth)
    linear_rmse = rmse(linear.predict(test), truth)
    assert champion_rmse < 2_700 < linear_rmse < 3_300 < USE_CASE["rmse_limit"]

    noisy_test, noisy_truth = xgboost.DMatrix(noisy("test/test.csv")), noisy("truth/truth.csv")
    noisy_rmse = rmse(boosted(noisy("train/train.csv")).predict(noisy_test), noisy_truth)
    assert rmse(champion.predict(noisy_test), noisy_truth) < noisy_rmse < USE_CASE["rmse_limit"]

    shuffled_test, shuffled_truth = xgboost.DMatrix(shuffled("test/test.csv")), shuffled("truth/truth.csv")
    shuffled_rmse = rmse(boosted(shuffled("train/train.csv")).predict(shuffled_test), shuffled_truth)
    assert shuffled_rmse > 2 * USE_CASE["rmse_limit"]

"""The diamonds of examples/: all of them, or the same sample each time."""

import csv
from pathlib import Path

import pytest

from examples.diamonds import make_data

FILES = ("diamonds.csv", "diamonds_noisy.csv", "diamonds_shuffled.csv")


def prices(file: Path) -> list[float]:
    with file.open(newline="") as lines:
        return [float(row["price"]) for row in csv.DictReader(lines)]


def test_53940_real_diamonds(tmp_path: Path) -> None:
    stones = make_data.real_diamonds()
    make_data.write(tmp_path / "diamonds.csv", stones)
    assert len(stones) == 53_940
    with (tmp_path / "diamonds.csv").open(newline="") as file:
        first = next(csv.DictReader(file))
    assert first == {
        "price": "326",
        "carat": "0.23",
        "cut": "Ideal",
        "color": "E",
        "clarity": "SI2",
        "depth": "61.5",
        "table": "55.0",
        "x": "3.95",
        "y": "3.98",
        "z": "2.43",
    }


def test_a_sample_is_the_same_each_time_and_its_worse_variants_differ_in_their_prices(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        make_data.main(["--output", str(tmp_path / folder), "--rows", "500"])
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    right, noisy, shuffled = (prices(tmp_path / "a" / name) for name in FILES)
    assert len(right) == len(noisy) == 500
    assert noisy != right != shuffled
    assert sorted(shuffled) == sorted(right)
    assert min(noisy) >= 100


@pytest.mark.parametrize("rows", ["0", "-1", "53941"])
def test_a_sample_that_cannot_be_is_refused(tmp_path: Path, rows: str) -> None:
    with pytest.raises(SystemExit, match=f"^--rows is {rows}; give 1 to 53940$"):
        make_data.main(["--output", str(tmp_path), "--rows", rows])

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[..., Path]
Run = Callable[..., tuple[int, str]]
HEADER = "Price,Mileage,Make\n"
CARS = HEADER + "".join(
    f"{20000 - 7 * number},{number * 100},{('Saab', 'Buick', 'Chevy')[number % 3]}\n" for number in range(100)
)


def table(folder: Path, name: str) -> list[list[str]]:
    with (folder.parent / "out" / name).open(newline="") as file:
        return list(csv.reader(file))


def schema(folder: Path) -> Any:
    return json.loads((folder.parent / "out" / "schema" / "features.json").read_text())


def test_every_row_lands_in_one_split_as_numbers(data: Write, run: Run) -> None:
    folder = data(CARS)
    assert run(folder) == (0, "")
    train, validation = table(folder, "train/train.csv"), table(folder, "validation/validation.csv")
    test, truth = table(folder, "test/test.csv"), table(folder, "truth/truth.csv")
    joined = [[*target, *features] for target, features in zip(truth, test, strict=True)]
    one_hot = {"Buick": ["1", "0", "0"], "Chevy": ["0", "1", "0"], "Saab": ["0", "0", "1"]}
    rows = [line.split(",") for line in CARS.splitlines()[1:]]
    expected = [[price, mileage, *one_hot[make]] for price, mileage, make in rows]
    assert sorted(train + validation + joined) == sorted(expected)
    baseline = table(folder, "baseline/train.csv")
    assert baseline[0] == ["Price", "Mileage", "Make"]
    assert [[price, mileage, *one_hot[make]] for price, mileage, make in baseline[1:]] == train


def test_the_baseline_keeps_cells_as_they_were_uploaded_with_the_target_first(data: Write, run: Run) -> None:
    rows = [f"make {number},{number if number % 30 else ''},{number}.0" for number in range(100)]
    folder = data("Make,Mileage,Price\n" + "\n".join(rows) + "\n")
    assert run(folder) == (0, "")
    header, *kept = table(folder, "baseline/train.csv")
    assert header == ["Price", "Make", "Mileage"]
    assert {f"{make},{mileage},{price}" for price, make, mileage in kept} < set(rows)
    assert len(kept) == schema(folder)["rows"]["train"]


def test_records_how_cells_became_features(data: Write, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    folder = data(CARS)
    run(folder)
    rows = {name: len(table(folder, f"{name}/{name}.csv")) for name in ("train", "validation", "test")}
    mileages = sorted(float(row[1]) for row in table(folder, "train/train.csv"))
    middle = len(mileages) // 2
    median = mileages[middle] if len(mileages) % 2 else (mileages[middle - 1] + mileages[middle]) / 2
    assert schema(folder) == {
        "target": "Price",
        "seed": 7,
        "fractions": {"train": 0.7, "validation": 0.15, "test": 0.15},
        "step": "none",
        "files": ["cars.csv"],
        "rows": rows,
        "columns": [
            {"name": "Mileage", "type": "numeric", "median": median},
            {"name": "Make", "type": "categorical", "categories": ["Buick", "Chevy", "Saab"]},
        ],
        "features": ["Mileage", "Make=Buick", "Make=Chevy", "Make=Saab"],
    }
    assert json.loads(capsys.readouterr().out) == {"rows": rows, "features": 4}


def test_the_same_files_give_the_same_bytes(data: Write, run: Run) -> None:
    folder = data(CARS)
    output = folder.parent / "out"
    run(folder)
    first = {path: path.read_bytes() for path in output.rglob("*.*")}
    run(folder)
    assert {path: path.read_bytes() for path in output.rglob("*.*")} == first


def test_another_seed_splits_otherwise(data: Write, run: Run) -> None:
    folder = data(CARS)
    run(folder)
    first = table(folder, "test/test.csv")
    run(folder, "--seed", "8")
    assert table(folder, "test/test.csv") != first


def test_fractions_are_kept_roughly(data: Write, run: Run) -> None:
    folder = data(HEADER + "".join(f"{number},{number},a\n" for number in range(4000)))
    options = ["--train-fraction", "0.5", "--validation-fraction", "0.25", "--test-fraction", "0.25"]
    assert run(folder, *options) == (0, "")
    counts = schema(folder)["rows"]
    expected = {"train": 2000, "validation": 1000, "test": 1000}
    assert {name: abs(count - expected[name]) < 100 for name, count in counts.items()} == dict.fromkeys(
        expected, True
    )


def test_several_files_are_one_data_set_whatever_the_order_of_their_columns(data: Write, run: Run) -> None:
    data(CARS, "a.csv")
    folder = data("Make,Price,Mileage\n" + "Tesla,1,2\n" * 3, "b.csv")
    assert run(folder) == (0, "")
    assert sum(schema(folder)["rows"].values()) == 103


def test_files_in_folders_are_found_and_told_with_their_folder(data: Write, run: Run) -> None:
    folder = data(CARS, "a.CSV")
    (folder / "2024").mkdir()
    data("Price,Mileage,Make\n1,2,Saab\n", "2024/b.csv")
    assert run(folder) == (0, "")
    assert schema(folder)["files"] == ["2024/b.csv", "a.CSV"]
    data("", "2024/b.csv")
    assert run(folder) == (2, "2024/b.csv: row 1: is empty; upload a file with a header row and data rows")


def test_a_missing_number_becomes_the_training_median(data: Write, run: Run) -> None:
    rows = [f"{number},{'' if number in (3, 4, 5, 6) else 10},make {number}\n" for number in range(100)]
    folder = data(HEADER + "".join(rows))
    assert run(folder) == (0, "")
    everything = table(folder, "train/train.csv") + table(folder, "validation/validation.csv")
    assert {row[1] for row in everything} == {"10"}


def test_a_column_can_be_said_to_be_categorical(data: Write, run: Run) -> None:
    rows = [f"{number},{number},{2 + number % 2 * 2}\n" for number in range(60)]
    folder = data("Price,Mileage,Doors\n" + "".join(rows))
    assert run(folder, "--columns", '{"Doors": "categorical"}') == (0, "")
    assert schema(folder)["features"] == ["Mileage", "Doors=2", "Doors=4"]


def test_a_category_unseen_in_training_is_all_zeros(data: Write, run: Run) -> None:
    folder = data(HEADER + "".join(f"{number},{number},make{number}\n" for number in range(100)))
    assert run(folder) == (0, "")
    assert {tuple(set(row[1:])) for row in table(folder, "test/test.csv")} == {("0",)}


def test_a_row_keeps_its_split_whatever_else_is_in_the_files(data: Write, run: Run) -> None:
    folder = data(CARS, "a.csv")
    run(folder)
    before = {name: table(folder, f"{name}/{name}.csv") for name in ("train", "validation")}
    data(HEADER + "".join(f"{number},{number},Saab\n" for number in range(500)), "b.csv")
    data(HEADER + "5,5,Buick\n", "0.csv")
    run(folder)
    for name, rows in before.items():
        assert [row for row in table(folder, f"{name}/{name}.csv") if row in rows] == rows


def test_a_row_whose_target_was_corrected_keeps_its_split(data: Write, run: Run) -> None:
    folder = data(CARS)
    run(folder)
    before = table(folder, "test/test.csv")
    header, *rows = CARS.splitlines()
    data("\n".join([header, *(f"9{row}" for row in rows)]) + "\n")
    run(folder)
    assert table(folder, "test/test.csv") == before


def test_missing_cells_are_allowed_up_to_the_limit(data: Write, run: Run) -> None:
    folder = data(HEADER + "".join(f"{number},{number if number % 10 else ''},a\n" for number in range(100)))
    assert run(folder, "--max-missing-fraction", "0.1") == (0, "")

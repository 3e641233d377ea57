"""The rows that a new model is tested on, as the champion was taught to read them."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.tabular import encode

Write = Callable[..., Path]
Run = Callable[..., tuple[int, str]]
HEADER = "Price,Mileage,Make\n"
CARS = HEADER + "".join(
    f"{20000 - 7 * number},{number * 100},{('Saab', 'Buick', 'Chevy')[number % 3]}\n" for number in range(100)
)
SCHEMA = {
    "target": "Price",
    "seed": 7,
    "fractions": {"train": 0.7, "validation": 0.15, "test": 0.15},
    "columns": [
        {"name": "Mileage", "type": "numeric", "median": 20.5},
        {"name": "Make", "type": "categorical", "categories": ["Buick", "Saab"]},
    ],
}
REMEDY = "mend the data, or set compare_with_champion to false to replace the champion without a comparison"
Encode = Callable[..., tuple[int, str]]


@pytest.fixture
def encoded(tmp_path: Path) -> Encode:
    """Encode rows as a schema says; the answer is the exit code, and the file of features or the message."""

    def call(rows: str, schema: object = SCHEMA, target: str = "Price") -> tuple[int, str]:
        for name, content in (("held_out/rows.csv", rows), ("schema/features.json", json.dumps(schema))):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(content)
        places = ["--input", str(tmp_path), "--output", str(tmp_path), "--message", str(tmp_path / "message")]
        code = encode.main(["--target", target, "--data", "s3://d/new.csv", *places])
        return code, (tmp_path / ("message" if code else "champion/test.csv")).read_text()

    return call


def test_a_new_category_is_all_zeros_and_a_new_column_is_left_out(encoded: Encode) -> None:
    rows = "Colour,Make,Price,Mileage\nred,Saab,1,10\nblue,Tesla,2,20\n,Buick,3,NA\n"
    assert encoded(rows) == (0, "10,0,1\n20,0,0\n20.5,1,0\n")


def test_the_champion_reads_its_own_test_rows_as_it_did_before(data: Write, run: Run) -> None:
    folder = data(CARS)
    assert run(folder) == (0, "")
    output = folder.parent / "out"
    options = ["--target", "Price", "--data", "cars.csv", "--input", str(output), "--output", str(output)]
    assert encode.main(options) == 0
    assert (output / "champion/test.csv").read_bytes() == (output / "test/test.csv").read_bytes()
    assert set((output / "champion/unseen.csv").read_text().splitlines()) == {"1"}


def test_rows_that_the_champion_was_trained_on_are_marked_when_the_split_is_another(
    data: Write, run: Run, tmp_path: Path
) -> None:
    """A new column makes other rows of them; the champion knew them without it."""
    folder = data(CARS)
    assert run(folder) == (0, "")
    output = folder.parent / "out"
    held_out_before = set((output / "test/test.csv").read_text().splitlines())
    schema = (output / "schema/features.json").read_bytes()
    header, *rows = CARS.splitlines()
    data("\n".join([f"{header},Colour", *(f"{row},red" for row in rows)]) + "\n")
    assert run(folder) == (0, "")
    (output / "schema/features.json").write_bytes(schema)
    options = ["--target", "Price", "--data", "cars.csv", "--input", str(output), "--output", str(output)]
    assert encode.main(options) == 0
    features = (output / "champion/test.csv").read_text().splitlines()
    marks = (output / "champion/unseen.csv").read_text().splitlines()
    assert marks == [str(int(row in held_out_before)) for row in features]
    assert set(marks) == {"0", "1"}


def test_rows_are_held_out_as_they_were_uploaded(data: Write, run: Run) -> None:
    """Commas, quotes and line breaks in cells, blanks around them, files with another order of columns."""
    makes = ['" Saab, ""9-3"""', '"Buick\nRegal"', " Chevy "]
    data(HEADER + "".join(f"{n}.0,{n},{makes[n % 3]}\n" for n in range(200)), "a.csv")
    folder = data("Make,Price,Mileage\n" + "".join(f"Tesla,{n},{n}\n" for n in range(100)), "b.csv")
    assert run(folder) == (0, "")
    output = folder.parent / "out"
    with (output / "held_out/rows.csv").open(newline="") as file:
        header, *held_out = list(csv.reader(file))
    assert header == ["Price", "Mileage", "Make"]
    assert {row[2] for row in held_out} == {' Saab, "9-3"', "Buick\nRegal", " Chevy ", "Tesla"}
    truth = [float(line) for line in (output / "truth/truth.csv").read_text().split()]
    assert [float(row[0]) for row in held_out] == truth


@pytest.mark.parametrize(
    ("rows", "target", "said"),
    [
        (
            "Price,Make\n1,Saab\n",
            "Price",
            "s3://d/new.csv: row 1, column Mileage: is not there, but the champion was trained with it",
        ),
        (
            "Price,Colour\n1,red\n",
            "Price",
            "s3://d/new.csv: row 1, column Mileage, Make: is not there, but the champion was trained with it",
        ),
        (
            CARS,
            "Mileage",
            "s3://d/new.csv: column Mileage: is the target, but the champion predicts Price",
        ),
        (
            "Price,Mileage,Make\n1,low,Saab\n",
            "Price",
            "s3://d/new.csv: column Mileage: 'low' is not a number, as which the champion was given it",
        ),
    ],
    ids=["one_column_lost", "two_columns_lost", "another_target", "text_for_a_number"],
)
def test_what_the_champion_cannot_read_is_an_error_that_says_what_to_do(
    encoded: Encode, rows: str, target: str, said: str
) -> None:
    assert encoded(rows, target=target) == (2, f"{said}; {REMEDY}")


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({}, "KeyError: 'fractions'"),
        ({**SCHEMA, "columns": [{"name": "Mileage"}]}, "KeyError: 'type'"),
        ([], "TypeError: list indices must be integers or slices, not str"),
    ],
)
def test_a_schema_that_is_none_is_refused(encoded: Encode, schema: object, why: str) -> None:
    said = f"features.json: does not tell how the champion's features were made ({why}); {REMEDY}"
    assert encoded(CARS, schema) == (2, said)

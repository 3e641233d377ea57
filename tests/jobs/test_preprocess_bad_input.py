"""Each kind of bad input ends with exit code 2 and one line that names file, row and column."""

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]
Run = Callable[..., tuple[int, str]]
HEADER = "Price,Mileage,Make\n"
CARS = HEADER + "".join(
    f"{20000 - 7 * number},{number * 100},{('Saab', 'Buick', 'Chevy')[number % 3]}\n" for number in range(100)
)
MEND_NUMBER = "mend the cell, or leave it empty if it is not known"
MEND_ROW = "mend the row; quote a cell that holds a comma"
ONE_LINE_END = "save the file with LF or CR LF, one of them throughout"
SAVE_WITHOUT_MARK = "save the file as UTF-8 without a byte order mark"
MAKE_1 = "give three above 0 that make 1"


def altered(row: int, line: str) -> str:
    """CARS with one line replaced; the header is row 1."""
    lines = CARS.splitlines()
    lines[row - 1] = line
    return "\n".join(lines) + "\n"


def with_missing(column: int, every: int) -> str:
    lines = [line.split(",") for line in CARS.splitlines()]
    for number, cells in enumerate(lines[1:]):
        if number % every == 4:
            cells[column] = "NaN"
    return "\n".join(",".join(cells) for cells in lines) + "\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "cars.csv: row 1: is empty; upload a file with a header row and data rows"),
        (HEADER, "cars.csv: row 2: has a header but no data rows; upload a file with data rows"),
        (
            HEADER + "1,2,Saab\n",
            "cars.csv: row 2: is the only row; it cannot be split into train, validation and test rows; "
            "give more rows, 50 or more",
        ),
        (
            HEADER + "1,2,Saab\n" * 30,
            "cars.csv: 30 rows in all, none of which fell into the {split} split; "
            "give more rows, 50 or more that differ in more than the target",
        ),
        (
            CARS.replace("Price", "Prize"),
            "cars.csv: row 1, column Price: the target column is not there (did you mean Prize?); "
            "the file has Prize, Mileage, Make",
        ),
        (
            "Price\n1\n2\n",
            "cars.csv: row 1, column Price: is the only column; add columns to predict it from",
        ),
        (
            altered(42, "19000,much,Saab"),
            f"cars.csv: row 42, column Mileage: 'much' is not a number; {MEND_NUMBER}",
        ),
        (
            altered(42, "19000,12 000,Saab"),
            f"cars.csv: row 42, column Mileage: '12 000' is not a number; {MEND_NUMBER}",
        ),
        (
            altered(42, "19000,inf,Saab"),
            f"cars.csv: row 42, column Mileage: 'inf' is not a number; {MEND_NUMBER}",
        ),
        (
            altered(42, "cheap,100,Saab"),
            f"cars.csv: row 42, column Price: 'cheap' is not a number; {MEND_NUMBER}",
        ),
        (
            altered(42, ",100,Saab"),
            "cars.csv: row 42, column Price: is missing, and it is the target; fill it in or delete the row",
        ),
        (
            altered(42, "=A1*2,100,Saab"),
            "cars.csv: row 42, column Price: holds a formula, '=A1*2'; export values, not formulas",
        ),
        (
            with_missing(1, every=10),
            "cars.csv: row 6, column Mileage: is missing here and in 10 of 100 rows in all (10.0%), "
            "more than 5.0%; fill the cells or raise max_missing_fraction",
        ),
        (
            with_missing(2, every=5),
            "cars.csv: row 6, column Make: is missing here and in 20 of 100 rows in all (20.0%), "
            "more than 5.0%; fill the cells or raise max_missing_fraction",
        ),
        (
            "Price,Mileage\n" + "1,\n" * 60,
            "cars.csv: row 2, column Mileage: has no value at all; take the column out of the file",
        ),
        (
            HEADER + "".join(f"{number},{number},text {number}\n" for number in range(400)),
            "cars.csv: row {row}, column Make: has more than 200 different texts; "
            "take the column out of the file or group its values",
        ),
        (
            b"\xef\xbb\xbf" + CARS.encode(),
            f"cars.csv: row 1, column Price: starts with a byte order mark (UTF-8); {SAVE_WITHOUT_MARK}",
        ),
        (
            CARS.replace(",", ";"),
            "cars.csv: row 1, column Price: is separated by semicolons; save it comma-separated",
        ),
        (
            CARS.replace(",", "\t"),
            "cars.csv: row 1, column Price: is separated by tabs; save it comma-separated",
        ),
        (
            CARS.replace("Mileage", "Price"),
            "cars.csv: row 1, column Price: is there twice, as number 1 and 2; "
            "give each column a name of its own",
        ),
        (
            altered(42, "19000,100,Saab,9-3"),
            f"cars.csv: row 42: has 4 cells where the header has 3 columns; {MEND_ROW}",
        ),
        (
            altered(42, "19000,100,Sa\0ab"),
            "cars.csv: row 42: holds a NUL byte; save the file again as plain text",
        ),
        (
            altered(42, "19000,100,Saab\r"),
            f"cars.csv: row 42: ends a line with CR LF after LF; {ONE_LINE_END}",
        ),
    ],
)
def test_bad_data_end_with_2_and_a_line_that_names_the_place(
    data: Write, run: Run, content: str | bytes, said: str
) -> None:
    folder = data(content)
    code, line = run(folder)
    assert code == 2
    if "{split}" in said:
        assert line in [said.format(split=split) for split in ("train", "validation", "test")]
    elif "{row}" in said:
        assert line in [said.format(row=row) for row in range(202, 402)]
    else:
        assert line == said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--columns", '{"Mak": "categorical"}'],
            "cars.csv: row 1, column Mak: the column, which the use case names, is not there "
            "(did you mean Make?); the file has Price, Mileage, Make",
        ),
        (
            ["--columns", '{"Make": "numeric"}'],
            f"cars.csv: row 2, column Make: 'Saab' is not a number; {MEND_NUMBER}",
        ),
        (
            ["--columns", '{"Price": "categorical"}'],
            "cars.csv: column Price: is the target but is said to be categorical; say numeric",
        ),
        (
            ["--columns", '{"Make": "text"}'],
            '--columns: is {"Make": "text"}; '
            "give an object of column names to 'numeric' or 'categorical'",
        ),
        (
            ["--columns", "Make"],
            "--columns: is not JSON (Expecting value: line 1 column 1 (char 0)); "
            'write {"Make": "categorical"}',
        ),
        (
            ["--train-fraction", "0.9"],
            f"split fractions: are 0.9, 0.15 and 0.15 for train, validation and test; {MAKE_1}",
        ),
        (
            ["--train-fraction", "0.85", "--test-fraction", "0"],
            f"split fractions: are 0.85, 0.15 and 0 for train, validation and test; {MAKE_1}",
        ),
    ],
)
def test_bad_settings_end_with_2_and_a_line_that_names_them(
    data: Write, run: Run, options: list[str], said: str
) -> None:
    assert run(data(CARS), *options) == (2, said)


def test_a_folder_without_csv_files_is_named(data: Write, run: Run) -> None:
    folder = data("x", "cars.xlsx")
    data("x", "read me.txt")
    said = "cars.xlsx, read me.txt: there is no file that ends in .csv; upload CSV files"
    assert run(folder) == (2, said)
    for file in folder.iterdir():
        file.unlink()
    assert run(folder) == (2, f"{folder}: there is no file that ends in .csv; upload CSV files")


def test_files_whose_columns_differ_are_named(data: Write, run: Run) -> None:
    data(CARS, "a.csv")
    folder = data("Price,Mileage\n1,2\n", "b.csv")
    said = "b.csv: row 1, column Make: is not here, but in a.csv; give all files the same columns"
    assert run(folder) == (2, said)


def test_the_second_of_two_files_may_not_be_empty_either(data: Write, run: Run) -> None:
    data(CARS, "a.csv")
    folder = data(HEADER, "b.csv")
    assert run(folder) == (2, "b.csv: row 2: has a header but no data rows; upload a file with data rows")

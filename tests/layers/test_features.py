import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from millkit.features import (
    CATEGORICAL,
    NUMERIC,
    Column,
    Encoder,
    FeaturesInvalid,
    is_missing,
    number,
    shortest,
)

ENCODER = Encoder(
    [Column("Mileage", NUMERIC, median=20.5), Column("Make", CATEGORICAL, categories=("Buick", "Saab"))]
)


def test_a_category_becomes_a_column_for_each_known_value() -> None:
    assert ENCODER.feature_names == ["Mileage", "Make=Buick", "Make=Saab"]
    assert ENCODER.encode({"Make": " Saab ", "Mileage": "100"}) == ["100", "0", "1"]


def test_an_unseen_or_missing_category_is_all_zeros() -> None:
    assert ENCODER.encode({"Make": "Tesla", "Mileage": "1e3"}) == ["1000", "0", "0"]
    assert ENCODER.encode({"Make": "", "Mileage": "7"}) == ["7", "0", "0"]


def test_a_missing_number_becomes_the_median() -> None:
    assert ENCODER.encode({"Make": "Saab", "Mileage": " NA "}) == ["20.5", "0", "1"]


def test_features_become_raw_cells_again() -> None:
    assert ENCODER.decode(["100", "0", "1"]) == {"Mileage": "100", "Make": "Saab"}
    assert ENCODER.decode(["1e3", "1.0", "0.0"]) == {"Mileage": "1e3", "Make": "Buick"}


def test_no_marked_category_is_a_missing_one() -> None:
    assert ENCODER.decode(["20.5", "0", "0"]) == {"Mileage": "20.5", "Make": ""}


@given(st.floats(allow_nan=False, allow_infinity=False).map(shortest), st.sampled_from(["Buick", "Saab", ""]))
def test_what_was_encoded_comes_back(mileage: str, make: str) -> None:
    cells = {"Mileage": mileage, "Make": make}
    assert ENCODER.decode(ENCODER.encode(cells)) == cells


@pytest.mark.parametrize(
    ("features", "said"),
    [
        (["1", "0"], "2 features where the model takes 3; decode rows with the model's own schema"),
        (["1", "1", "1"], "column Make: '1,1' does not mark one category with a 1 among 0s"),
        (["1", "0", "0.5"], "column Make: '0,0.5' does not mark one category with a 1 among 0s"),
        (["1", "x", "1"], "column Make: 'x,1' does not mark one category with a 1 among 0s"),
    ],
)
def test_raises_when_features_are_not_of_these_columns(features: list[str], said: str) -> None:
    with pytest.raises(FeaturesInvalid, match=said):
        ENCODER.decode(features)


def test_an_encoder_comes_back_from_its_document() -> None:
    document = {"columns": [column.document() for column in ENCODER.columns]}
    assert document == {
        "columns": [
            {"name": "Mileage", "type": "numeric", "median": 20.5},
            {"name": "Make", "type": "categorical", "categories": ["Buick", "Saab"]},
        ]
    }
    assert Encoder.from_document(document).columns == ENCODER.columns


@pytest.mark.parametrize("cell", ["", " ", "NA", "n/a", "NaN", "null", "NULL"])
def test_knows_a_missing_cell(cell: str) -> None:
    assert is_missing(cell)


@pytest.mark.parametrize("cell", ["0", "none", "-", "nano"])
def test_takes_nothing_else_for_missing(cell: str) -> None:
    assert not is_missing(cell)


@pytest.mark.parametrize(
    ("cell", "value"), [("1", 1.0), (" -2.5 ", -2.5), ("+.5", 0.5), ("3.", 3.0), ("1E-3", 0.001)]
)
def test_reads_plain_and_scientific_numbers(cell: str, value: float) -> None:
    assert number(cell) == value


@pytest.mark.parametrize(
    "cell", ["abc", "1,5", "1 000", "1_000", "0x10", "inf", "nan", "1e999", "١", "$5", "--1", ""]
)
def test_takes_nothing_else_for_a_number(cell: str) -> None:
    assert number(cell) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_shortest_text_reads_back_as_the_same_number(value: float) -> None:
    read = number(shortest(value))
    assert read == value
    assert not math.copysign(1, value) < 0 or shortest(value).startswith("-")


def test_whole_numbers_are_written_without_a_point() -> None:
    assert [shortest(20105.0), shortest(22661.05), shortest(1e300)] == ["20105", "22661.05", "1e+300"]

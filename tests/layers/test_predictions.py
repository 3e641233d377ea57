import pytest
from millkit.metrics import NumberNotFinite
from millkit.predictions import PredictionInvalid, numbers


def read(*lines: str) -> list[float]:
    return list(numbers([line.encode() for line in lines], "out"))


def test_reads_a_number_a_line() -> None:
    assert read("1.5\n", "-2\n", "3e3") == [1.5, -2.0, 3000.0]


def test_reads_numbers_separated_by_commas() -> None:
    assert read("1.5,2.5,3\n", "4\n") == [1.5, 2.5, 3.0, 4.0]


def test_reads_linear_learners_json_lines() -> None:
    assert read('{"predictions": [{"score": 1.5}]}\n', '{"predictions": [{"score": 2}, {"score": 3}]}') == [
        1.5,
        2,
        3,
    ]


def test_reads_documents_that_follow_each_other_on_one_line() -> None:
    assert read('{"predictions": [{"score": 1.5}]}{"score": 2} {"score": 3}') == [1.5, 2.0, 3.0]


def test_passes_over_blank_lines() -> None:
    assert read("1\n", "\n", "  \n", "2\n") == [1.0, 2.0]


@pytest.mark.parametrize("line", ["nan", "inf", "-Infinity", '{"score": NaN}', "1,nan"])
def test_refuses_numbers_that_are_not_finite_naming_the_row(line: str) -> None:
    with pytest.raises(
        NumberNotFinite, match=r"^out: row 2: is -?(nan|inf); a model that gives no finite figure"
    ):
        read("1\n", line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("abc", "out: row 2: 'abc' is not a number; expected a prediction a line"),
        ("1;2", "out: row 2: '1;2' is not a number; expected a prediction a line"),
        ('{"score": "x"}', "out: row 2: 'x' is not a number; expected a prediction a line"),
        ('{"score": null}', "out: row 2: None is not a number; expected a prediction a line"),
        (
            '{"label": 1}',
            'out: row 2: \'{"label": 1}\' holds no scores; expected {"predictions": [{"score": 1.5}]}',
        ),
        ("[1]", 'out: row 2: \'[1]\' holds no scores; expected {"predictions": [{"score": 1.5}]}'),
        ('{"score"', 'out: row 2: \'{"score"\' holds no scores; expected {"predictions": [{"score": 1.5}]}'),
    ],
)
def test_refuses_what_holds_no_number_naming_the_row(line: str, said: str) -> None:
    with pytest.raises(PredictionInvalid) as caught:
        read("1\n", line)
    assert str(caught.value) == said

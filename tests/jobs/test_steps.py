"""Steps that a use case names: the same one before training and before scoring, and one after the model."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from millkit import steps
from millkit.errors import DataError
from millkit.steps import Cells
from millkit.table import Table

from jobs.tabular import finish_scoring, stepping
from jobs.tabular.stepping import SteppedTable

from .conftest import Run, Write
from .scoring import SCHEMA, Ended, Scoring


def test_an_unknown_step_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": "Mileage,Make\n1,Saab\n"})
    said = "step 'tidy_text': is not known (did you mean 'tidy_texts'?); give none or tidy_texts"
    assert scoring.prepare("--step", "tidy_text") == Ended(2, said)


@pytest.mark.parametrize("name", ["../split", "jobs.tabular.split", "__init__", ""])
def test_no_other_code_can_be_named(name: str) -> None:
    with pytest.raises(DataError, match="is not known"):
        stepping.load(name, steps.BEFORE)


def test_a_step_for_another_place_is_refused(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": "Mileage,Make\n1,Saab\n"})
    said = "step 'not_negative': has no function before; write it, or give another step"
    assert scoring.prepare("--step", "not_negative") == Ended(2, said)


def test_rows_go_through_the_step_before_the_model_sees_them(tmp_path: Path) -> None:
    schema = json.loads(json.dumps(SCHEMA).replace("Ford", "ford").replace("Saab", "saab"))
    data: dict[str, str | bytes] = {
        "cars.csv": 'Mileage,Make,Note\n10, SAAB ,"a,  b"\nmany,Saab,\n20,FORD,\n'
    }
    scoring = Scoring(tmp_path, data, schema)
    assert scoring.prepare("--step", "tidy_texts") == Ended(0, "")
    scoring.predict()
    assert scoring.finish() == Ended(0, "")
    assert scoring.rows() == [["1", "10", "0", "1"], ["3", "20", "1", "0"]]
    assert [row[2:5] for row in scoring.scored()[1:]] == [["10", "saab", "a, b"], ["20", "ford", ""]]
    assert scoring.rejected() == [["cars.csv", "3", "column Mileage: 'many' is not a number"]]


def test_without_a_word_rows_go_through_the_step_of_the_models_training(tmp_path: Path) -> None:
    schema = SCHEMA | {"step": "tidy_texts"}
    scoring = Scoring(tmp_path, {"cars.csv": "Mileage,Make,Note\n10,Saab, A  B \n"}, schema).score()
    assert scoring.scored()[1][2:5] == ["10", "saab", "a b"]


def test_the_step_of_the_training_can_be_left_out(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": "Mileage,Make\n10,Saab\n"}, SCHEMA | {"step": "tidy_texts"})
    assert scoring.prepare("--step", "none") == Ended(0, "")
    assert scoring.rows() == [["1", "10", "0", "1"]]


def test_a_column_that_no_step_makes_is_lost(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": "Mileage\n10\n"})
    said = "cars.csv: row 1, column Make: is not there; give all columns that the model was trained with: "
    assert scoring.prepare("--step", "tidy_texts") == Ended(2, f"{said}Mileage, Make")


@pytest.mark.parametrize("answer", ["", "much", "nan"])
def test_a_step_that_spoils_a_prediction_is_refused(answer: str) -> None:
    def spoil(rows: Iterable[Cells]) -> Iterator[Cells]:
        for row in rows:
            yield {**row, "prediction": answer}

    records, answers = pa.array(["1"]), pa.array(["2.0"])
    with pytest.raises(
        DataError, match=f"^step: made the prediction '{answer}'; let it give a finite number"
    ):
        finish_scoring.stepped("a", records, answers, steps.checked("mine", spoil))


def test_rows_go_through_the_step_before_they_are_handed_out(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": 'Mileage,Make,Note\n-10,Saab,"a,\nb"\n20,Ford,\n'})
    assert scoring.prepare() == Ended(0, "")
    scoring.predict()
    assert scoring.finish("--step", "not_negative") == Ended(0, "")
    assert [row[2:] for row in scoring.scored()] == [
        ["Mileage", "Make", "Note", "prediction", "model_package"],
        ["-10", "Saab", "a,\nb", "0", "3"],
        ["20", "Ford", "", "40.0", "3"],
    ]


def test_training_learns_from_the_rows_that_the_step_gives(data: Write, run: Run) -> None:
    rows = [f"{100 + n},{n},{' SAAB ' if n % 2 else 'saab'}\n" for n in range(60)]
    folder = data("Price,Mileage,Make\n" + "".join(rows))
    assert run(folder, "--step", "tidy_texts") == (0, "")
    baseline = (folder.parent / "out/baseline/train.csv").read_text().splitlines()
    assert baseline[0] == "Price,Mileage,Make"
    assert {row.rpartition(",")[2] for row in baseline[1:]} == {"saab"}
    schema = json.loads((folder.parent / "out/schema/features.json").read_text())
    assert (schema["step"], schema["uploaded"]) == ("tidy_texts", ["Mileage", "Make"])


def dropping(rows: Iterator[Cells]) -> Iterator[Cells]:
    next(rows)
    yield from rows


def renaming(rows: Iterator[Cells]) -> Iterator[Cells]:
    for place, row in enumerate(rows):
        yield {f"{name}{place}": cell for name, cell in row.items()}


def test_a_step_that_drops_rows_is_refused() -> None:
    with pytest.raises(DataError, match=r"^step 'mine': made 1 rows of 2; yield one for each$"):
        steps.checked("mine", dropping)([{"a": "1"}, {"a": "2"}])


def test_a_step_that_changes_columns_from_row_to_row_is_refused() -> None:
    said = "^step 'mine': gave one row the columns a1, another one a0; give all rows the same columns in the "
    with pytest.raises(DataError, match=said):
        steps.checked("mine", renaming)([{"a": "1"}, {"a": "2"}])


def test_a_step_that_changes_columns_later_in_a_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(rows: Iterator[Cells]) -> Iterator[Cells]:
        for row in rows:
            yield row if row["a"] == "1" else {"b": row["a"]}

    monkeypatch.setattr(stepping, "ROWS_AT_A_TIME", 1)
    (tmp_path / "x.csv").write_text("a\n1\n2\n")
    table = SteppedTable(Table(tmp_path / "x.csv"), steps.checked("mine", late))
    with pytest.raises(DataError, match=r"^x\.csv: row 3: the step gave it the columns b, not a; "):
        list(table.rows())


def halving(rows: Iterator[Cells]) -> Iterator[Cells]:
    for row in rows:
        yield {**row, "Mileage": str(float(row["Mileage"]) / 2)}


def numbering(rows: Iterator[Cells]) -> Iterator[Any]:
    for place, row in enumerate(rows):
        yield {**row, "Place": place}


def summing(rows: Iterator[Cells]) -> Iterator[Cells]:
    given = list(rows)
    if len(given) > 1:
        raise ValueError("too many")
    yield from given


def test_rows_on_which_the_step_fails_are_rejected_and_the_others_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stepping, "load", lambda *_asked: steps.checked("halves", halving))
    scoring = Scoring(tmp_path, {"a.csv": "Mileage,Make\nfar,Saab\n4,Saab\n,Ford\n6,Ford\n"})
    assert scoring.prepare() == Ended(0, "")
    assert scoring.rows() == [["2", "2.0", "0", "1"], ["4", "3.0", "1", "0"]]
    why = "the step failed on it (ValueError: could not convert string to float: '{}')"
    assert scoring.rejected() == [["a.csv", "2", why.format("far")], ["a.csv", "4", why.format("")]]


def test_a_file_on_whose_every_row_the_step_fails_is_told_with_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stepping, "load", lambda *_asked: steps.checked("halves", halving))
    scoring = Scoring(tmp_path, {"a.csv": "Mileage,Make\nfar,Saab\n"})
    ended = scoring.prepare("--data-uri", "s3://data/scoring/a.csv")
    assert ended.code == 2
    assert ended.line.startswith(
        "s3://data/scoring/a.csv: none of the 1 rows can be scored; the first: a.csv: row 2: the step failed "
    )


def test_where_the_step_after_the_model_fails_no_row_is_handed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dividing(rows: Iterator[Cells]) -> Iterator[Cells]:
        for row in rows:
            yield {**row, "prediction": str(1 / float(row["Mileage"]))}

    scoring = Scoring(tmp_path, {"a.csv": "Mileage,Make\n1,Saab\n0,Saab\n"})
    assert scoring.prepare() == Ended(0, "")
    scoring.predict()
    monkeypatch.setattr(stepping, "load", lambda *_asked: steps.checked("inverse", dividing))
    why = "failed on 1 rows (ZeroDivisionError: float division by zero); mend the step, or the rows"
    assert scoring.finish() == Ended(2, f"step 'inverse': {why}")
    assert not (tmp_path / "done" / "scored").exists()


def test_a_row_on_which_the_step_of_a_training_fails_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Mileage\n1\n2\nfar\n")
    table = SteppedTable(Table(tmp_path / "x.csv"), steps.checked("halves", halving))
    with pytest.raises(DataError) as refused:
        list(table.rows())
    why = "ValueError: could not convert string to float: 'far'"
    assert str(refused.value) == f"x.csv: row 4: the step failed on it ({why}); mend the row, or the step"


def test_a_step_that_gives_no_texts_is_refused() -> None:
    said = "^step 'mine': gave column Place a value of type int; give texts, such as str"
    with pytest.raises(DataError, match=said):
        steps.checked("mine", numbering)([{"a": "1"}])


def test_a_step_that_fails_on_rows_together_only_is_refused() -> None:
    said = (
        r"^step 'mine': fails on 2 rows, and on none of them alone \(ValueError: too many\); let it look at"
    )
    with pytest.raises(DataError, match=said):
        steps.checked("mine", summing)([{"a": "1"}, {"a": "2"}])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import nothing_such\n", "ModuleNotFoundError: No module named 'nothing_such'"),
        ("def before(rows:\n", "SyntaxError: "),
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_step_that_cannot_be_loaded_is_told_with_the_reason(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(DataError) as refused:
        steps.load(tmp_path, "mine", steps.BEFORE)
    assert str(refused.value).startswith(f"step 'mine': cannot be loaded here ({why}")

from pathlib import Path

import pytest

from .scoring import Ended, Scoring

CLEAN = "Mileage,Make\n10,Saab\n20.50,Ford\n"
REMEDY = "start the execution again, and look at the model if that does not help"


@pytest.fixture
def prepared(tmp_path: Path) -> Scoring:
    scoring = Scoring(tmp_path, {"cars.csv": CLEAN})
    assert scoring.prepare() == Ended(0, "")
    scoring.predict()
    return scoring


def answer(scoring: Scoring, text: str) -> None:
    (scoring.folder / "made/predictions/part-00000.csv.out").write_text(text)


def test_each_row_as_it_came_in_gets_its_prediction(prepared: Scoring) -> None:
    assert prepared.finish("--scored-uri", "s3://a/scored") == Ended(0, "")
    assert prepared.text("done/scored/part-00000.csv") == (
        "inference_id,event_time,Mileage,Make,prediction,model_package\n"
        "cars-1f-1,2026-07-01T06:00:00.000Z,10,Saab,20.0,3\n"
        "cars-1f-2,2026-07-01T06:00:00.000Z,20.50,Ford,41.0,3\n"
    )


def test_rows_and_predictions_are_joined_by_number_and_not_by_place(prepared: Scoring) -> None:
    answer(prepared, "2,41.0\n1,20.0\n")
    assert prepared.finish() == Ended(0, "")
    assert [row[-2] for row in prepared.scored()[1:]] == ["20.0", "41.0"]


def test_a_prediction_that_no_row_asked_for_is_left_out(prepared: Scoring) -> None:
    answer(prepared, "1,20.0\n2,41.0\n9,1\n")
    assert prepared.finish() == Ended(0, "")
    assert [row[-2] for row in prepared.scored()[1:]] == ["20.0", "41.0"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("1,20.0\n", "lacks 1 predictions, the first for row number 2"),
        ("1,20.0\n3,1\n", "lacks 1 predictions, the first for row number 2"),
        ("1,20.0\n2,nan\n", "holds a prediction that is not finite"),
        ("1,20.0\n2,inf\n", "holds a prediction that is not finite"),
    ],
    ids=["too few", "another row's", "NaN", "infinite"],
)
def test_nothing_is_handed_out_when_a_prediction_is_wrong(prepared: Scoring, answers: str, said: str) -> None:
    answer(prepared, answers)
    assert prepared.finish() == Ended(2, f"part-00000.csv.out: {said}; {REMEDY}")
    assert not (prepared.folder / "done/scored").exists()


@pytest.mark.parametrize(
    "answers", ["", "1,2,3\n", "x,1\n", "1,x\n"], ids=["none", "3", "no number", "no answer"]
)
def test_answers_of_another_form_are_refused(prepared: Scoring, answers: str) -> None:
    answer(prepared, answers)
    ended = prepared.finish()
    assert ended.code == 2
    assert ended.line.startswith("part-00000.csv.out: is not a row number and a prediction a line (")


def test_a_part_without_its_predictions_is_refused(prepared: Scoring) -> None:
    (prepared.folder / "made/predictions/part-00000.csv.out").unlink()
    ended = prepared.finish()
    assert ended.code == 2
    assert ended.line.startswith("part-00000.csv.out: is not a row number and a prediction a line (")


def test_rows_that_got_lost_between_the_jobs_are_noticed(prepared: Scoring) -> None:
    (prepared.folder / "made/raw/part-00000.arrow").unlink()
    assert prepared.finish() == Ended(2, f"raw: has 0 rows where 2 were prepared; {REMEDY}")


def test_the_parts_of_a_long_file_come_back_as_parts(tmp_path: Path) -> None:
    scoring = Scoring(tmp_path, {"cars.csv": "Mileage,Make\n" + "".join(f"{n},Saab\n" for n in range(25))})
    scoring.prepare("--rows-per-part", "10")
    scoring.predict()
    assert scoring.finish() == Ended(0, "")
    rows = [row for part in range(3) for row in scoring.scored(part)[1:]]
    assert [row[0] for row in rows] == [f"cars-1f-{n}" for n in range(1, 26)]
    assert [float(row[-2]) for row in rows] == [2.0 * n for n in range(25)]

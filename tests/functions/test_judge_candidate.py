import math
from typing import Any

import pytest
from millkit.judging import NothingToCompare, RowsDiffer
from millkit.metrics import LimitInvalid, NumberNotFinite
from millkit.predictions import PredictionInvalid
from millkit.storage import ObjectMissing, PlaceInvalid

from functions.judge_candidate.handler import JudgeCandidateInput, handler

TRUTH = "s3://artifacts/truth/truth.csv"
CANDIDATE = "s3://artifacts/candidate/test.csv.out"
CHAMPION = "s3://artifacts/champion/test.csv.out"
UNSEEN = "s3://artifacts/champion/unseen.csv"
AGAINST = {"champion_predictions_uri": CHAMPION, "champion_unseen_uri": UNSEEN}


@pytest.fixture
def put(s3: Any) -> Any:
    """Write a text to a URI of the artifacts bucket."""

    def write(uri: str, text: str) -> None:
        s3.put_object(Bucket="artifacts", Key=uri[len("s3://artifacts/") :], Body=text.encode())

    write(TRUTH, "10\n20\n")
    return write


def event(**more: Any) -> JudgeCandidateInput:
    given: Any = {
        "truth_uri": TRUTH,
        "candidate_predictions_uri": CANDIDATE,
        "champion_predictions_uri": None,
        "rmse_limit": 4,
        **more,
    }
    return given  # type: ignore[no-any-return]


def test_accepts_the_first_model_under_the_limit(put: Any) -> None:
    put(CANDIDATE, "12\n22\n")
    assert handler(event(), None) == {
        "accepted": True,
        "reason": "RMSE 2.00 is under the limit 4 and no champion was compared",
        "candidate_rmse": 2.0,
        "champion_rmse": None,
        "rmse_limit": 4.0,
    }


def test_accepts_a_model_that_beats_the_champion_whatever_form_its_answers_have(put: Any) -> None:
    put(CANDIDATE, "12\n22\n")
    put(CHAMPION, '{"predictions": [{"score": 13}, {"score": 17}]}')
    assert handler(event(champion_predictions_uri=CHAMPION, unit="USD"), None) == {
        "accepted": True,
        "reason": "RMSE 2.00 USD is under the limit 4 USD and beats the champion's 3.00",
        "candidate_rmse": 2.0,
        "champion_rmse": 3.0,
        "rmse_limit": 4.0,
    }


def test_a_tie_keeps_the_champion(put: Any) -> None:
    put(CANDIDATE, "12\n22\n")
    put(CHAMPION, "8,18")
    verdict = handler(event(champion_predictions_uri=CHAMPION), None)
    assert (verdict["accepted"], verdict["reason"]) == (
        False,
        "RMSE 2.00 only equals the champion's, which stays",
    )


def test_rejects_a_model_that_does_not_beat_the_champion(put: Any) -> None:
    put(CANDIDATE, "12\n22\n")
    put(CHAMPION, "11\n21\n")
    verdict = handler(event(champion_predictions_uri=CHAMPION), None)
    reason = "RMSE 2.00 is under the limit 4 but does not beat the champion's 1.00"
    assert (verdict["accepted"], verdict["reason"]) == (False, reason)


@pytest.mark.parametrize(
    ("champion", "is_accepted", "end"),
    [
        ("10\n25\n", True, "3.00 beats the champion's 5.00"),
        ("10\n22\n", False, "3.00 does not beat the champion's 2.00"),
        ("10\n23\n", False, "3.00 only equals the champion's, which stays"),
    ],
)
def test_rows_that_the_champion_was_trained_on_count_for_the_limit_alone(
    put: Any, champion: str, is_accepted: bool, end: str
) -> None:
    """The champion answers its own training row perfectly."""
    put(CANDIDATE, "11\n23\n")
    put(CHAMPION, champion)
    put(UNSEEN, "0\n1\n")
    verdict = handler(event(**AGAINST), None)
    reason = f"RMSE 2.24 is under the limit 4; on the rows that are new to the champion, {end}"
    assert (verdict["accepted"], verdict["reason"]) == (is_accepted, reason)
    assert round(verdict["candidate_rmse"], 2) == 2.24


def test_where_the_champion_was_trained_on_none_of_the_rows_all_are_compared(put: Any) -> None:
    put(CANDIDATE, "12\n22\n")
    put(CHAMPION, "13\n23\n")
    put(UNSEEN, "1\n1\n")
    assert handler(event(**AGAINST), None) == handler(event(champion_predictions_uri=CHAMPION), None)


def test_refuses_to_compare_where_the_champion_was_trained_on_every_row(put: Any) -> None:
    put(CANDIDATE, "12\n22\n")
    put(CHAMPION, "13\n23\n")
    put(UNSEEN, "0\n0\n")
    with pytest.raises(NothingToCompare) as caught:
        handler(event(**AGAINST), None)
    assert str(caught.value) == (
        f"{UNSEEN}: the champion was trained on each of the 2 rows of the test file; give more rows, "
        "or set compare_with_champion to false to replace it without a comparison"
    )


def test_refuses_fewer_marks_than_rows(put: Any) -> None:
    put(CANDIDATE, "12\n22\n")
    put(CHAMPION, "13\n23\n")
    put(UNSEEN, "1\n")
    with pytest.raises(RowsDiffer, match=f"^{UNSEEN}: has fewer lines than {TRUTH}; every row of both"):
        handler(event(**AGAINST), None)


def test_rejects_a_model_above_the_limit_even_when_it_beats_the_champion(put: Any) -> None:
    put(CANDIDATE, "15\n25\n")
    put(CHAMPION, "16\n26\n")
    assert handler(event(champion_predictions_uri=CHAMPION), None) == {
        "accepted": False,
        "reason": "RMSE 5.00 is above the limit 4",
        "candidate_rmse": 5.0,
        "champion_rmse": 6.0,
        "rmse_limit": 4.0,
    }


def test_accepts_a_model_right_at_the_limit(put: Any) -> None:
    put(CANDIDATE, "14\n24\n")
    verdict = handler(event(), None)
    reason = "RMSE 4.00 is at the limit 4 and no champion was compared"
    assert (verdict["accepted"], verdict["reason"]) == (True, reason)


def test_says_the_same_when_asked_twice(put: Any) -> None:
    put(CANDIDATE, "12\n22\n")
    assert handler(event(), None) == handler(event(), None)


@pytest.mark.parametrize("limit", ["4000", None, math.nan, 0])
def test_a_limit_that_is_no_number_is_named(put: Any, limit: Any) -> None:
    put(CANDIDATE, "12\n22\n")
    with pytest.raises(LimitInvalid, match=r"^rmse_limit is "):
        handler(event(rmse_limit=limit), None)


@pytest.mark.parametrize("answers", ["12\n", "12\n22\n32\n", ""])
def test_refuses_another_number_of_answers_than_of_true_values(put: Any, answers: str) -> None:
    put(CANDIDATE, answers)
    with pytest.raises(RowsDiffer) as caught:
        handler(event(), None)
    assert str(caught.value) == (
        f"{CANDIDATE}: has {len(answers.split())} predictions for 2 true values in {TRUTH}; "
        "every row of the test file needs exactly one"
    )


def test_refuses_an_empty_test_file(put: Any) -> None:
    put(TRUTH, "")
    put(CANDIDATE, "")
    with pytest.raises(RowsDiffer, match="has 0 predictions for 0 true values"):
        handler(event(), None)


@pytest.mark.parametrize("broken", [CANDIDATE, CHAMPION])
def test_keeps_the_gate_shut_when_a_model_answers_nan(put: Any, broken: str) -> None:
    put(CANDIDATE, "12\n22\n")
    put(CHAMPION, "12\n22\n")
    put(broken, "12\nnan\n")
    with pytest.raises(NumberNotFinite) as caught:
        handler(event(champion_predictions_uri=CHAMPION), None)
    assert str(caught.value) == (
        f"{broken}: row 2: is nan; a model that gives no finite figure cannot be judged"
    )


def test_refuses_answers_that_are_no_numbers(put: Any) -> None:
    put(CANDIDATE, "12\ncar\n")
    with pytest.raises(PredictionInvalid) as caught:
        handler(event(), None)
    assert str(caught.value) == f"{CANDIDATE}: row 2: 'car' is not a number; expected a prediction a line"


def test_names_a_file_that_is_not_there(put: Any) -> None:
    with pytest.raises(ObjectMissing) as caught:
        handler(event(), None)
    assert str(caught.value) == f"{CANDIDATE}: does not exist; was it deleted?"


def test_refuses_an_address_that_is_none(put: Any) -> None:
    with pytest.raises(PlaceInvalid, match=r"^'candidate\.csv': is not the address of an object"):
        handler(event(candidate_predictions_uri="candidate.csv"), None)

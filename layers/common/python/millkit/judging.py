"""Whether a candidate model replaces the champion, and why, in words.

Both are compared on the same held-out file. A tie keeps the champion: nothing is changed without a gain.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from millkit import metrics, predictions, storage
from millkit.errors import MillError


class RowsDiffer(MillError):
    """A model answered for another number of rows than there are true values."""


class Judgement(NamedTuple):
    accepted: bool
    reason: str
    candidate_rmse: float
    champion_rmse: float | None
    rmse_limit: float


def judge(candidate_rmse: float, champion_rmse: float | None, rmse_limit: float, unit: str = "") -> Judgement:
    """Accepted only at or under the limit and strictly better than the champion, if there is one."""
    of_unit = f" {unit}" if unit else ""
    side = "under" if candidate_rmse < rmse_limit else "at"
    figure = f"RMSE {candidate_rmse:.2f}{of_unit}"
    bound = f"the limit {rmse_limit:g}{of_unit}"
    if candidate_rmse > rmse_limit:
        accepted, reason = False, f"{figure} is above {bound}"
    elif champion_rmse is None:
        accepted, reason = True, f"{figure} is {side} {bound} and there is no champion yet"
    elif candidate_rmse < champion_rmse:
        accepted, reason = True, f"{figure} is {side} {bound} and beats the champion's {champion_rmse:.2f}"
    elif candidate_rmse == champion_rmse:
        accepted, reason = False, f"{figure} only equals the champion's, which stays"
    else:
        accepted = False
        reason = f"{figure} is {side} {bound} but does not beat the champion's {champion_rmse:.2f}"
    return Judgement(accepted, reason, candidate_rmse, champion_rmse, rmse_limit)


def judge_files(
    s3: Any,
    *,
    truth_uri: str,
    candidate_uri: str,
    champion_uri: str | None,
    rmse_limit: float,
    unit: str = "",
) -> Judgement:
    """Judge by two files of predictions for the same true values; no champion's file means no champion.

    Raises:
        RowsDiffer, PredictionInvalid, NumberNotFinite, ObjectMissing.
    """
    candidate_rmse = rmse_of(s3, truth_uri, candidate_uri)
    champion_rmse = rmse_of(s3, truth_uri, champion_uri) if champion_uri else None
    return judge(candidate_rmse, champion_rmse, rmse_limit, unit)


def rmse_of(s3: Any, truth_uri: str, predictions_uri: str) -> float:
    """RMSE of a prediction file against the file of true values; both are streamed."""
    return metrics.rmse(_errors(s3, truth_uri, predictions_uri))


def _errors(s3: Any, truth_uri: str, predictions_uri: str) -> Iterator[float]:
    truths_read = answers_read = 0
    truths = _numbers(s3, truth_uri)
    answers = _numbers(s3, predictions_uri)
    for truth, answer in zip_longest(truths, answers):
        truths_read += truth is not None
        answers_read += answer is not None
        if truth is not None and answer is not None:
            yield answer - truth
    if truths_read != answers_read or not truths_read:
        raise RowsDiffer(
            f"{predictions_uri}: has {answers_read} predictions for {truths_read} true values "
            f"in {truth_uri}; every row of the test file needs exactly one"
        )


def _numbers(s3: Any, uri: str) -> Iterator[float]:
    body = storage.open_object(s3, storage.Place.parse(uri))
    return predictions.numbers(body.iter_lines(), uri)

"""Whether a candidate model replaces the champion, and why, in words.

Both are compared on the same held-out rows, and on none that the champion was trained on: with other columns
or another seed than the champion's, rows that were for training may have come to be for tests. A tie keeps
the champion: nothing is changed without a gain.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat, zip_longest
from typing import Any, NamedTuple

from millkit import metrics, predictions, storage
from millkit.errors import MillError


class RowsDiffer(MillError):
    """A model answered for another number of rows than there are true values."""


class NothingToCompare(MillError):
    """The champion was trained on every row that the candidate is tested on."""


class Judgement(NamedTuple):
    accepted: bool
    reason: str
    candidate_rmse: float
    champion_rmse: float | None
    rmse_limit: float


def judge(
    candidate_rmse: float,
    champion_rmse: float | None,
    rmse_limit: float,
    unit: str = "",
    compared_rmse: float | None = None,
) -> Judgement:
    """Accepted only at or under the limit and strictly better than the champion, if there is one.

    `compared_rmse` is the candidate's on the rows of `champion_rmse`, where these are not all.
    """
    compared = candidate_rmse if compared_rmse is None else compared_rmse
    of_unit = f" {unit}" if unit else ""
    side = "under" if candidate_rmse < rmse_limit else "at"
    figure = f"RMSE {candidate_rmse:.2f}{of_unit}"
    bound = f"the limit {rmse_limit:g}{of_unit}"
    wins, ties, loses = f"{figure} is {side} {bound} and", figure, f"{figure} is {side} {bound} but"
    if compared != candidate_rmse:
        wins = f"{figure} is {side} {bound}; on the rows that are new to the champion, {compared:.2f}"
        ties = loses = wins
    if candidate_rmse > rmse_limit:
        accepted, reason = False, f"{figure} is above {bound}"
    elif champion_rmse is None:
        accepted, reason = True, f"{figure} is {side} {bound} and no champion was compared"
    elif compared < champion_rmse:
        accepted, reason = True, f"{wins} beats the champion's {champion_rmse:.2f}"
    elif compared == champion_rmse:
        accepted, reason = False, f"{ties} only equals the champion's, which stays"
    else:
        accepted, reason = False, f"{loses} does not beat the champion's {champion_rmse:.2f}"
    return Judgement(accepted, reason, candidate_rmse, champion_rmse, rmse_limit)


def judge_files(
    s3: Any,
    *,
    truth_uri: str,
    candidate_uri: str,
    champion_uri: str | None,
    unseen_uri: str | None = None,
    rmse_limit: float,
    unit: str = "",
) -> Judgement:
    """Judge by two files of predictions for the same true values; no champion's file means no champion.

    `unseen_uri` has a 1 for each row that the champion was not trained on, and a 0 for the others.

    Raises:
        RowsDiffer, NothingToCompare, PredictionInvalid, NumberNotFinite, ObjectMissing.
    """
    candidate_rmse = rmse_of(s3, truth_uri, candidate_uri)
    if not champion_uri:
        return judge(candidate_rmse, None, rmse_limit, unit)
    champion_rmse = rmse_of(s3, truth_uri, champion_uri, unseen_uri)
    compared_rmse = rmse_of(s3, truth_uri, candidate_uri, unseen_uri) if unseen_uri else None
    return judge(candidate_rmse, champion_rmse, rmse_limit, unit, compared_rmse)


def rmse_of(s3: Any, truth_uri: str, predictions_uri: str, chosen_uri: str | None = None) -> float:
    """RMSE of a prediction file against the file of true values, of the chosen rows; all are streamed."""
    return metrics.rmse(_errors(s3, truth_uri, predictions_uri, chosen_uri))


def _errors(s3: Any, truth_uri: str, predictions_uri: str, chosen_uri: str | None) -> Iterator[float]:
    truths_read = answers_read = chosen = 0
    truths = _numbers(s3, truth_uri)
    answers = _numbers(s3, predictions_uri)
    choices = _numbers(s3, chosen_uri) if chosen_uri else repeat(1.0)
    for truth, answer in zip_longest(truths, answers):
        truths_read += truth is not None
        answers_read += answer is not None
        is_chosen = next(choices, None)
        if is_chosen is None:
            raise RowsDiffer(f"{chosen_uri}: has fewer lines than {truth_uri}; every row of both needs one")
        if truth is not None and answer is not None and is_chosen:
            chosen += 1
            yield answer - truth
    if truths_read != answers_read or not truths_read:
        raise RowsDiffer(
            f"{predictions_uri}: has {answers_read} predictions for {truths_read} true values "
            f"in {truth_uri}; every row of the test file needs exactly one"
        )
    if not chosen:
        raise NothingToCompare(
            f"{chosen_uri}: the champion was trained on each of the {truths_read} rows of the test file; "
            "give more rows, or set compare_with_champion to false to replace it without a comparison"
        )


def _numbers(s3: Any, uri: str) -> Iterator[float]:
    body = storage.open_object(s3, storage.Place.parse(uri)).stream
    return predictions.numbers(body.iter_lines(), uri)

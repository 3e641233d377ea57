"""JudgeCandidate: hold a candidate model against the limit and the champion, on the same held-out rows.

In:  {"truth_uri": str, "candidate_predictions_uri": str, "champion_predictions_uri": str | None,
      "champion_unseen_uri": str (optional: a line for each row, 1 if the champion was not trained on it),
      "rmse_limit": float, "unit": str (optional, as in "USD")}
Out: {"accepted": bool, "reason": str, "candidate_rmse": float, "champion_rmse": float | None,
      "rmse_limit": float}
"""

from typing import NotRequired, TypedDict

from millkit import aws, judging, metrics


class JudgeCandidateInput(TypedDict):
    truth_uri: str
    candidate_predictions_uri: str
    champion_predictions_uri: str | None
    champion_unseen_uri: NotRequired[str]
    rmse_limit: float
    unit: NotRequired[str]


class JudgeCandidateOutput(TypedDict):
    accepted: bool
    reason: str
    candidate_rmse: float
    champion_rmse: float | None
    rmse_limit: float


def handler(event: JudgeCandidateInput, _context: object) -> JudgeCandidateOutput:
    verdict = judging.judge_files(
        aws.client("s3"),
        truth_uri=event["truth_uri"],
        candidate_uri=event["candidate_predictions_uri"],
        champion_uri=event["champion_predictions_uri"],
        unseen_uri=event.get("champion_unseen_uri"),
        rmse_limit=metrics.limit(event["rmse_limit"], "rmse_limit"),
        unit=event.get("unit", ""),
    )
    return {
        "accepted": verdict.accepted,
        "reason": verdict.reason,
        "candidate_rmse": verdict.candidate_rmse,
        "champion_rmse": verdict.champion_rmse,
        "rmse_limit": verdict.rmse_limit,
    }

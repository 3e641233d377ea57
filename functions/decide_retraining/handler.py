"""DecideRetraining: whether what a scoring run has measured is reason enough to train anew.

In:  {"summary_uri": str, "drift_uri": str, "attributions_uri": str | None, "version": str,
      "model_package_arn": str, "passed_over": [str], "execution_arn": str,
      "rule": {retrain, drifted_features, rejected_share, ndcg, cooldown_h}}
Out: {"retrain": bool, "reason": str, "causes": [str], "rows": int, "scored": int, "rejected": int,
      "drifted": [str], "ndcg": float | None}; `reason` has all figures in words

Asked again by the same execution, the answer is the same: see millkit.retraining.
"""

import time
from dataclasses import dataclass
from typing import TypedDict

from millkit import aws, environment, log, retraining
from millkit.retraining import Claims, Rule


class Limits(TypedDict):
    retrain: bool
    drifted_features: int
    rejected_share: float
    ndcg: float
    cooldown_h: float


class DecideRetrainingInput(TypedDict):
    summary_uri: str
    drift_uri: str
    attributions_uri: str | None
    version: str
    model_package_arn: str
    passed_over: list[str]
    execution_arn: str
    rule: Limits


class DecideRetrainingOutput(TypedDict):
    retrain: bool
    reason: str
    causes: list[str]
    rows: int
    scored: int
    rejected: int
    drifted: list[str]
    ndcg: float | None


@dataclass(frozen=True)
class Settings:
    retrainings_table: str


def handler(event: DecideRetrainingInput, _context: object) -> DecideRetrainingOutput:
    table = environment.read(Settings, "stacks/batch.yaml").retrainings_table
    limits = event["rule"]
    rule = Rule(
        limits["retrain"],
        limits["drifted_features"],
        limits["rejected_share"],
        limits["ndcg"],
        limits["cooldown_h"],
    )
    found = retraining.figures(
        aws.client("s3"), event["summary_uri"], event["drift_uri"], event["attributions_uri"]
    )
    claims = Claims(aws.client("dynamodb"), table, event["execution_arn"], time.time())
    decision = retraining.decide(found, rule, event["model_package_arn"], claims)
    log.info("decide_retraining", retrain=decision.retrain, causes=decision.causes)
    return {
        "retrain": decision.retrain,
        "reason": retraining.told(found, event["version"], event["passed_over"], decision),
        "causes": decision.causes,
        "rows": found.rows,
        "scored": found.scored,
        "rejected": found.rejected,
        "drifted": found.drifted,
        "ndcg": found.ndcg,
    }

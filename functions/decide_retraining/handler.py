"""DecideRetraining: whether what a scoring run has measured is reason enough to train anew.

In:  {"summary_uri": str, "drift_uri": str, "attributions_uri": str | None, "version": str,
      "model_package_arn": str, "passed_over": [str], "execution_arn": str,
      "rule": {retrain, drifted_features, rejected_share, ndcg, cooldown_h},
      "training": {data_uri, data_version, algorithm, endpoint_name, parameter_prefix}}
Out: {"retrain": bool, "reason": str, "causes": [str], "rows": int, "scored": int, "rejected": int,
      "drifted": [str], "ndcg": float | None, "training": {...}}; `reason` has all figures in words, `drifted`
      at most 100 names, `training` is the input of the training machine, {} when no limit is reached
Raises UseCaseInvalid before anything is claimed

Asked again by the same execution, the answer is the same: see millkit.retraining.
"""

import time
from dataclasses import dataclass
from typing import Any, TypedDict

from millkit import aws, environment, log, retraining
from millkit.retraining import Claims, Rule

# A state's data have 256 KB, whatever the table's columns are called.
MAX_DRIFTED = 100


class Limits(TypedDict):
    retrain: bool
    drifted_features: int
    rejected_share: float
    ndcg: float
    cooldown_h: float


class Training(TypedDict):
    data_uri: str
    data_version: str
    algorithm: str
    endpoint_name: str
    parameter_prefix: str


class DecideRetrainingInput(TypedDict):
    summary_uri: str
    drift_uri: str
    attributions_uri: str | None
    version: str
    model_package_arn: str
    passed_over: list[str]
    execution_arn: str
    rule: Limits
    training: Training


class DecideRetrainingOutput(TypedDict):
    retrain: bool
    reason: str
    causes: list[str]
    rows: int
    scored: int
    rejected: int
    drifted: list[str]
    ndcg: float | None
    training: dict[str, Any]


@dataclass(frozen=True)
class Settings:
    retrainings_table: str
    use_case_parameter: str


def handler(event: DecideRetrainingInput, _context: object) -> DecideRetrainingOutput:
    settings = environment.read(Settings, "stacks/batch.yaml")
    limits = event["rule"]
    rule = Rule(
        limits["retrain"],
        limits["drifted_features"],
        limits["rejected_share"],
        limits["ndcg"],
        limits["cooldown_h"],
    )
    places = (event["summary_uri"], event["drift_uri"], event["attributions_uri"])
    found = retraining.figures(aws.client("s3"), *places)
    training: dict[str, Any] = {}
    if rule.is_on and retraining.causes(found, rule):
        own = event["training"]
        training = retraining.training_input(aws.client("ssm"), settings.use_case_parameter, own)
    claims = Claims(aws.client("dynamodb"), settings.retrainings_table, event["execution_arn"], time.time())
    decision = retraining.decide(found, rule, event["model_package_arn"], claims)
    log.info("decide_retraining", retrain=decision.retrain, causes=decision.causes)
    return {
        "retrain": decision.retrain,
        "reason": retraining.told(found, event["version"], event["passed_over"], decision),
        "causes": decision.causes,
        "rows": found.rows,
        "scored": found.scored,
        "rejected": found.rejected,
        "drifted": found.drifted[:MAX_DRIFTED],
        "ndcg": found.ndcg,
        "training": training,
    }

"""Whether a model is to be trained anew: a rule over what a scoring run measured, and a pause between two.

Each limit that is reached is a cause of its own, of one version of the model. Who claims a cause has it for
the pause: another execution finds it taken, the same one finds its own claim again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from millkit import storage, uploads
from millkit.storage import ObjectMissing, Place

MAX_SHOWN = 10
HOUR_S = 3600
FREE_OR_MINE = "attribute_not_exists(claimed_s) OR claimed_s <= :limit OR execution_arn = :me"


class Figures(NamedTuple):
    """What was measured. `drifted` are columns that moved; `ndcg` is None where nothing was explained."""

    rows: int
    scored: int
    rejected: int
    columns_added: list[str]
    unseen_categories: int
    rows_without_values: int
    drifted: list[str]
    ndcg: float | None


class Rule(NamedTuple):
    """Limits from which on a model is trained anew; `is_on` False: never."""

    is_on: bool
    drifted_features: int
    rejected_share: float
    ndcg: float
    cooldown_h: float


class Decision(NamedTuple):
    retrain: bool
    reason: str
    causes: list[str]


class Claims(NamedTuple):
    """A DynamoDB table with the key `name`, the execution that claims, and the time now."""

    dynamodb: Any
    table: str
    execution_arn: str
    now_s: float


def figures(s3: Any, summary_uri: str, drift_uri: str, attributions_uri: str | None) -> Figures:
    """Read what the jobs wrote: a summary, folders with constraint_violations.json and figures.json."""
    summary = _json(s3, summary_uri)
    violations = _json(s3, f"{drift_uri}/constraint_violations.json")["violations"]
    ndcg = None if attributions_uri is None else _json(s3, f"{attributions_uri}/figures.json")["ndcg"]
    return Figures(
        rows=summary["rows"],
        scored=summary["scored"],
        rejected=summary["rejected"],
        columns_added=summary["columns_added"],
        unseen_categories=sum(summary["unseen_categories"].values()),
        rows_without_values=summary["rows_without_values"],
        drifted=sorted({one["feature_name"] for one in violations} - set(summary["columns_added"])),
        ndcg=ndcg,
    )


def causes(found: Figures, rule: Rule) -> dict[str, str]:
    """Cause -> in words, of each limit that is reached."""
    share = found.rejected / found.rows
    reached = {
        "drifted_features": (
            len(found.drifted) >= rule.drifted_features,
            f"{len(found.drifted)} drifted columns reach the limit {rule.drifted_features}",
        ),
        "rejected_share": (
            share >= rule.rejected_share,
            f"{share:.1%} rejected rows reach the limit {rule.rejected_share:.1%}",
        ),
        "ndcg": (
            found.ndcg is not None and found.ndcg < rule.ndcg,
            f"NDCG {found.ndcg or 0:.3f} is below {rule.ndcg:g}",
        ),
    }
    return {name: words for name, (is_reached, words) in reached.items() if is_reached}


def decide(found: Figures, rule: Rule, model: str, claims: Claims) -> Decision:
    """`model` names the version that has scored; a claim is made for each cause."""
    if not rule.is_on:
        return Decision(False, "no training: retrain is off", [])
    reached = causes(found, rule)
    if not reached:
        return Decision(False, "no training: no limit is reached", [])
    free = [name for name in reached if claim(claims, f"{model}/{name}", rule.cooldown_h)]
    words = " and ".join(reached.values())
    if not free:
        pause = f"and these causes have started one within {rule.cooldown_h:g} h"
        return Decision(False, f"no training: {words}, {pause}", [])
    return Decision(True, f"training started: {words}", free)


def training_input(ssm: Any, parameter: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """What the training of an uploaded file for the same endpoint gets, under `own`, which wins.

    Raises:
        UseCaseInvalid: `parameter` does not hold a use case.
    """
    inputs = uploads.inputs_of(ssm, parameter)
    same = (one for one in inputs.values() if one.get("endpoint_name") == own["endpoint_name"])
    known = next(same, inputs[""])
    if known.get("algorithm", own["algorithm"]) != own["algorithm"]:
        known = uploads.without_algorithm(known)
    return {**known, **own}


def claim(claims: Claims, cause: str, cooldown_h: float) -> bool:
    """Whether the cause is this execution's: nobody else has claimed it within the pause."""
    dynamodb = claims.dynamodb
    try:
        dynamodb.put_item(
            TableName=claims.table,
            Item={
                "name": {"S": cause},
                "execution_arn": {"S": claims.execution_arn},
                "claimed_s": {"N": f"{claims.now_s:.0f}"},
            },
            ConditionExpression=FREE_OR_MINE,
            ExpressionAttributeValues={
                ":limit": {"N": f"{claims.now_s - cooldown_h * HOUR_S:.0f}"},
                ":me": {"S": claims.execution_arn},
            },
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def told(found: Figures, version: str, passed_over: list[str], decision: Decision) -> str:
    """The figures in words, for people."""
    parts = [f"{found.scored:,} of {found.rows:,} rows scored by version {version}"]
    parts += [f"passed over: {one}" for one in passed_over]
    parts += [f"{found.rejected:,} rejected"] if found.rejected else []
    parts += [f"columns added: {_names(found.columns_added)}"] if found.columns_added else []
    parts += [f"{found.unseen_categories:,} unseen categories"] if found.unseen_categories else []
    parts += [f"{found.rows_without_values:,} rows without any value"] if found.rows_without_values else []
    parts += [f"columns that drifted: {_names(found.drifted) or 'none'}"]
    parts += [f"attributions: NDCG {found.ndcg:.3f}"] if found.ndcg is not None else []
    return "; ".join([*parts, decision.reason])


def _names(names: list[str]) -> str:
    more = [f"and {len(names) - MAX_SHOWN} more"] if len(names) > MAX_SHOWN else []
    return ", ".join([*names[:MAX_SHOWN], *more])


def _json(s3: Any, uri: str) -> Mapping[str, Any]:
    try:
        document: Mapping[str, Any] = json.loads(storage.open_object(s3, Place.parse(uri)).stream.read())
    except ValueError as wrong:
        raise ObjectMissing(f"{uri}: is not JSON ({wrong}); look at the job that wrote it") from wrong
    return document

"""The targets of rules: Lambda functions, state machines, queues, topics and log groups."""

import json
import re
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.events.inputs import check_target
from stepmill.cloud.services.events.rules import page
from stepmill.cloud.services.events.tables import SERVICE, bus_name, find_bus, find_rule, named_rule_arn

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

TARGET_LIMIT = 5
KINDS = ("lambda", "states", "sqs", "sns", "logs")
TARGET_ID = re.compile(r"[.\-_A-Za-z0-9]{1,64}")
KEPT = ("Id", "Arn", "RoleArn", "Input", "InputPath", "InputTransformer", "DeadLetterConfig", "RetryPolicy")


@SERVICE.operation("PutTargets", resources=named_rule_arn)
def put_targets(cloud: "Cloud", request: Request) -> Answer:
    bus, rule, targets = bus_name(request.params), request.params["Rule"], request.params["Targets"]
    for target in targets:
        check(target)
        if "RoleArn" in target:
            passed = {"iam:PassedToService": "events.amazonaws.com"}
            cloud.allow(request.principal, "iam:PassRole", target["RoleArn"], passed)
    with cloud.store.transaction() as conn:
        find_rule(cloud, bus, rule)
        for target in targets:
            row = (bus, rule, target["Id"], json.dumps(target))
            conn.execute("insert or replace into event_target values (?, ?, ?, ?)", row)
        asked = (bus, rule)
        count = conn.execute(
            "select count(*) from event_target where bus = ? and rule = ?", asked
        ).fetchone()[0]
        if count > TARGET_LIMIT:
            raise AwsError(
                "LimitExceededException", "The requested resource exceeds the maximum number allowed."
            )
    return {"FailedEntryCount": 0, "FailedEntries": []}


def check(target: dict[str, Any]) -> None:
    """Raises: AwsError ValidationException for what could only fail later, with the field's name."""
    where = f"target {target['Id']}"
    if not TARGET_ID.fullmatch(target["Id"]):
        raise AwsError(
            "ValidationException", f"Id {target['Id']!r} is not valid; 1 to 64 of letters, digits, . - _"
        )
    arn = target["Arn"].split(":")
    if len(arn) < 6 or arn[0] != "arn" or arn[2] not in KINDS:
        raise AwsError(
            "ValidationException",
            f"Parameter Arn of {where} is {target['Arn']}; the embedded cloud delivers to {', '.join(KINDS)}",
        )
    if refused := sorted(set(target) - set(KEPT)):
        raise AwsError(
            "ValidationException", f"{', '.join(refused)} of {where} is not supported by the embedded cloud"
        )
    if arn[2] == "states" and "RoleArn" not in target:
        raise AwsError("ValidationException", f"RoleArn is required for target {target['Arn']}.")
    dead_letter = target.get("DeadLetterConfig", {}).get("Arn")
    if dead_letter is not None and dead_letter.split(":")[2:3] != ["sqs"]:
        raise AwsError(
            "ValidationException", f"DeadLetterConfig of {where} is {dead_letter}; name an SQS queue's ARN"
        )
    policy = target.get("RetryPolicy", {})
    if not 0 <= policy.get("MaximumRetryAttempts", 0) <= 185:
        raise AwsError("ValidationException", f"MaximumRetryAttempts of {where} is not within 0 and 185")
    if not 60 <= policy.get("MaximumEventAgeInSeconds", 60) <= 86_400:
        raise AwsError(
            "ValidationException", f"MaximumEventAgeInSeconds of {where} is not within 60 and 86400"
        )
    check_target(target)


@SERVICE.operation("RemoveTargets", resources=named_rule_arn)
def remove_targets(cloud: "Cloud", request: Request) -> Answer:
    bus, rule = bus_name(request.params), request.params["Rule"]
    failed = []
    with cloud.store.transaction() as conn:
        find_rule(cloud, bus, rule)
        for target_id in request.params["Ids"]:
            asked = (bus, rule, target_id)
            if not conn.execute(
                "delete from event_target where bus = ? and rule = ? and id = ?", asked
            ).rowcount:
                failed.append(
                    {
                        "TargetId": target_id,
                        "ErrorCode": "ResourceNotFoundException",
                        "ErrorMessage": f"Rule {rule} does not have target(s) {target_id}.",
                    }
                )
    return {"FailedEntryCount": len(failed), "FailedEntries": failed}


@SERVICE.operation("ListTargetsByRule", resources=named_rule_arn)
def list_targets_by_rule(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    bus = bus_name(params)
    find_rule(cloud, bus, params["Rule"])
    rows = cloud.store.query(
        "select * from event_target where bus = ? and rule = ? and id > ? order by id",
        (bus, params["Rule"], params.get("NextToken", "")),
    )
    shown, token = page(rows, "id", params)
    return {"Targets": [json.loads(row["body"]) for row in shown], **token}


@SERVICE.operation("ListRuleNamesByTarget")
def list_rule_names_by_target(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    bus = bus_name(params)
    find_bus(cloud, bus)
    rows = cloud.store.query(
        "select distinct rule from event_target where bus = ? and json_extract(body, '$.Arn') = ?"
        " and rule > ? order by rule",
        (bus, params["TargetArn"], params.get("NextToken", "")),
    )
    shown, token = page(rows, "rule", params)
    return {"RuleNames": [row["rule"] for row in shown], **token}

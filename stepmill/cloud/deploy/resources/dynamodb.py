"""AWS::DynamoDB::Table."""

import time
from typing import Any

from stepmill.cloud.deploy.errors import ResourceError
from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_list
from stepmill.cloud.deploy.scope import Made

_CREATE = [
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "ProvisionedThroughput",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "DeletionProtectionEnabled",
    "TableClass",
]
_READY_LIMIT_S = 30.0


class Table(Kind):
    type = "AWS::DynamoDB::Table"
    properties = frozenset(
        {"TableName", "Tags", "SSESpecification", "StreamSpecification", "TimeToLiveSpecification", *_CREATE}
        | {"PointInTimeRecoverySpecification"}
    )
    replaces = frozenset({"TableName", "KeySchema", "LocalSecondaryIndexes"})
    name_property = "TableName"
    name_limit = 255

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        fields = {key: wanted[key] for key in _CREATE if key in wanted}
        aws(
            "dynamodb",
            "CreateTable",
            TableName=name,
            Tags=tag_list(wanted.get("Tags")) or None,
            SSESpecification=_encryption(wanted),
            StreamSpecification=_stream(wanted),
            **fields,
        )
        aws.partly = Made(name)
        table = _active(aws, name)
        self._settings(aws, name, {}, wanted)
        return _made(table)

    def sweep(self, aws: Aws, name: str, wanted: Props) -> None:
        self.delete(aws, Made(name), wanted)

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        changed = {
            key: wanted.get(key)
            for key in ("BillingMode", "ProvisionedThroughput", "DeletionProtectionEnabled", "TableClass")
            if wanted.get(key) != before.get(key)
        }
        if wanted.get("StreamSpecification") != before.get("StreamSpecification"):
            changed["StreamSpecification"] = _stream(wanted) or {"StreamEnabled": False}
        if wanted.get("SSESpecification") != before.get("SSESpecification"):
            changed["SSESpecification"] = _encryption(wanted)
        indexes = ("GlobalSecondaryIndexes", "AttributeDefinitions")
        if any(wanted.get(key) != before.get(key) for key in indexes):
            raise ResourceError(
                f"{aws.logical_id}: indexes of a table that exists cannot be changed here; rename the table"
            )
        if changed:
            aws("dynamodb", "UpdateTable", TableName=made.physical_id, **changed)
        self._settings(aws, made.physical_id, before, wanted)
        return _made(_active(aws, made.physical_id))

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        aws.quietly("dynamodb", "DeleteTable", "ResourceNotFoundException", TableName=made.physical_id)

    @staticmethod
    def _settings(aws: Aws, name: str, before: Props, wanted: Props) -> None:
        recovery = wanted.get("PointInTimeRecoverySpecification")
        if recovery != before.get("PointInTimeRecoverySpecification"):
            switch = recovery or {"PointInTimeRecoveryEnabled": False}
            aws(
                "dynamodb",
                "UpdateContinuousBackups",
                TableName=name,
                PointInTimeRecoverySpecification=switch,
            )
        expiry = wanted.get("TimeToLiveSpecification")
        if expiry != before.get("TimeToLiveSpecification"):
            old = before.get("TimeToLiveSpecification", {})
            aws(
                "dynamodb",
                "UpdateTimeToLive",
                TableName=name,
                TimeToLiveSpecification=expiry or {**old, "Enabled": False},
            )


def _encryption(wanted: Props) -> dict[str, Any] | None:
    given = wanted.get("SSESpecification")
    if given is None:
        return None
    rest = {key: value for key, value in given.items() if key != "SSEEnabled"}
    return {"Enabled": given["SSEEnabled"], **rest}


def _stream(wanted: Props) -> dict[str, Any] | None:
    given = wanted.get("StreamSpecification")
    return {"StreamEnabled": True, **given} if given else None


def _active(aws: Aws, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + _READY_LIMIT_S
    while True:
        table: dict[str, Any] = aws("dynamodb", "DescribeTable", TableName=name)["Table"]
        if table["TableStatus"] == "ACTIVE":
            return table
        if time.monotonic() > deadline:
            raise ResourceError(f"{name}: is still {table['TableStatus']} after {_READY_LIMIT_S:.0f} s")
        time.sleep(0.05)


def _made(table: dict[str, Any]) -> Made:
    attributes = {"Arn": table["TableArn"]}
    if "LatestStreamArn" in table:
        attributes["StreamArn"] = table["LatestStreamArn"]
    return Made(table["TableName"], attributes)


KINDS = (Table(),)

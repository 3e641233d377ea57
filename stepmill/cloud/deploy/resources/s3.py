"""AWS::S3::Bucket and BucketPolicy."""

import json
from typing import Any

from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_list
from stepmill.cloud.deploy.scope import Made

_SETTINGS = {
    "VersioningConfiguration": ("PutBucketVersioning", "VersioningConfiguration"),
    "PublicAccessBlockConfiguration": ("PutPublicAccessBlock", "PublicAccessBlockConfiguration"),
    "BucketEncryption": ("PutBucketEncryption", "ServerSideEncryptionConfiguration"),
    "OwnershipControls": ("PutBucketOwnershipControls", "OwnershipControls"),
    "LifecycleConfiguration": ("PutBucketLifecycleConfiguration", "LifecycleConfiguration"),
    "NotificationConfiguration": ("PutBucketNotificationConfiguration", "NotificationConfiguration"),
    "LoggingConfiguration": ("PutBucketLogging", "BucketLoggingStatus"),
}
_REMOVALS = {
    "PublicAccessBlockConfiguration": "DeletePublicAccessBlock",
    "BucketEncryption": "DeleteBucketEncryption",
    "OwnershipControls": "DeleteBucketOwnershipControls",
    "LifecycleConfiguration": "DeleteBucketLifecycle",
    "Tags": "DeleteBucketTagging",
}


class Bucket(Kind):
    type = "AWS::S3::Bucket"
    properties = frozenset({"BucketName", "Tags", *_SETTINGS})
    replaces = frozenset({"BucketName"})
    name_property = "BucketName"
    name_limit = 63

    def name(self, stack: str, logical_id: str, seed: str) -> str:
        return super().name(stack, logical_id, seed).lower()

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        region = aws.cloud.region
        place = {"LocationConstraint": region} if region != "us-east-1" else None
        aws("s3", "CreateBucket", Bucket=name, CreateBucketConfiguration=place)
        made = Made(
            name,
            {
                "Arn": f"arn:aws:s3:::{name}",
                "DomainName": f"{name}.s3.amazonaws.com",
                "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
            },
        )
        aws.partly = made
        return self.update(aws, made, {}, wanted)

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        bucket = made.physical_id
        for field, (operation, member) in _SETTINGS.items():
            if wanted.get(field) != before.get(field):
                if field in wanted:
                    aws("s3", operation, Bucket=bucket, **{member: _as_api(field, wanted[field])})
                else:
                    self._remove(aws, bucket, field)
        if wanted.get("Tags") != before.get("Tags"):
            if wanted.get("Tags"):
                aws("s3", "PutBucketTagging", Bucket=bucket, Tagging={"TagSet": tag_list(wanted["Tags"])})
            else:
                self._remove(aws, bucket, "Tags")
        return made

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        aws.quietly("s3", "DeleteBucket", "NoSuchBucket", Bucket=made.physical_id)

    @staticmethod
    def _remove(aws: Aws, bucket: str, field: str) -> None:
        if field in _REMOVALS:
            aws("s3", _REMOVALS[field], Bucket=bucket)
            return
        operation, member = _SETTINGS[field]
        nothing = {"Status": "Suspended"} if field == "VersioningConfiguration" else {}
        aws("s3", operation, Bucket=bucket, **{member: nothing})


def _as_api(field: str, value: Any) -> Any:
    """CloudFormation words some settings otherwise than the API does."""
    if field == "BucketEncryption":
        rules = []
        for rule in value["ServerSideEncryptionConfiguration"]:
            default = dict(rule.get("ServerSideEncryptionByDefault", {}))
            rule = {key: item for key, item in rule.items() if key != "ServerSideEncryptionByDefault"}
            rules.append({**rule, "ApplyServerSideEncryptionByDefault": default} if default else rule)
        return {"Rules": rules}
    if field == "LifecycleConfiguration":
        return {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}
    if field == "NotificationConfiguration":
        return _notification(value)
    if field == "LoggingConfiguration":
        prefix = value.get("LogFilePrefix", "")
        return {"LoggingEnabled": {"TargetBucket": value["DestinationBucketName"], "TargetPrefix": prefix}}
    return value


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    api: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        api["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        api["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "ExpiredObjectDeleteMarker" in rule:
        api["Expiration"] = {"ExpiredObjectDeleteMarker": rule["ExpiredObjectDeleteMarker"]}
    if "NoncurrentVersionExpirationInDays" in rule:
        days = int(rule["NoncurrentVersionExpirationInDays"])
        api["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    known = {"ExpirationInDays", "ExpiredObjectDeleteMarker", "NoncurrentVersionExpirationInDays"}
    for key, item in rule.items():
        if key not in known | {"Id", "Status", "Prefix"}:
            api[key] = item
    return api


def _notification(value: dict[str, Any]) -> dict[str, Any]:
    api: dict[str, Any] = {}
    if "EventBridgeConfiguration" in value:
        switch = value["EventBridgeConfiguration"].get("EventBridgeEnabled", True)
        if str(switch).lower() == "true":
            api["EventBridgeConfiguration"] = {}
    for field, target, arn in (
        ("LambdaConfigurations", "Function", "LambdaFunctionArn"),
        ("QueueConfigurations", "Queue", "QueueArn"),
        ("TopicConfigurations", "Topic", "TopicArn"),
    ):
        for one in value.get(field, []):
            entry = {arn: one[target], "Events": [one["Event"]]}
            if "Filter" in one:
                entry["Filter"] = {"Key": {"FilterRules": one["Filter"]["S3Key"]["Rules"]}}
            name = "LambdaFunctionConfigurations" if field.startswith("Lambda") else field
            api.setdefault(name, []).append(entry)
    return api


class BucketPolicy(Kind):
    type = "AWS::S3::BucketPolicy"
    properties = frozenset({"Bucket", "PolicyDocument"})
    replaces = frozenset({"Bucket"})

    def create(self, aws: Aws, _name: str, wanted: Props) -> Made:
        return self.update(aws, Made(wanted["Bucket"]), {}, wanted)

    def update(self, aws: Aws, made: Made, _before: Props, wanted: Props) -> Made:
        document = wanted["PolicyDocument"]
        policy = document if isinstance(document, str) else json.dumps(document)
        aws("s3", "PutBucketPolicy", Bucket=wanted["Bucket"], Policy=policy)
        return made

    def delete(self, aws: Aws, _made: Made, props: Props) -> None:
        aws.quietly("s3", "DeleteBucketPolicy", "NoSuchBucket", Bucket=props["Bucket"])


KINDS = (Bucket(), BucketPolicy())

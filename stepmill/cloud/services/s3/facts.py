"""What is kept with an object besides its bytes: the headers and metadata it answers with, and its tags."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from stepmill.cloud.service import AwsError

KEPT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Metadata",
    "StorageClass",
    "WebsiteRedirectLocation",
)
ENCRYPTION = ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled")
DEFAULT_CONTENT_TYPE = "binary/octet-stream"
# Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
METADATA_LIMIT_BYTES = 2048
KEY_LIMIT_BYTES = 1024
TAG_LIMIT = 10


def check_key(key: str) -> None:
    if len(key.encode()) > KEY_LIMIT_BYTES:
        raise AwsError("KeyTooLongError", "Your key is too long", Key=key[:80])


def facts_of(params: dict[str, Any], bucket_encryption: Any) -> dict[str, Any]:
    """The facts to keep for a write with these parameters; the bucket's encryption rule fills the gap.

    Raises: MetadataTooLarge; NotImplemented for customer keys and object locks, which are not kept here.
    """
    for refused in (
        "SSECustomerAlgorithm",
        "ObjectLockMode",
        "ObjectLockLegalHoldStatus",
        "WriteOffsetBytes",
    ):
        if params.get(refused) is not None:
            raise AwsError("NotImplemented", f"s3: {refused} is not supported by the embedded cloud", 501)
    metadata = params.get("Metadata", {})
    if (
        sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
        > METADATA_LIMIT_BYTES
    ):
        raise AwsError("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
    facts = {name: params[name] for name in (*KEPT, *ENCRYPTION) if params.get(name) is not None}
    if isinstance(params.get("Expires"), datetime):
        facts["Expires"] = params["Expires"].timestamp()
    facts.setdefault("ContentType", DEFAULT_CONTENT_TYPE)
    if "ServerSideEncryption" not in facts:
        facts |= default_encryption(bucket_encryption)
    return facts


def default_encryption(bucket_encryption: Any) -> dict[str, Any]:
    rules = (bucket_encryption or {}).get("Rules", [])
    rule = rules[0].get("ApplyServerSideEncryptionByDefault", {}) if rules else {}
    chosen = {"ServerSideEncryption": rule.get("SSEAlgorithm", "AES256")}
    if "KMSMasterKeyID" in rule:
        chosen["SSEKMSKeyId"] = rule["KMSMasterKeyID"]
    if chosen["ServerSideEncryption"] == "aws:kms" and rules[0].get("BucketKeyEnabled"):
        chosen["BucketKeyEnabled"] = True
    return chosen


def shown_encryption(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in ENCRYPTION if name in facts}


def shown(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as GetObject and HeadObject answer them. STANDARD is the class that S3 does not name."""
    answer = {"Metadata": {}, **facts}
    if answer.get("StorageClass") == "STANDARD":
        del answer["StorageClass"]
    if "Expires" in answer:
        answer["Expires"] = datetime.fromtimestamp(answer["Expires"], UTC)
    return answer


def tags_of(header: str) -> list[dict[str, str]]:
    """`a=1&b=2`, as a write carries them."""
    return check_tags(
        [{"Key": key, "Value": value} for key, value in parse_qsl(header, keep_blank_values=True)]
    )


def check_tags(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    if len(tags) > TAG_LIMIT:
        raise AwsError("BadRequest", f"Object tags cannot be greater than {TAG_LIMIT}")
    if len({tag["Key"] for tag in tags}) != len(tags):
        raise AwsError("InvalidTag", "Cannot provide multiple Tags with the same key")
    for tag in tags:
        if not tag["Key"] or len(tag["Key"]) > 128:
            raise AwsError("InvalidTag", "The TagKey you have provided is invalid")
        if len(tag["Value"]) > 256:
            raise AwsError("InvalidTag", "The TagValue you have provided is invalid")
    return tags

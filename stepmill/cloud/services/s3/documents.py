"""A bucket's documents: encryption, policy, lifecycle and the like, kept and answered as they were given.

Of these the notification configuration and the encryption rule have an effect here. Policies, ACLs,
lifecycle rules and CORS are kept for who reads them back; nothing here acts on them.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Handler, Request
from stepmill.cloud.services.s3.buckets import owner
from stepmill.cloud.services.s3.tables import SERVICE, bucket_arn, find_bucket, find_document

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# What a bucket that nobody configured answers. Source:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
DEFAULT_ENCRYPTION = {
    "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
}


@dataclass(frozen=True)
class Document:
    """`subject` names the operations (`PutBucket<subject>`), `member` the input that carries the document.

    `read` turns the kept document into the answer. `absent` is the answer's error when there is none,
    or None when the answer is then empty. `action` is the part of the IAM action after Put or Get.
    """

    subject: str
    member: str
    read: Callable[[Any], Answer]
    absent: tuple[str, str] | None
    action: str
    delete: str | None = None


def whole(kept: Any) -> Answer:
    answer: Answer = kept
    return answer


DOCUMENTS = [
    Document(
        "BucketPolicy",
        "Policy",
        lambda kept: {"Policy": kept},
        ("NoSuchBucketPolicy", "The bucket policy does not exist"),
        "BucketPolicy",
        "s3:DeleteBucketPolicy",
    ),
    Document(
        "BucketLifecycleConfiguration",
        "LifecycleConfiguration",
        whole,
        ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
        "LifecycleConfiguration",
        "s3:PutLifecycleConfiguration",
    ),
    Document(
        "PublicAccessBlock",
        "PublicAccessBlockConfiguration",
        lambda kept: {"PublicAccessBlockConfiguration": kept},
        ("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
        "BucketPublicAccessBlock",
        "s3:PutBucketPublicAccessBlock",
    ),
    Document(
        "BucketTagging",
        "Tagging",
        whole,
        ("NoSuchTagSet", "The TagSet does not exist"),
        "BucketTagging",
        "s3:PutBucketTagging",
    ),
    Document(
        "BucketOwnershipControls",
        "OwnershipControls",
        lambda kept: {"OwnershipControls": kept},
        ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
        "BucketOwnershipControls",
        "s3:PutBucketOwnershipControls",
    ),
    Document("BucketLogging", "BucketLoggingStatus", whole, None, "BucketLogging"),
    Document(
        "BucketCors",
        "CORSConfiguration",
        whole,
        ("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
        "BucketCORS",
        "s3:PutBucketCORS",
    ),
]


def register(document: Document) -> None:
    SERVICE.operation(f"Put{document.subject}", action=f"s3:Put{document.action}", resources=bucket_arn)(
        keeper(document)
    )
    SERVICE.operation(f"Get{document.subject}", action=f"s3:Get{document.action}", resources=bucket_arn)(
        reader(document)
    )
    if document.delete is not None:
        # The one operation whose name is not Delete<subject>.
        subject = (
            "BucketLifecycle" if document.subject == "BucketLifecycleConfiguration" else document.subject
        )
        SERVICE.operation(f"Delete{subject}", action=document.delete, resources=bucket_arn)(
            remover(document.subject)
        )


def keep(cloud: "Cloud", bucket: str, kind: str, body: Any) -> None:
    with cloud.store.transaction() as conn:
        find_bucket(cloud, bucket)
        conn.execute("insert or replace into s3_document values (?, ?, ?)", (bucket, kind, json.dumps(body)))


def keeper(document: Document) -> Handler:
    def put(cloud: "Cloud", request: Request) -> Answer:
        body = request.params.get(document.member, {})
        if document.member == "Policy":
            check_policy(body)
        keep(cloud, request.params["Bucket"], document.subject, body)
        return {}

    return put


def check_policy(policy: str) -> None:
    try:
        parsed = json.loads(policy)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict) or "Statement" not in parsed:
        raise AwsError("MalformedPolicy", "This policy contains invalid Json")


def reader(document: Document) -> Handler:
    def get(cloud: "Cloud", request: Request) -> Answer:
        find_bucket(cloud, request.params["Bucket"])
        kept = find_document(cloud, request.params["Bucket"], document.subject)
        if kept is not None:
            return document.read(kept)
        if document.absent is None:
            return {}
        code, message = document.absent
        raise AwsError(code, message, 404, BucketName=request.params["Bucket"])

    return get


def remover(kind: str) -> Handler:
    def delete(cloud: "Cloud", request: Request) -> Answer:
        with cloud.store.transaction() as conn:
            find_bucket(cloud, request.params["Bucket"])
            conn.execute(
                "delete from s3_document where bucket = ? and kind = ?", (request.params["Bucket"], kind)
            )
        return {}

    return delete


for each in DOCUMENTS:
    register(each)

ENCRYPTION = "BucketEncryption"


@SERVICE.operation("PutBucketEncryption", action="s3:PutEncryptionConfiguration", resources=bucket_arn)
def put_bucket_encryption(cloud: "Cloud", request: Request) -> Answer:
    keep(cloud, request.params["Bucket"], ENCRYPTION, request.params["ServerSideEncryptionConfiguration"])
    return {}


@SERVICE.operation("GetBucketEncryption", action="s3:GetEncryptionConfiguration", resources=bucket_arn)
def get_bucket_encryption(cloud: "Cloud", request: Request) -> Answer:
    find_bucket(cloud, request.params["Bucket"])
    kept = find_document(cloud, request.params["Bucket"], ENCRYPTION)
    return {"ServerSideEncryptionConfiguration": kept or DEFAULT_ENCRYPTION}


SERVICE.operation("DeleteBucketEncryption", action="s3:PutEncryptionConfiguration", resources=bucket_arn)(
    remover(ENCRYPTION)
)


@SERVICE.operation("GetBucketAcl", resources=bucket_arn)
def get_bucket_acl(cloud: "Cloud", request: Request) -> Answer:
    """The owner has full control; ACLs are off, as in every new bucket of AWS."""
    find_bucket(cloud, request.params["Bucket"])
    grantee = {"Type": "CanonicalUser", **owner(cloud)}
    return {"Owner": owner(cloud), "Grants": [{"Grantee": grantee, "Permission": "FULL_CONTROL"}]}

"""Operations of AWS's services that IAM knows by another name.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/ (each action's API link)
"""

from __future__ import annotations

from stepmill.check.permissions.actions import action

# Several actions: all of them are needed.
OPERATIONS = {
    "apigatewaymanagementapi:DeleteConnection": ["execute-api:ManageConnections"],
    "apigatewaymanagementapi:GetConnection": ["execute-api:ManageConnections"],
    "apigatewaymanagementapi:PostToConnection": ["execute-api:ManageConnections"],
    "bedrockruntime:Converse": ["bedrock:InvokeModel"],
    "bedrockruntime:ConverseStream": ["bedrock:InvokeModelWithResponseStream"],
    "bedrockruntime:StartAsyncInvoke": ["bedrock:InvokeModel"],
    "dynamodb:ExecuteStatement": [],
    "dynamodb:TransactGetItems": ["dynamodb:GetItem"],
    "dynamodb:TransactWriteItems": [],
    "kms:ReEncrypt": ["kms:ReEncryptFrom", "kms:ReEncryptTo"],
    "lambda:Invoke": ["lambda:InvokeFunction"],
    "lambda:InvokeAsync": ["lambda:InvokeFunction"],
    "lambda:InvokeWithResponseStream": ["lambda:InvokeFunction"],
    "s3:CompleteMultipartUpload": ["s3:PutObject"],
    "s3:CopyObject": ["s3:PutObject"],
    "s3:CreateMultipartUpload": ["s3:PutObject"],
    "s3:DeleteObjects": ["s3:DeleteObject"],
    "s3:GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
    "s3:GetBucketReplication": ["s3:GetReplicationConfiguration"],
    "s3:GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
    "s3:GetBucketCors": ["s3:GetBucketCORS"],
    "s3:GetBucketNotificationConfiguration": ["s3:GetBucketNotification"],
    "s3:GetObjectLockConfiguration": ["s3:GetBucketObjectLockConfiguration"],
    "s3:GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
    "s3:HeadBucket": ["s3:ListBucket"],
    "s3:HeadObject": ["s3:GetObject"],
    "s3:ListBuckets": ["s3:ListAllMyBuckets"],
    "s3:ListMultipartUploads": ["s3:ListBucketMultipartUploads"],
    "s3:ListObjectVersions": ["s3:ListBucketVersions"],
    "s3:ListObjects": ["s3:ListBucket"],
    "s3:ListObjectsV2": ["s3:ListBucket"],
    "s3:ListParts": ["s3:ListMultipartUploadParts"],
    "s3:PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3:PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
    "s3:PutBucketNotificationConfiguration": ["s3:PutBucketNotification"],
    "s3:PutBucketReplication": ["s3:PutReplicationConfiguration"],
    "s3:PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "s3:SelectObjectContent": ["s3:GetObject"],
    "s3:UploadPart": ["s3:PutObject"],
    "s3:UploadPartCopy": ["s3:PutObject"],
    "sns:PublishBatch": ["sns:Publish"],
    "sqs:ChangeMessageVisibilityBatch": ["sqs:ChangeMessageVisibility"],
    "sqs:DeleteMessageBatch": ["sqs:DeleteMessage"],
    "sqs:SendMessageBatch": ["sqs:SendMessage"],
    "timestreamquery:Query": ["timestream:Select"],
}


# Services whose clients first ask where to send a request.
# Source: https://docs.aws.amazon.com/timestream/latest/developerguide/Using-API.endpoint-discovery.html
ASKED_FIRST = {"timestream": "timestream:DescribeEndpoints"}


def actions_of(service: str, operation: str, prefix: str) -> list[str] | None:
    """IAM actions of `aws-sdk:<service>:<operation>`; None when they are not known."""
    name = operation[:1].upper() + operation[1:]
    told = OPERATIONS.get(f"{service.lower()}:{name}")
    known = None if told is not None else action(f"{prefix}:{name}")
    found = told if told is not None else [known.name] if known else []
    first = [ASKED_FIRST[prefix]] if prefix in ASKED_FIRST and ASKED_FIRST[prefix] not in found else []
    return [*found, *first] if found else None

"""The IAM action of an operation, the ARNs it touches when moto answers it, and its condition keys."""

from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Operation

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# IAM's name of a service where it is not botocore's.
PREFIXES = {
    "stepfunctions": "states",
    "sagemaker-runtime": "sagemaker",
    "sagemaker-featurestore-runtime": "sagemaker",
    "sagemaker-metrics": "sagemaker",
    "greengrassv2": "greengrass",
    "iot-data": "iot",
    "apigatewayv2": "apigateway",
    "sesv2": "ses",
    "elbv2": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tag",
}

# Source: https://docs.aws.amazon.com/service-authorization/latest/reference/ (S3, Lambda)
ACTIONS = {
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "GetObjectAttributes"): "s3:GetObject",
    ("s3", "SelectObjectContent"): "s3:GetObject",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "ListObjects"): "s3:ListBucket",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3", "ListObjectVersions"): "s3:ListBucketVersions",
    ("s3", "ListMultipartUploads"): "s3:ListBucketMultipartUploads",
    ("s3", "ListParts"): "s3:ListMultipartUploadParts",
    ("s3", "CopyObject"): "s3:PutObject",
    ("s3", "CreateMultipartUpload"): "s3:PutObject",
    ("s3", "UploadPart"): "s3:PutObject",
    ("s3", "UploadPartCopy"): "s3:PutObject",
    ("s3", "CompleteMultipartUpload"): "s3:PutObject",
    ("s3", "DeleteObjects"): "s3:DeleteObject",
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
    ("s3", "PutBucketEncryption"): "s3:PutEncryptionConfiguration",
    ("s3", "DeleteBucketEncryption"): "s3:PutEncryptionConfiguration",
    ("s3", "GetBucketNotificationConfiguration"): "s3:GetBucketNotification",
    ("s3", "PutBucketNotificationConfiguration"): "s3:PutBucketNotification",
    ("s3", "GetBucketLifecycleConfiguration"): "s3:GetLifecycleConfiguration",
    ("s3", "PutBucketLifecycleConfiguration"): "s3:PutLifecycleConfiguration",
    ("s3", "DeleteBucketLifecycle"): "s3:PutLifecycleConfiguration",
    ("s3", "GetPublicAccessBlock"): "s3:GetBucketPublicAccessBlock",
    ("s3", "PutPublicAccessBlock"): "s3:PutBucketPublicAccessBlock",
    ("s3", "DeletePublicAccessBlock"): "s3:PutBucketPublicAccessBlock",
    ("s3", "DeleteBucketTagging"): "s3:PutBucketTagging",
    ("lambda", "Invoke"): "lambda:InvokeFunction",
    ("lambda", "InvokeAsync"): "lambda:InvokeFunction",
    ("lambda", "InvokeWithResponseStream"): "lambda:InvokeFunction",
    ("lambda", "ListLayerVersions"): "lambda:ListLayerVersions",
}
VERSIONED = frozenset(["s3:GetObject", "s3:DeleteObject"])

SCALING_KEYS = {"service-namespace": "ServiceNamespace", "scalable-dimension": "ScalableDimension"}
# Nobody needs a permission for these.
FREE = frozenset([("sts", "GetCallerIdentity")])


def action_of(service: str, operation: str, ours: Operation | None, params: dict[str, Any]) -> str:
    if ours is not None and ours.action is not None:
        return ours.action
    action = ACTIONS.get((service, operation), f"{PREFIXES.get(service, service)}:{operation}")
    if action in VERSIONED and params.get("VersionId"):
        return f"{action}Version"
    return action


def context_of(service: str, params: dict[str, Any]) -> dict[str, str]:
    """The condition keys that come from a call's parameters."""
    if service == "s3":
        keys = {"s3:prefix": "Prefix", "s3:delimiter": "Delimiter", "s3:VersionId": "VersionId"}
        return {key: params[name] for key, name in keys.items() if isinstance(params.get(name), str)}
    if service == "cloudwatch" and isinstance(params.get("Namespace"), str):
        return {"cloudwatch:namespace": params["Namespace"]}
    if service == "sagemaker":
        return model_package_keys(params)
    if service == "application-autoscaling":
        return {
            f"application-autoscaling:{key}": params[name]
            for key, name in SCALING_KEYS.items()
            if isinstance(params.get(name), str)
        }
    return {}


def model_package_keys(params: dict[str, Any]) -> dict[str, str]:
    """Of CreateModelPackage and UpdateModelPackage."""
    status = params.get("ModelApprovalStatus")
    keys = {"sagemaker:ModelApprovalStatus": status} if isinstance(status, str) else {}
    properties = params.get("CustomerMetadataProperties")
    if isinstance(properties, dict):
        keys |= {f"sagemaker:CustomerMetadataProperties/{name}": value for name, value in properties.items()}
    return keys


def forwarded_resources(cloud: "Cloud", service: str, params: dict[str, Any]) -> list[str]:
    """The ARNs a call that moto answers touches; `*` where they are not known here."""
    match service:
        case "dynamodb":
            return table_arns(cloud, params)
        case "sqs":
            name = params.get("QueueName") or str(params.get("QueueUrl", "")).rpartition("/")[2]
            return [cloud.arn("sqs", name)] if name else ["*"]
        case "kms":
            return [key_arn(cloud, params["KeyId"])] if "KeyId" in params else ["*"]
        case "secretsmanager":
            given = params.get("SecretId") or params.get("Name")
            return (
                [given if given.startswith("arn:") else cloud.arn("secretsmanager", f"secret:{given}")]
                if given
                else ["*"]
            )
        case "iam":
            return [iam_arn(cloud, params)]
        case "ecr" if "repositoryName" in params:
            # A registry may be another account's.
            account = params.get("registryId", cloud.account)
            return [f"arn:aws:ecr:{cloud.region}:{account}:repository/{params['repositoryName']}"]
    return ["*"]


def table_arns(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    names = list(params.get("RequestItems", {}))
    for item in params.get("TransactItems", []):
        names += [action["TableName"] for action in item.values()]
    if "TableName" in params:
        names.append(params["TableName"])
    arns = [name if name.startswith("arn:") else cloud.arn("dynamodb", f"table/{name}") for name in names]
    if "IndexName" in params:
        arns = [f"{arn}/index/{params['IndexName']}" for arn in arns]
    return arns or ["*"]


def key_arn(cloud: "Cloud", key: str) -> str:
    if key.startswith("arn:") and ":key/" in key:
        return key
    if "alias/" in key:
        return str(cloud.moto.call("kms", "DescribeKey", {"KeyId": key})["KeyMetadata"]["Arn"])
    return cloud.arn("kms", f"key/{key}")


def iam_arn(cloud: "Cloud", params: dict[str, Any]) -> str:
    if "PolicyArn" in params and "RoleName" not in params:
        return str(params["PolicyArn"])
    for member, kind in (("RoleName", "role"), ("UserName", "user"), ("PolicyName", "policy")):
        if member in params:
            return f"arn:aws:iam::{cloud.account}:{kind}{params.get('Path', '/')}{params[member]}"
    return "*"

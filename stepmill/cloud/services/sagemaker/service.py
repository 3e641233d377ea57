"""Amazon SageMaker: jobs, models and endpoints that really run, as child processes in a box.

Not here (answered by moto or refused by name): labeling, pipelines, feature store, several instances,
pipe and fast-file mode, manifest files, VPC and encryption settings (stored, without effect), spot
interruption, rolling updates, asynchronous, serverless and multi-model endpoints. Jobs have no network.
"""

import re

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.models import operation_model
from stepmill.cloud.service import AwsError, Request, Service
from stepmill.cloud.services.sagemaker.constraints import find_problems

SCHEMA = """
create table if not exists sagemaker_record (
    kind text not null, name text not null, created_s real not null, data text not null, attempt text,
    owes_event integer not null default 0, primary key (kind, name));
create table if not exists sagemaker_tag (arn text primary key, tags text not null);
"""
SERVICE = Service("sagemaker", SCHEMA)


def invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)


def check_request(request: Request) -> None:
    """What botocore does not check but AWS does. Raises: AwsError ValidationException."""
    shape = operation_model("sagemaker", request.operation).input_shape
    problems = find_problems(shape, request.params, "") if shape is not None else []
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        raise invalid(count + "; ".join(problems))


def split_s3_uri(uri: str) -> tuple[str, str]:
    """Bucket and key. Raises: AwsError ValidationException."""
    match = re.fullmatch(r"(?:s3|https)://([^/]+)/?(.*)", uri, re.DOTALL)
    if match is None or not uri.startswith("s3://"):
        raise invalid(f"S3 URI {uri!r} does not have the form s3://bucket/key")
    return match[1], match[2]


def pass_role(cloud: Cloud, request: Request, role_arn: str, arn: str) -> None:
    """The caller must be allowed to hand the role to SageMaker, and SageMaker to take it on for the resource
    `arn`.
    """
    context = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    cloud.allow(request.principal, "iam:PassRole", role_arn, context)
    try:
        cloud.assume(role_arn, "sagemaker.amazonaws.com", source_arn=arn)
    except AwsError:
        raise invalid(
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            "'sagemaker.amazonaws.com' to assume the role."
        ) from None

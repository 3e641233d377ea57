"""Errors of AWS services as the error names and causes that Retry and Catch see.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

import uuid

from stepmill.cloud import models
from stepmill.cloud.service import AwsError
from stepmill.cloud.tasks.naming import exception_name, pascal
from stepmill.cloud.tasks.resources import Call

# Optimised integrations speak through the first Java SDK: (prefix, its general exception, service in causes).
_FIRST_SDK = {
    "athena": ("Athena", "AmazonAthenaException", "AmazonAthena"),
    "dynamodb": ("DynamoDB", "AmazonDynamoDBException", "AmazonDynamoDBv2"),
    "events": ("EventBridge", "AmazonEventBridgeException", "AmazonEventBridge"),
    "glue": ("Glue", "AWSGlueException", "AWSGlue"),
    "lambda": ("Lambda", "AWSLambdaException", "AWSLambda"),
    "sagemaker": ("SageMaker", "AmazonSageMakerException", "AmazonSageMaker"),
    "sns": ("SNS", "AmazonSNSException", "AmazonSNS"),
    "sqs": ("SQS", "AmazonSQSException", "AmazonSQS"),
}
THROTTLES = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException"}
    | {"RequestLimitExceeded", "ProvisionedThroughputExceededException", "SlowDown", "ServiceUnavailable"}
)


def failure(call: Call, error: AwsError) -> tuple[str, str]:
    """Error name and cause of a refused call."""
    modelled = _modelled(call, error.code)
    request_id = uuid.uuid4()
    if call.style == "sdk":
        service = pascal(str(models.service_model(call.service).metadata["serviceId"]))
        name = f"{service}.{exception_name(modelled) if modelled else service + 'Exception'}"
        where = f"(Service: {service}, Status Code: {error.status}, Request ID: {request_id})"
        return name, f"{error.message} {where}"
    prefix, general, service = _FIRST_SDK[call.service]
    name = f"{prefix}.{exception_name(modelled) if modelled else general}"
    code = f"Status Code: {error.status}; Error Code: {error.code}; Request ID: {request_id}; Proxy: null"
    return name, f"{error.message} (Service: {service}; {code})"


def unreachable(call: Call, error: Exception) -> tuple[str, str]:
    """No answer came at all."""
    prefix = _FIRST_SDK.get(
        call.service, (pascal(str(models.service_model(call.service).metadata["serviceId"])),)
    )[0]
    return f"{prefix}.SdkClientException", f"Unable to execute HTTP request: {type(error).__name__}: {error}"


def _modelled(call: Call, code: str) -> str | None:
    """The error shape behind a code, if the service's model has one."""
    if code in ("404", "NotFound") and call.operation == "HeadObject":
        return "NoSuchKey"
    for shape in models.service_model(call.service).error_shapes:
        if code in (shape.name, shape.metadata.get("error", {}).get("code")):
            return str(shape.name)
    return None

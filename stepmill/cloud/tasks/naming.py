"""Names as the AWS SDK for Java spells them: Step Functions takes and gives them so.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

import re
from functools import cache

from stepmill.cloud import models

# Services whose SDK name is not botocore's name without its hyphens.
_SDK_NAMES = {
    "applicationdiscoveryservice": "discovery",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "configservice": "config",
    "costandusagereportservice": "cur",
    "costexplorer": "ce",
    "databasemigrationservice": "dms",
    "directoryservice": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearchservice": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuildingservice": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntimeservice": "lex-runtime",
    "lexruntimev2": "lexv2-runtime",
    "marketplaceentitlementservice": "marketplace-entitlement",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "pinpointsmsvoice": "sms-voice",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}


@cache
def sdk_services() -> dict[str, str]:
    """SDK name (`sagemakerruntime`) → botocore's name (`sagemaker-runtime`)."""
    renamed = set(_SDK_NAMES.values())
    plain = {name.replace("-", ""): name for name in models.service_names() if name not in renamed}
    return {**plain, **_SDK_NAMES}


@cache
def getter(name: str) -> str:
    """A member's name: `SSEKMSKeyId` → `SsekmsKeyId`, `executionArn` → `ExecutionArn`.

    Capitals further on stay as they are: `SupportedResponseMIMETypes`, `MaxPayloadInMB`.
    """
    end = 1
    while name[end : end + 1].isupper() and not name[end + 1 : end + 2].islower():
        end += 1
    return name[:1].upper() + name[1:end].lower() + name[end:]


@cache
def pascal(name: str) -> str:
    """The name of a class, an error's or a service's: `DynamoDB` → `DynamoDb`."""
    text = re.sub(r"[^A-Za-z0-9]+", " ", name)
    text = re.sub(r"([^a-z]{2,})v([0-9]+)", r"\1 v\2 ", text)
    text = re.sub(r"([^A-Z]{2,})V([0-9]+)", r"\1 V\2 ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])", " ", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = re.sub(r"([0-9])([a-zA-Z])", r"\1 \2", text)
    return "".join(word[0].upper() + word[1:].lower() for word in text.split())


def exception_name(shape_name: str) -> str:
    """`ResourceInUse` → `ResourceInUseException`, `InternalFault` → `InternalException`."""
    if shape_name.endswith("Exception"):
        return pascal(shape_name)
    return pascal(shape_name.removesuffix("Fault")) + "Exception"

"""The AWS services that we implement; every other one falls through to moto."""

import importlib

from stepmill.cloud.service import Service

# They are started in this order and stopped in the reverse one.
SERVICES = [
    "stepmill.cloud.services.ssm",
    "stepmill.cloud.services.sts",
    "stepmill.cloud.services.logs",
    "stepmill.cloud.services.s3",
    "stepmill.cloud.services.events",
    "stepmill.cloud.services.sns",
    "stepmill.cloud.services.sqs",
    "stepmill.cloud.services.cloudwatch",
    "stepmill.cloud.services.lambda_",
    "stepmill.cloud.services.sagemaker",
    "stepmill.cloud.services.sagemaker_runtime",
    "stepmill.cloud.services.glue",
    "stepmill.cloud.services.athena",
    "stepmill.cloud.services.application_autoscaling",
    "stepmill.cloud.services.states",
    "stepmill.cloud.services.apigateway",
    "stepmill.cloud.services.cloudformation",
]


def load_services() -> dict[str, Service]:
    """By botocore's name of the service."""
    services: list[Service] = [importlib.import_module(name).SERVICE for name in SERVICES]
    return {service.name: service for service in services}

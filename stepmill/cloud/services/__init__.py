"""The AWS services that we implement; every other one falls through to moto."""

import importlib

from stepmill.cloud.service import Service

SERVICES = [
    "stepmill.cloud.services.ssm",
    "stepmill.cloud.services.sts",
    "stepmill.cloud.services.logs",
    "stepmill.cloud.services.s3",
    "stepmill.cloud.services.events",
    "stepmill.cloud.services.sns",
    "stepmill.cloud.services.sqs",
    "stepmill.cloud.services.lambda_",
    "stepmill.cloud.services.sagemaker",
    "stepmill.cloud.services.sagemaker_runtime",
    "stepmill.cloud.services.cloudformation",
    "stepmill.cloud.services.states",
    "stepmill.cloud.services.cloudformation",
]


def load_services() -> dict[str, Service]:
    """By botocore's name of the service."""
    services = {}
    for name in SERVICES:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("stepmill."):
                continue
            raise
        service: Service | None = getattr(module, "SERVICE", None)
        if service is not None:
            services[service.name] = service
    return services

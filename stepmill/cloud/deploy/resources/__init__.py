"""The resource types that the deployer knows, one small module per family."""

import importlib

from stepmill.cloud.deploy.kind import Kind

MODULES = [
    "api_keys",
    "apigateway",
    "athena",
    "autoscaling",
    "cloudwatch",
    "custom",
    "dynamodb",
    "events",
    "functions",
    "glue",
    "iam",
    "layers",
    "logs",
    "s3",
    "sns",
    "sqs",
    "ssm",
    "stack",
    "state_machine",
]
KINDS: dict[str, Kind] = {
    kind.type: kind
    for module in MODULES
    for kind in importlib.import_module(f"stepmill.cloud.deploy.resources.{module}").KINDS
}


def kind_of(type_name: str) -> Kind:
    """`Custom::Anything` is one kind."""
    return KINDS["Custom::" if type_name.startswith("Custom::") else type_name]


def known_properties() -> dict[str, frozenset[str] | None]:
    return {name: kind.properties for name, kind in KINDS.items()}

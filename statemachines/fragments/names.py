"""Names that several parts of a machine must agree on."""

from typing import Any

from stepmill.asl import array_get_item, format_, path, string_split

# A model's variable that tells where the schema of its features is: it holds for as long as the model does.
SCHEMA_URI = "SCHEMA_URI"


def name_in(arn: Any) -> Any:
    """The name at the end of an ARN: the name that the attempt that succeeded has used."""
    return array_get_item(string_split(arn, "/"), 1)


def parameter(name: str) -> Any:
    """An SSM parameter of the endpoint."""
    return format_(f"{{}}/{name}", path("$.config.parameter_prefix"))

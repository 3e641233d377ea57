"""How the AWS SDK for Java 2 spells what a service's model names: Step Functions takes and gives these names.

Its getters decide (`sdk_name`); its classes are spelled by other rules (`pascal`), and it is not documented
that no integration follows those, so both are known here. Source: aws-sdk-java-v2, codegen, NamingStrategy.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType

from stepmill.check.patterns import late_pattern

_RULES = (
    (late_pattern(r"[^A-Za-z0-9]+"), " "),
    (late_pattern(r"([^a-z]{2,})v([0-9]+)"), r"\1 v\2 "),
    (late_pattern(r"([^A-Z]{2,})V([0-9]+)"), r"\1 V\2 "),
    (late_pattern(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])"), " "),
    (late_pattern(r"([A-Z]+)([A-Z][a-z])"), r"\1 \2"),
    (late_pattern(r"([0-9])([a-zA-Z])"), r"\1 \2"),
)

_PLAIN = late_pattern(r"(?:[A-Z][a-z]+)+")  # what most names are, and no rule changes

# Words that a Java getter cannot be named after get "Value" behind them.
_RESERVED = frozenset(
    {
        "abstract", "assert", "boolean", "break", "byte", "case", "catch", "char", "class", "const",
        "continue", "default", "do", "double", "else", "enum", "extends", "final", "finally",
        "float", "for", "goto", "if", "implements", "import", "instanceof", "int", "interface",
        "long", "native", "new", "package", "private", "protected", "public", "return", "short",
        "static", "super", "switch", "synchronized", "this", "throw", "throws", "transient", "try",
        "void", "volatile", "while", "true", "false", "null", "equals", "hashcode", "tostring",
        "getclass", "builder"
    }
)  # fmt: skip

# Members that the SDK renames by hand: (shape or "", member) -> its name there.
_RENAMED = MappingProxyType(
    {
        ("AttributeValue", "NULL"): "Nul",
        ("CopyObjectRequest", "Bucket"): "DestinationBucket",
        ("CopyObjectRequest", "Key"): "DestinationKey",
        ("UploadPartCopyRequest", "Bucket"): "DestinationBucket",
        ("UploadPartCopyRequest", "Key"): "DestinationKey",
        ("SearchRequest", "return"): "ReturnValues",
        ("Image", "Public"): "PublicLaunchPermissions",
        ("FpgaImage", "Public"): "IsPublic",
    }
)


@lru_cache(maxsize=8192)
def pascal(name: str) -> str:
    """The SDK's name: "DBInstances" -> "DbInstances", "SNSTopicARN" -> "SnsTopicArn", "tags" -> "Tags"."""
    if _PLAIN.fullmatch(name):
        return name
    for pattern, replacement in _RULES:
        name = pattern.sub(replacement, name)
    return "".join(word[:1].upper() + word[1:].lower() for word in name.split())


def capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def sdk_name(member: str) -> str:
    """A member as the SDK's getter is called, capitalised: "DBInstances" -> "DbInstances", "uri" -> "Uri".

    Of a first word in capitals only the first letter stays so; capitals further on stay: "VolumeSizeInGB".
    """
    end = 1
    while member[end : end + 1].isupper() and not member[end + 1 : end + 2].islower():
        end += 1
    return member[:1].upper() + member[1:end].lower() + member[end:]


@lru_cache(maxsize=8192)
def sdk_names(shape: str, member: str) -> tuple[str, ...]:
    """The names a member of an SDK integration can have, the surest first."""
    name = sdk_name(member)
    if member.lower() in _RESERVED:
        name += "Value"
    return tuple(dict.fromkeys(it for it in (_RENAMED.get((shape, member), ""), name, pascal(member)) if it))


@lru_cache(maxsize=8192)
def spellings(shape: str, member: str) -> tuple[str, ...]:
    """The names under which a member is taken: the SDK's and the service's own."""
    return tuple(dict.fromkeys((*sdk_names(shape, member), capital(member))))


def method(operation: str) -> str:
    """The action of an operation: "DescribeDBInstances" -> "describeDBInstances"."""
    return operation[:1].lower() + operation[1:]


def service_of(service_id: str) -> str:
    """The service's name in a Resource: "Cognito Identity Provider" -> "cognitoidentityprovider"."""
    name = re.sub(r"[^A-Za-z0-9]", "", service_id).lower()
    name = re.sub(r"^(amazon|aws)", "", name)
    return name.removesuffix("service")

"""Texts that look like paths and intrinsic functions, and places where such a text is meant as it stands."""

from __future__ import annotations

import re

# From the first character to the last: a sentence that mentions a path is none.
_PATH = re.compile(
    r"""\$\$?
        \.(?:[A-Za-z_][\w-]*|\*)
        (?: \.\.?(?:[\w-]+|\*) | \[ (?: -?\d+ | \*| '[^']*' | "[^"]*" | -?\d*:-?\d* | \?\(.*\) ) \] )*
    """,
    re.VERBOSE,
)
_INTRINSIC = re.compile(r"States\.[A-Za-z]\w*\(.*\)", re.DOTALL)

# Members whose value is a JSONPath for somebody else: SageMaker's InputFilter and EndpointInput,
# EventBridge's InputPath and InputPathsMap, Kinesis' Mapping, a classifier's JsonPath.
_LITERAL_KEYS = re.compile(
    r"(?i)(?:json_?paths?|selector|expression|filters?|mappings?|attribute|queries|query|template|transform"
    r"|input_?path|input_?paths_?map|output_?path|items_?path|result_?path|pointer)$|^path$|^variable$"
)
# Services whose requests hold paths of their own.
_LITERAL_SERVICES = (
    "aws-sdk:pipes:",
    "aws-sdk:cloudwatchlogs:",
    "aws-sdk:iotevents",
    "aws-sdk:codepipeline:",
)


def is_path_text(text: str) -> bool:
    """`$.name…` or `$$.name…` and nothing around it."""
    return _PATH.fullmatch(text) is not None


def is_intrinsic_text(text: str) -> bool:
    return _INTRINSIC.fullmatch(text) is not None


def is_literal_key(key: str) -> bool:
    """Below this key a path is data for whoever receives it."""
    return _LITERAL_KEYS.search(key) is not None


def takes_paths(resource: object) -> bool:
    """Whether a Task's Resource is a service whose requests hold paths of their own."""
    return isinstance(resource, str) and any(f":{service}" in resource for service in _LITERAL_SERVICES)

"""Texts that look like paths and intrinsic functions, and places where such a text is meant as it stands."""

from __future__ import annotations

import re

from stepmill.check.patterns import late_pattern

# From the first character to the last: a sentence that mentions a path is none, nor is a price.
_BRACKET = r"""\[ (?: \*| -?\d*:-?\d* | -?\d+(?:,-?\d+)* | \?\([^\]]*\)
    | '[^']*'(?:,'[^']*')* | "[^"]*"(?:,"[^"]*")* ) \]"""
_FIRST = rf"(?: \.\.?(?:[A-Za-z_][\w-]*(?:\(\))?|\*) | {_BRACKET} )"
_LATER = rf"(?: \.\.?(?:[\w-]+(?:\(\))?|\*) | \.?{_BRACKET} )*"
_PATH = late_pattern(rf"\$\$?{_FIRST}{_LATER}", re.VERBOSE)
_VARIABLE = late_pattern(rf"\$([A-Za-z_]\w*){_LATER}", re.VERBOSE)
_INTRINSIC = late_pattern(r"States\.[A-Za-z]\w*\(.*\)", re.DOTALL)
_QUOTED = late_pattern(r"'(?:\\.|[^'\\])*'", re.DOTALL)
_CALLED = late_pattern(r"(?<![\w.$])States\.[\w.]*(?=\()")

# Members whose value is a JSONPath for somebody else: SageMaker's InputFilter and EndpointInput,
# EventBridge's InputPath and InputPathsMap, Kinesis' Mapping, a classifier's JsonPath.
_LITERAL_KEYS = late_pattern(
    r"(?i)(?:json_?path|selector|expression|filter|mapping|attribute|query|template|transform"
    r"|input_?path|output_?path|items_?path|result_?path|pointer)$|^path$|^variable$"
)
_LITERAL_HOLDERS = late_pattern(r"(?i)(?:json_?paths|filters|mappings|input_?paths_?map)$")
# Members that take a whole value: a lone "$" in them is a path, while elsewhere it may be a currency.
_WHOLE_VALUES = frozenset({"Payload", "Input", "Message", "MessageBody", "Body", "Detail", "RequestBody"})
# Services whose requests hold paths of their own.
_LITERAL_SERVICES = (
    "aws-sdk:pipes:",
    "aws-sdk:cloudwatchlogs:",
    "aws-sdk:iotevents",
    "aws-sdk:codepipeline:",
)


def is_path_text(text: str) -> bool:
    """`$.name…`, `$[0]…` or `$$.name…` and nothing around it."""
    return text.startswith("$") and _PATH.fullmatch(text) is not None


def variable_in(text: str) -> str:
    """The variable that a text such as `$name.part` would read; "" when it is no such text."""
    found = _VARIABLE.fullmatch(text) if text.startswith("$") else None
    return found[1] if found else ""


def is_intrinsic_text(text: str) -> bool:
    return text.startswith("States.") and _INTRINSIC.fullmatch(text) is not None


def functions_called(text: str) -> list[str]:
    """The names of the intrinsic functions that a text calls, those within its quotes left out."""
    return _CALLED.findall(_QUOTED.sub("''", text))


def is_literal_key(key: str) -> bool:
    """A path right at this key is data for whoever receives it."""
    return _LITERAL_KEYS.search(key) is not None or is_literal_holder(key)


def is_literal_holder(key: str) -> bool:
    """Paths anywhere below this key are."""
    return _LITERAL_HOLDERS.search(key) is not None


def takes_whole_value(key: object) -> bool:
    return key in _WHOLE_VALUES


def takes_paths(resource: object) -> bool:
    """Whether a Task's Resource is a service whose requests hold paths of their own."""
    return isinstance(resource, str) and any(f":{service}" in resource for service in _LITERAL_SERVICES)

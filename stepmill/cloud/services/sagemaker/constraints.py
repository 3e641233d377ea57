"""What botocore does not check of a request but AWS does: patterns, enumerations and upper limits.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
"""

import re
import sys
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

_CLASS = re.compile(r"\\p\{([LMNPSZ])\}")
_REPEATED_END = re.compile(r"\$\{\d+,\d+\}$")


def find_problems(shape: Shape, value: Any, where: str) -> list[str]:
    """One line for each member that breaks a constraint, in AWS's words."""
    if isinstance(shape, StructureShape):
        return _structure_problems(shape, value, where)
    if isinstance(shape, ListShape):
        problems = [] if len(value) <= _most(shape) else [_too_long(shape, value, where)]
        for number, one in enumerate(value, start=1):
            problems += find_problems(shape.member, one, f"{where}.{number}.member")
        return problems
    if isinstance(shape, MapShape):
        return _map_problems(shape, value, where)
    if not isinstance(shape, StringShape):
        return []
    return [_line(value, where, f"Member must {broken}") for broken in broken_rules(shape, value)[:1]]


def broken_rules(shape: StringShape, value: str) -> list[str]:
    """The rules of a text that it does not keep, as they follow on `Member must`."""
    if shape.enum and value not in shape.enum:
        return [f"satisfy enum value set: [{', '.join(shape.enum)}]"]
    broken = []
    if len(value) > _most(shape):
        broken.append(f"have length less than or equal to {shape.metadata['max']}")
    pattern = shape.metadata.get("pattern")
    if pattern and not matches(pattern, value):
        broken.append(f"satisfy regular expression pattern: {pattern}")
    return broken


def _structure_problems(shape: StructureShape, value: Mapping[str, Any], where: str) -> list[str]:
    problems = []
    for name, given in value.items():
        member = f"{name[0].lower()}{name[1:]}"
        problems += find_problems(shape.members[name], given, f"{where}.{member}" if where else member)
    return problems


def _map_problems(shape: MapShape, value: Mapping[str, Any], where: str) -> list[str]:
    problems = [] if len(value) <= _most(shape) else [_too_long(shape, value, where)]
    for noun, inner, texts in (("keys", shape.key, value.keys()), ("value", shape.value, value.values())):
        if not isinstance(inner, StringShape):
            continue
        broken = next((found for text in texts if (found := broken_rules(inner, text))), [])
        if broken:
            rules = ", ".join(f"Member must {rule}" for rule in broken)
            problems.append(_line(value, where, f"Map {noun} must satisfy constraint: [{rules}]"))
    if not isinstance(shape.value, StringShape):
        for key, one in value.items():
            problems += find_problems(shape.value, one, f"{where}.{key}")
    return problems


def _most(shape: Shape) -> float:
    return float(shape.metadata.get("max", "inf"))


def _too_long(shape: Shape, value: Any, where: str) -> str:
    return _line(value, where, f"Member must have length less than or equal to {shape.metadata['max']}")


def _line(value: Any, where: str, rule: str) -> str:
    if isinstance(value, Mapping):
        value = "{" + ", ".join(f"{key}={one}" for key, one in value.items()) + "}"
    return f"Value '{value}' at '{where}' failed to satisfy constraint: {rule}"


def matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """AWS's patterns are Java's. None for the few that Python cannot be given: AWS itself checks those."""
    plain = _CLASS.sub(lambda match: _characters(match[1]), _REPEATED_END.sub("", pattern))
    try:
        return re.compile(plain, re.DOTALL)
    except re.error:
        return None


@cache
def _characters(category: str) -> str:
    """The characters of a Unicode category, as the inside of a character class."""
    spans: list[list[int]] = []
    for number in range(sys.maxunicode + 1):
        if unicodedata.category(chr(number))[0] != category:
            continue
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in spans)

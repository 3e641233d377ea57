"""Keys that machines write with one call and read with another: a map of free texts that a resource keeps.

Knows what stands in the definitions. Where a machine writes keys by a path or an expression, or the code of a
function makes the call, any may be written: then nothing is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stepmill.check.records import dataclass
from stepmill.check.services.resources import Integration, resource
from stepmill.check.shapes.shape import UNWRITTEN, Member, Object, Presence, Shape, String


@dataclass(frozen=True, slots=True)
class Kept:
    """What the call `read` gives back in `member` is what the calls `writers` were given there."""

    service: str
    member: str
    read: str
    writers: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.service}:{self.read}.{self.member}"

    def is_written_in(self, code: str) -> bool:
        """Whether Python code calls a writer by its name in boto3."""
        return any(re.sub("([A-Z])", r"_\1", writer).lower() in code for writer in self.writers)


# Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelPackage.html
KEPT = (
    Kept(
        "sagemaker",
        "CustomerMetadataProperties",
        "describeModelPackage",
        ("createModelPackage", "updateModelPackage"),
    ),
)


def keys_written(definitions: Iterable[Any], codes: Iterable[str] = ()) -> dict[str, frozenset[str]]:
    """By the name of what keeps them; without those of which anybody may write any key, or no machine does.

    codes: of the functions beside the machines, which are asked for only when a machine writes.
    """
    found: dict[str, set[str]] = {}
    opened = set[str]()
    for definition in definitions:
        for kept, arguments in _writes(definition):
            keys = _keys(arguments, kept.member)
            if keys is None:
                opened.add(kept.name)
            else:
                found.setdefault(kept.name, set()).update(keys)
    if found:
        opened |= {kept.name for code in codes for kept in KEPT if kept.is_written_in(code)}
    return {name: frozenset(keys) for name, keys in found.items() if keys and name not in opened}


def with_written(answer: Shape, call: Integration, written: Mapping[str, frozenset[str]]) -> Shape:
    """The answer in which the keys that machines write may be, and others are told when they are read."""
    for kept in KEPT:
        if (kept.service, kept.read) != (call.service, call.action) or kept.name not in written:
            continue
        if isinstance(answer, Object) and kept.member in answer.members:
            keys = {key: Member(String(), Presence.LIKELY) for key in sorted(written[kept.name])}
            told = Member(Object(keys, UNWRITTEN), answer.members[kept.member].presence)
            answer = Object({**answer.members, kept.member: told}, answer.rest)
    return answer


def _writes(value: Any) -> Iterator[tuple[Kept, Any]]:
    """Every call that writes, with its arguments."""
    if isinstance(value, dict):
        named = value.get("Resource")
        call = resource(named) if isinstance(named, str) else None
        for kept in KEPT if isinstance(call, Integration) else ():
            if isinstance(call, Integration) and call.service == kept.service and call.action in kept.writers:
                yield kept, value.get("Parameters", value.get("Arguments"))
        for inner in value.values():
            yield from _writes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _writes(inner)


def _keys(arguments: Any, member: str) -> frozenset[str] | None:
    """None when nobody can say."""
    if not isinstance(arguments, Mapping) or f"{member}.$" in arguments:
        return None
    given = arguments.get(member, {})
    return frozenset(str(key).removesuffix(".$") for key in given) if isinstance(given, Mapping) else None

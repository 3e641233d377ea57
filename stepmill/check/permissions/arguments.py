"""A task's arguments as the texts that end up in ARNs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from stepmill.check.records import dataclass
from stepmill.check.shapes.shape import NEVER, Array, Boolean, Number, Object, Shape, String, options

ANYTHING = "*"
MOST_TEXTS = 16
_SUFFIXES = ("arn", "url", "name", "names", "id", "ids", "identifier", "withoutleadingslash")


def texts_of(shape: Shape) -> list[str]:
    """Every text that a value may be; `*` stands for a part, or a text, that is not known."""
    found: dict[str, None] = {}
    for option in options(shape):
        found |= dict.fromkeys(_texts_of_one(option))
    return sorted(found) if 0 < len(found) <= MOST_TEXTS else [ANYTHING]


def _texts_of_one(shape: Shape) -> list[str]:
    if isinstance(shape, String) and shape.values:
        return [value.replace("*", "?") for value in shape.values]
    if isinstance(shape, String) and shape.pieces:
        parts = [
            piece.replace("*", "?") if isinstance(piece, str) else piece.token or ANYTHING
            for piece in shape.pieces
        ]
        return [re.sub(r"\*+", ANYTHING, "".join(parts))]
    if isinstance(shape, Number) and shape.values:
        return [str(value) for value in shape.values]
    return [ANYTHING]


def plain(name: str) -> str:
    """A name without what differs between IAM's and a service's own way to write it."""
    bare = re.sub(r"[^a-z0-9]", "", name.lower())
    for suffix in _SUFFIXES:
        if bare.endswith(suffix) and bare != suffix:
            return bare.removesuffix(suffix)
    return bare


@dataclass(frozen=True, slots=True)
class Arguments:
    """shape: of the whole. A member's name counts in any case, as Step Functions takes it."""

    shape: Shape

    def members(self) -> list[tuple[str, Shape]]:
        return [
            (name, member.shape)
            for option in options(self.shape)
            if isinstance(option, Object)
            for name, member in option.members.items()
        ]

    @property
    def is_known(self) -> bool:
        """Whether all members are known by name."""
        return all(isinstance(option, Object) and option.rest is None for option in options(self.shape))

    def below(self, *names: str) -> Arguments | None:
        """A member; None when there is none. One of a whole that is unknown is unknown."""
        found: Arguments | None = self
        for name in names:
            if found is None:
                return None
            members = [shape for key, shape in found.members() if key.lower() == name.lower()]
            found = Arguments(members[0]) if members else None if found.is_known else Arguments(String())
        return found

    def texts(self, *names: str) -> list[str]:
        """The texts of a member; none when it is not there."""
        found = self.below(*names)
        return [] if found is None else texts_of(found.shape)

    def items(self) -> list[Arguments]:
        """What an array holds."""
        return [
            Arguments(item)
            for option in options(self.shape)
            if isinstance(option, Array)
            for item in (*option.prefix, option.items)
            if item != NEVER
        ]

    def called(self, *names: str) -> list[str]:
        """The texts of the first member that is called like one of these, as `plain` sees it."""
        members = self.members()
        for wanted in names:
            for key, shape in members:
                if plain(key) == wanted:
                    return texts_of(shape)
        return []

    def deep(self) -> Iterator[tuple[str, Shape]]:
        """(name, shape) of every member at any depth."""
        waiting = [self.shape]
        while waiting:
            for option in options(waiting.pop()):
                if isinstance(option, Object):
                    for name, member in option.members.items():
                        yield name, member.shape
                        waiting.append(member.shape)
                elif isinstance(option, Array):
                    waiting += [*option.prefix, option.items]

    def is_true(self, *names: str) -> bool:
        found = self.below(*names)
        return found is not None and found.shape == Boolean(True)


def products(choices: list[list[str]]) -> list[tuple[str, ...]]:
    """All combinations; one of `*` when they are too many."""
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > MOST_TEXTS:
        return [tuple(choice[0] if len(choice) == 1 else ANYTHING for choice in choices)]
    return list(itertools.product(*choices))

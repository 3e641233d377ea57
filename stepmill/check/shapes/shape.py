"""What is known of a JSON value before a machine runs.

UNKNOWN is any value and never raises a finding. NEVER is no value at all: a place that cannot be reached.
Everything else says less and less precisely what a value may be; `join` is the least that covers both.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeAlias

from stepmill.check.records import cached_property, dataclass, field


class Presence(Enum):
    """Whether a member is there. LIKELY: a service's optional member; reading it is no finding.

    UNTESTED: a service's optional member that is often absent; reading it untested is a warning.
    """

    ALWAYS = "always"
    LIKELY = "likely"
    UNTESTED = "untested"
    MAYBE = "maybe"

    __hash__ = object.__hash__  # Enum's own is written in Python


@dataclass(frozen=True, slots=True)
class Unknown:
    pass


@dataclass(frozen=True, slots=True)
class Never:
    pass


@dataclass(frozen=True, slots=True)
class Null:
    pass


@dataclass(frozen=True, slots=True)
class Boolean:
    """`value` is None when it may be either."""

    value: bool | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """`values` is None when they are not listed; the bounds hold either way."""

    values: frozenset[float] | None = None
    minimum: float | None = None
    maximum: float | None = None
    is_integer: bool = False


@dataclass(frozen=True, slots=True)
class String:
    """`values` is None when they are not listed.

    pieces: what it is put together from, in order: literal texts and, as `Piece`, parts known only at run
    time. Empty when not known. format: "date-time", "json", "uri", ... as JSON Schema says it.
    parsed: what the text holds as JSON, when that is known.
    """

    values: frozenset[str] | None = None
    min_length: int = 0
    max_length: int | None = None
    pattern: str = ""
    format: str = ""
    pieces: tuple[str | Piece, ...] = ()
    parsed: Shape | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text that is known only at run time.

    varies: with what it changes: "execution" (new for each), "retry", "item" (new for each of a Map), "uuid",
    "time", "input"; empty when it is the same every time or nobody knows.
    token: the text that stands for it outside of the machine, such as ${Project} of a template.
    holds: characters that are in it for certain.
    """

    varies: frozenset[str] = frozenset()
    min_length: int = 0
    max_length: int | None = None
    alphabet: str = ""
    token: str = ""
    holds: str = ""


@dataclass(frozen=True, slots=True)
class Array:
    """`prefix` are the first items by position; `items` is what the rest may be (NEVER: there is no rest)."""

    items: Shape = field(default_factory=Unknown)
    prefix: tuple[Shape, ...] = ()
    min_items: int = 0
    max_items: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    shape: Shape
    presence: Presence = Presence.ALWAYS

    @cached_property
    def form(self) -> int:
        """Equal for members that differ at most in values; of others only by chance."""
        return hash((self.presence, form_of(self.shape)))


@dataclass(frozen=True, slots=True)
class Object:
    """`rest` is what members that are not named may be; None: there are no others."""

    members: Mapping[str, Member] = field(default_factory=lambda: MappingProxyType({}))
    rest: Shape | None = None

    def __hash__(self) -> int:
        return self.form

    @cached_property
    def form(self) -> int:
        """Equal for objects that differ at most in values; of others only by chance."""
        return hash(frozenset([(name, member.form) for name, member in self.members.items()]))


@dataclass(frozen=True, slots=True)
class Union:
    """One of `options`, of which none is itself a Union, UNKNOWN or NEVER."""

    options: tuple[Shape, ...]


Shape: TypeAlias = Unknown | Never | Null | Boolean | Number | String | Array | Object | Union

UNKNOWN = Unknown()
NEVER = Never()
NULL = Null()
UNWRITTEN = String(format="unwritten")
"""The other members of an object of which all are known that the machines write."""


def closed(**members: Shape) -> Object:
    """An object with exactly these members."""
    return Object({name: Member(shape) for name, shape in members.items()})


def of_value(value: Any) -> Shape:
    """The shape of one known JSON value."""
    match value:
        case None:
            return NULL
        case bool():
            return Boolean(value)
        case int() | float():
            return Number(values=frozenset([value]), is_integer=value == value // 1)
        case str():
            length = len(value)
            return String(frozenset([value]), min_length=length, max_length=length, pieces=(value,))
        case list() | tuple():
            return Array(NEVER, tuple(of_value(item) for item in value), len(value), len(value))
        case dict():
            return Object({str(name): Member(of_value(item)) for name, item in value.items()})
    raise TypeError(f"{type(value).__name__} is no JSON value")


def one_piece(text: String, varies: frozenset[str] = frozenset()) -> Piece:
    """A text of unknown pieces as one; that of a time has colons."""
    holds = ":" if text.format == "date-time" else ""
    return Piece(varies, text.min_length, text.max_length, holds=holds)


def form_of(shape: Shape) -> Hashable:
    """Equal for shapes that differ at most in their texts and numbers, those inside of them included."""
    match shape:
        case Object():
            return shape.form
        case Array():
            return (form_of(shape.items), *map(form_of, shape.prefix))
        case String() | Number():
            return type(shape).__name__
    return shape


def options(shape: Shape) -> tuple[Shape, ...]:
    """The alternatives of a shape; of one that has none, itself."""
    if isinstance(shape, Union):
        return shape.options
    return () if isinstance(shape, Never) else (shape,)


def union(shapes: Iterable[Shape]) -> Shape:
    """The alternatives side by side, each kept as precise as it is: nothing is merged but what is equal."""
    listed: list[Shape] = []
    for shape in shapes:
        if isinstance(shape, Unknown):
            return UNKNOWN
        listed += options(shape)
    if len(listed) < 2:  # the usual case, without the cost of comparing whole shapes
        return listed[0] if listed else NEVER
    found = dict.fromkeys(listed)
    return listed[0] if len(found) == 1 else Union(tuple(found))

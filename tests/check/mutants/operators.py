"""One small fault at a time, for a machine that has none.

Not made: a Retry, Catch, Comment or time limit less. What is left is a machine that gives up earlier, not a
wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from zlib import crc32

from tests.check.mutants.mutation import Mutant, Place, drop, places, put, rename

PATH = re.compile(r"(?<![\w$.])\$\$?(?:\.[A-Za-z_]\w*)+")
TOKEN = re.compile(r"\$\{(\w+)\}")
INTRINSIC = re.compile(r"States\.[A-Za-z]+")
DATA = ("Parameters", "ResultSelector")
VITAL = ("Type", "Next", "Resource", "Choices", "StartAt", "States", "Branches", "ResultPath", *DATA)
NUMBERS = ("TimeoutSeconds", "Seconds", "MaxAttempts", "BackoffRate", "IntervalSeconds", "HeartbeatSeconds")


def is_member(place: Place) -> bool:
    """A named member somewhere in Parameters or in a ResultSelector."""
    return isinstance(place[-1], str) and any(part in DATA for part in place[:-1])


def is_read(place: Place) -> bool:
    """A text that is evaluated."""
    name = str(place[-1])
    return name != "ResultPath" and name.endswith((".$", "Path", "Variable"))


def segments_renamed(definition: Any) -> Iterator[Mutant]:
    """Each segment of each path that is read."""
    for place, value in places(definition):
        for found in PATH.finditer(value) if isinstance(value, str) and is_read(place) else ():
            for dot in re.finditer(r"\.\w+", found[0]):
                end = found.start() + dot.end()
                note = f"{found[0]} -> {found[0][: dot.end()]}z{found[0][dot.end() :]}"
                yield Mutant("path segment renamed", place, note, put(f"{value[:end]}z{value[end:]}"))


def intrinsics_misspelt(definition: Any) -> Iterator[Mutant]:
    for place, value in places(definition):
        for found in INTRINSIC.finditer(value) if isinstance(value, str) and is_read(place) else ():
            text = f"{value[: found.end()]}z{value[found.end() :]}"
            yield Mutant("intrinsic misspelt", place, f"{found[0]}z", put(text))


def results_renamed(definition: Any) -> Iterator[Mutant]:
    for place, value in places(definition):
        if place[-1] == "ResultPath" and isinstance(value, str) and value != "$":
            yield Mutant("result path renamed", place, f"{value} -> {value}z", put(f"{value}z"))


def members_dropped(definition: Any) -> Iterator[Mutant]:
    for place, _ in places(definition):
        if is_member(place):
            yield Mutant("member dropped", place, str(place[-1]), drop)


def members_renamed(definition: Any) -> Iterator[Mutant]:
    for place, _ in places(definition):
        if is_member(place):
            name = str(place[-1])
            new = f"{name[:-2]}z.$" if name.endswith(".$") else f"{name}z"
            yield Mutant("member renamed", place, f"{name} -> {new}", rename(new))


def steps_retargeted(definition: Any) -> Iterator[Mutant]:
    """Next, Default and StartAt: to a state that is not there, and to any other one."""
    for place, value in places(definition):
        if place[-1] not in ("Next", "Default", "StartAt") or not isinstance(value, str) or is_member(place):
            continue
        yield Mutant("step to nowhere", place, f"{value}z", put(f"{value}z"))
        names = list(_scope(definition, place)["States"])
        if len(names) == 1:
            continue
        other = names[(names.index(value) + 1 + crc32(repr(place).encode()) % (len(names) - 1)) % len(names)]
        yield Mutant("step elsewhere", place, f"{value} -> {other}", put(other))


def _scope(definition: Any, place: Place) -> Any:
    """The machine or branch whose States the place lies in."""
    found = definition
    for index, part in enumerate(place):
        if part == "States" and index < len(place) - 1:
            found, rest = definition, place[:index]
            for key in rest:
                found = found[key]
    if place[-1] == "StartAt":
        found = definition
        for key in place[:-1]:
            found = found[key]
    return found


def actions_changed(definition: Any) -> Iterator[Mutant]:
    for place, value in places(definition):
        if place[-1] != "Resource" or not isinstance(value, str):
            continue
        head, _, action = value.rpartition(":")
        yield Mutant("action misspelt", place, f"{action}z", put(f"{value}z"))
        if value.endswith(".sync"):
            plain = value.removesuffix(".sync")
            yield Mutant("sync dropped", place, plain, put(plain))
            yield Mutant(
                "sync made a callback", place, f"{plain}.waitForTaskToken", put(f"{plain}.waitForTaskToken")
            )
        service = head.rpartition(":")[2]
        wrong = value.replace(f":{service}:", f":{service}z:")
        yield Mutant("service misspelt", place, wrong, put(wrong))


def tokens_renamed(definition: Any) -> Iterator[Mutant]:
    for place, value in places(definition):
        for found in TOKEN.finditer(value) if isinstance(value, str) and place[-1] != "Comment" else ():
            text = f"{value[: found.start()]}${{{found[1]}z}}{value[found.end() :]}"
            yield Mutant("token renamed", place, text, put(text))


def dollars_dropped(definition: Any) -> Iterator[Mutant]:
    for place, _ in places(definition):
        if isinstance(place[-1], str) and place[-1].endswith(".$"):
            new = place[-1].removesuffix(".$")
            yield Mutant("dollar dropped", place, new, rename(new))


def fields_misspelt(definition: Any) -> Iterator[Mutant]:
    for place in _fields(definition):
        yield Mutant("field misspelt", place, f"{place[-1]}z", rename(f"{place[-1]}z"))


def fields_dropped(definition: Any) -> Iterator[Mutant]:
    for place in _fields(definition):
        if place[-1] in VITAL:
            yield Mutant("field dropped", place, str(place[-1]), drop)


def _fields(definition: Any) -> Iterator[Place]:
    """Of the machine, of each state, of each Retry, Catch and Choice rule."""
    yield from ((field,) for field in definition if field != "Comment")
    for place, value in places(definition):
        holders = ("States", "Retry", "Catch", "Choices", "Branches", "And", "Or", "Not")
        holder = place[-2] if isinstance(place[-1], int) and len(place) > 1 else place[-1]
        is_state = len(place) > 1 and place[-2] == "States"
        if isinstance(value, dict) and (is_state or (holder in holders and holder != "States")):
            yield from ((*place, field) for field in value if field != "Comment")


def states_dropped(definition: Any) -> Iterator[Mutant]:
    for place, value in places(definition):
        if len(place) > 1 and place[-2] == "States" and isinstance(value, dict):
            yield Mutant("state dropped", place, str(place[-1]), drop)


def types_changed(definition: Any) -> Iterator[Mutant]:
    """A number as a text, a text as a number."""
    for place, value in places(definition):
        inside = "Parameters" in place or place[-1] in NUMBERS
        if isinstance(value, int | float) and not isinstance(value, bool) and inside:
            yield Mutant("number as text", place, repr(str(value)), put(str(value)))
        elif isinstance(value, str) and "Parameters" in place and not str(place[-1]).endswith(".$"):
            yield Mutant("text as number", place, "7", put(7))


def errors_misspelt(definition: Any) -> Iterator[Mutant]:
    for place, value in places(definition):
        if len(place) >= 2 and place[-2] == "ErrorEquals" and isinstance(value, str):
            yield Mutant("error name misspelt", place, f"{value}z", put(f"{value}z"))


Operator = Callable[[Any], Iterator[Mutant]]
OF_DATA: tuple[Operator, ...] = (
    segments_renamed,
    intrinsics_misspelt,
    results_renamed,
    members_dropped,
    members_renamed,
    dollars_dropped,
    types_changed,
)
OF_FORM: tuple[Operator, ...] = (
    steps_retargeted,
    actions_changed,
    tokens_renamed,
    fields_misspelt,
    fields_dropped,
    states_dropped,
    errors_misspelt,
)


def mutants(definition: Any, operators: tuple[Operator, ...] = (*OF_DATA, *OF_FORM)) -> Iterator[Mutant]:
    for operator in operators:
        yield from operator(definition)

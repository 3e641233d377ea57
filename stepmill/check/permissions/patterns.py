"""Texts of which parts are open: `*` any text, `?` one character, `${Name}` what a deployment fills in.

A symbol equals itself. Two resources' symbols are different texts; a parameter's may be any text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from stepmill.check.patterns import late_pattern

_PARTS = late_pattern(r"\$\{[^}]*\}|\*+|.", re.DOTALL)

_MARKS = "*?$"

ARN_SEGMENTS = 6

Distinct = Callable[[str], bool]


def _never(_: str) -> bool:
    return False


def may_meet(first: str, second: str, is_distinct: Distinct = _never) -> bool:
    """Whether some text fits both. is_distinct: whether a symbol's name is a resource's."""
    if first == second or "*" in (first, second):
        return True
    one, other = _segments(first), _segments(second)
    if len(one) == len(other) == ARN_SEGMENTS:
        pairs = zip(one, other, strict=True)
        return all(here == there or _segment_meets(is_distinct, here, there) for here, there in pairs)
    return _segment_meets(is_distinct, first, second)


def _segment_meets(is_distinct: Distinct, first: str, second: str) -> bool:
    if first == second:
        return True
    for here, there in zip(first, second, strict=False):
        if here in _MARKS or there in _MARKS:
            break
        if here != there:
            return False
    if not any(mark in text for text in (first, second) for mark in _MARKS):
        return False
    if _is_made_up(first, second, is_distinct) or _is_made_up(second, first, is_distinct):
        return False
    one, other = list(_parts(first)), list(_parts(second))
    for _ in ("back", "front"):
        while one and other:
            here, there = one[-1], other[-1]
            if here != there or here.startswith("*"):
                if _is_open(here) or _is_open(there):
                    break
                if not _same(here, there):
                    return False
            del one[-1], other[-1]
        one.reverse()
        other.reverse()
    return _meet(tuple(one), tuple(other), is_distinct)


@functools.lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[str, ...]:
    return tuple(_PARTS.findall(text))


def _is_made_up(text: str, literal: str, is_distinct: Distinct) -> bool:
    """A name that CloudFormation makes up is none that somebody has written down in full."""
    if "${" not in text or _is_any_open(literal):
        return False
    return any(_is_symbol(part) and is_distinct(part[2:-1]) for part in _parts(text))


@functools.lru_cache(maxsize=4096)
def _segments(text: str) -> tuple[str, ...]:
    """The segments of an ARN, whose last may have colons; a text that is none as it is."""
    if not text.startswith("arn:"):
        return (text,)
    found = [""]
    for part in _PARTS.findall(text):
        if part == ":" and len(found) < ARN_SEGMENTS:
            found.append("")
        else:
            found[-1] += part
    # A star may stand for several segments.
    is_split = len(found) == ARN_SEGMENTS and "*" not in "".join(found[1:3])
    return tuple(found) if is_split else (text,)


def _meet(first: tuple[str, ...], second: tuple[str, ...], is_distinct: Distinct) -> bool:
    @functools.cache
    def fits(i: int, j: int) -> bool:
        here = first[i] if i < len(first) else ""
        there = second[j] if j < len(second) else ""
        if not here and not there:
            return True
        if here and there and _same(here, there) and fits(i + 1, j + 1):
            return True
        takes = not _block_each_other(here, there, is_distinct)
        if _is_open(here):
            if _may_be_empty(here, is_distinct) and fits(i + 1, j):
                return True
            if there and takes and (fits(i, j + 1) or fits(i + 1, j + 1)):
                return True
        if _is_open(there):
            if _may_be_empty(there, is_distinct) and fits(i, j + 1):
                return True
            if here and takes and (fits(i + 1, j) or fits(i + 1, j + 1)):
                return True
        return False

    return fits(0, 0)


@functools.lru_cache(maxsize=4096)
def _is_any_open(text: str) -> bool:
    return any(map(_is_open, _parts(text)))


def _is_open(part: str) -> bool:
    return part.startswith(("*", "${"))


def _is_symbol(part: str) -> bool:
    return part.startswith("${")


def _may_be_empty(part: str, is_distinct: Distinct) -> bool:
    return not (_is_symbol(part) and is_distinct(part[2:-1]))


def _block_each_other(one: str, other: str, is_distinct: Distinct) -> bool:
    """Neither can be a part of the other: they are the same symbol, or stand for two resources' names.

    A resource's name holds no colon.
    """
    if not (_is_symbol(one) and _is_symbol(other)):
        symbol, text = (one, other) if _is_symbol(one) else (other, one)
        return text == ":" and _is_symbol(symbol) and is_distinct(symbol[2:-1])
    return one == other or (is_distinct(one[2:-1]) and is_distinct(other[2:-1]))


def _same(one: str, other: str) -> bool:
    return one == other or (not _is_open(one) and not _is_open(other) and "?" in (one, other))


def covers(pattern: str, text: str) -> bool:
    """Whether everything that fits `text` fits `pattern`; symbols are literal here."""
    return pattern == text or fnmatchcase(text.replace("[", "("), pattern.replace("[", "("))

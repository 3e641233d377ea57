"""Data above the limit, and lists that a loop makes longer and longer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from stepmill.check.flow.calls import Call, CallFault, parse_call
from stepmill.check.flow.graph import States
from stepmill.check.flow.paths import Path
from stepmill.check.flow.scope import Report
from stepmill.check.flow.sizes import PAYLOAD_BYTES, Sizes
from stepmill.check.flow.templates import escaped
from stepmill.check.rule import WARNING
from stepmill.check.rules.budgets import PAYLOAD_TOO_LARGE
from stepmill.check.shapes.shape import Shape

_LITERALS = ("Result", "Parameters", "Arguments", "Output")
_COUNTED = frozenset(
    f"Numeric{order}Than{equals}" for order in ("Less", "Greater") for equals in ("", "Equals")
)
FEW_TURNS = 1000


def tell_size(raw: Mapping[str, Any], size: int, report: Report) -> None:
    """The data that a state gives on is too large; told at the literal that makes it so, if one does."""
    place = report.pointer
    for field in _LITERALS:
        if field in raw and _bytes(raw[field]) > PAYLOAD_BYTES:
            place = f"{report.pointer}/{field}"
    what = (
        f"makes data of at least {size:,} bytes; at most {PAYLOAD_BYTES:,} are allowed: keep it in S3 and "
        "give its key"
    )
    report.tell(PAYLOAD_TOO_LARGE, place, what)


def tell_possible_size(size: int, verb: str, report: Report) -> None:
    """The data that a state has or makes is bounded, but its bound is above the limit."""
    what = (
        f"{verb} data of up to {size:,} bytes; at most {PAYLOAD_BYTES:,} are allowed: keep it in S3 and give "
        "its key, or bound its texts and lists more tightly"
    )
    report.tell(PAYLOAD_TOO_LARGE, report.pointer, what, severity=WARNING)


def check_input(entries: list[Shape], sizes: Sizes, report: Report) -> None:
    """report: of the first state. An execution that is started with more does not begin."""
    known = [size for size in map(sizes.most_bytes, entries) if size is not None]
    if known and max(known) > PAYLOAD_BYTES:
        tell_possible_size(max(known), "is given", report)


def _bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode(errors="replace"))


def check_growth(states: States, loops: list[list[str]], reports: Mapping[str, Report]) -> None:
    """Lists and texts that are made of themselves in a loop of many or unknown turns."""
    for loop in loops:
        if any(_counts_few(states[name]) for name in loop):
            continue
        for name in loop:
            for place, path in _grown(states[name]) if name in reports else ():
                what = (
                    f"makes '{path}' longer with every turn of a loop; an execution ends when it is above "
                    f"{PAYLOAD_BYTES:,} bytes: keep the parts in S3 or DynamoDB, or count the turns"
                )
                pointer = f"{reports[name].pointer}/{place}"
                reports[name].tell(PAYLOAD_TOO_LARGE, pointer, what, severity=WARNING)


def _counts_few(state: Any) -> bool:
    """Whether a Choice compares a number with a small literal: then the loop ends before it matters."""
    rules = state.get("Choices") if isinstance(state, dict) else None
    return any(
        name in _COUNTED and isinstance(value, (int, float)) and value <= FEW_TURNS
        for rule in _rules(rules)
        for name, value in rule.items()
    )


def _rules(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _rules(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _rules(inner)


def _grown(state: Any) -> Iterator[tuple[str, str]]:
    """Where a state makes a list or text of itself and more, and which."""
    if not isinstance(state, dict):
        return
    result_path = state.get("ResultPath", "$")
    for field, prefix in (("Parameters", f"{result_path}."), ("Assign", "$")):
        template = state.get(field)
        for key, value in template.items() if isinstance(template, dict) else ():
            if isinstance(value, str) and _is_made_of_itself(value, f"{prefix}{str(key).removesuffix('.$')}"):
                yield f"{field}/{escaped(str(key))}", f"{prefix}{str(key).removesuffix('.$')}"


def _is_made_of_itself(text: str, path: str) -> bool:
    if text.lstrip().startswith("{%"):
        name = re.escape(path)
        return re.search(rf"\$append\(\s*{name}\b|\[\s*{name}\s*,|{name}\s*&", text) is not None
    try:
        call = parse_call(text)
    except CallFault:
        return False
    return call.name in ("Array", "Format") and len(call.arguments) > 1 and _reads(call, path)


def _reads(call: Call, path: str) -> bool:
    return any(
        isinstance(argument, Path) and argument.text in (path, f"{path}[*]") for argument in call.arguments
    )

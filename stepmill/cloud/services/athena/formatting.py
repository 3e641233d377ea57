"""Values as Athena writes them, and the CSV of a result: text in quotes, null as nothing at all."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

CELL = re.compile(r'"((?:[^"]|"")*)"|([^",\n]*)')


def text(value: Any, kind: str) -> str | None:
    """One cell; `kind` is Athena's type of its column. None is null."""
    if value is None:
        return None
    if kind == "timestamp with time zone":
        return f"{moment(value)} UTC"
    if kind == "row" and isinstance(value, dict):
        return "{" + ", ".join(f"{key}={inner(one)}" for key, one in value.items()) + "}"
    return inner(value)


def inner(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float():
            return number(value)
        case datetime():
            return moment(value)
        case date() | time():
            return value.isoformat()
        case bytes() | bytearray():
            return " ".join(f"{byte:02x}" for byte in value)
        case dict():
            return "{" + ", ".join(f"{inner(key)}={inner(one)}" for key, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(inner(one) for one in value) + "]"
    return str(value)


def moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"


def number(value: float) -> str:
    """As Java writes a double: from 0.001 to 10,000,000 plainly, else with an exponent."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    exact = Decimal(repr(value))
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = f"{exact:f}"
        return plain if "." in plain else f"{plain}.0"
    digits = "".join(str(one) for one in exact.as_tuple().digits).rstrip("0")
    return f"{'-' if value < 0 else ''}{digits[0]}.{digits[1:] or '0'}E{exact.adjusted()}"


def line(cells: Iterable[str | None]) -> str:
    return ",".join("" if one is None else '"' + one.replace('"', '""') + '"' for one in cells) + "\n"


def lines(text: str) -> Iterator[list[str | None]]:
    """What `line` wrote, read back: nothing at all is null, empty quotes are an empty text."""
    position, row = 0, list[str | None]()
    while position < len(text):
        match = CELL.match(text, position)
        if match is None:  # it matches the empty text too
            raise AssertionError(text[position : position + 20])
        row.append(None if match[1] is None else match[1].replace('""', '"'))
        position = match.end()
        if position >= len(text) or text[position] == "\n":
            yield row
            row = []
        position += 1

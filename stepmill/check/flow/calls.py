"""Calls of intrinsic functions, read: `States.Format('{}/{}', $.bucket, States.UUID())`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

from stepmill.check.flow.paths import Path, PathSyntax, Scanner, read_path, unescape
from stepmill.check.patterns import late_pattern
from stepmill.check.records import dataclass
from stepmill.check.rule import Rule
from stepmill.check.rules.intrinsics import INTRINSIC_ARITY, INTRINSIC_SYNTAX, INTRINSIC_UNKNOWN

NESTING_LIMIT = 10
# name -> fewest and most arguments
ARITIES: dict[str, tuple[int, int | None]] = {
    "Format": (1, None),
    "StringToJson": (1, 1),
    "JsonToString": (1, 1),
    "Array": (0, None),
    "ArrayPartition": (2, 2),
    "ArrayContains": (2, 2),
    "ArrayRange": (3, 3),
    "ArrayGetItem": (2, 2),
    "ArrayLength": (1, 1),
    "ArrayUnique": (1, 1),
    "Base64Encode": (1, 1),
    "Base64Decode": (1, 1),
    "Hash": (2, 2),
    "JsonMerge": (3, 3),
    "MathRandom": (2, 3),
    "MathAdd": (2, 2),
    "StringSplit": (2, 2),
    "UUID": (0, 0),
}
NAMES = tuple(f"States.{name}" for name in ARITIES)
PLACEHOLDER = late_pattern(r"\$\{[^}]+\}|\\(.)|(\{\})|([{}])", re.DOTALL)  # a token is none
_OPENING = late_pattern(r"([A-Za-z_][\w.]*)\(")
_NUMBER = late_pattern(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")


class CallFault(Exception):
    """A call that cannot be made, by the rule it breaks."""

    def __init__(self, rule: Rule, message: str, meant: str = "") -> None:
        super().__init__(message)
        self.rule = rule
        self.meant = meant


@dataclass(frozen=True, slots=True)
class Literal:
    """raw: a text with its backslashes, which in a template of Format tell a brace from a placeholder."""

    value: str | float | bool | None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Argument, ...]


Argument: TypeAlias = Literal | Path | Call


@lru_cache(maxsize=8192)
def parse_call(text: str) -> Call:
    """Raises: CallFault."""
    scanner = Scanner(text)
    try:
        scanner.skip_space()
        call = _call(scanner, 1)
        scanner.skip_space()
        if scanner.at < len(text):
            raise scanner.error("the end of the call")
    except PathSyntax as error:
        raise CallFault(INTRINSIC_SYNTAX, f"'{text}' cannot be read: {error}") from None
    return call


def _call(scanner: Scanner, depth: int) -> Call:
    opening = scanner.match(_OPENING)
    if opening is None:
        raise scanner.error("a path, a text in single quotes, a number or a call such as States.Format(…)")
    name = opening[:-1]
    if name.removeprefix("States.") not in ARITIES or not name.startswith("States."):
        message = f"calls {name}, which is no intrinsic function; there are {', '.join(NAMES)}"
        raise CallFault(INTRINSIC_UNKNOWN, message, name)
    if depth > NESTING_LIMIT:
        raise CallFault(INTRINSIC_SYNTAX, f"nests calls more than {NESTING_LIMIT} deep; take some out")
    call = Call(name.removeprefix("States."), _arguments(scanner, depth))
    _check_arity(call)
    return call


def _arguments(scanner: Scanner, depth: int) -> tuple[Argument, ...]:
    arguments: list[Argument] = []
    scanner.skip_space()
    while not scanner.take(")"):
        if arguments:
            if not scanner.take(","):
                raise scanner.error("',' or ')'")
            scanner.skip_space()
        arguments.append(_argument(scanner, depth))
        scanner.skip_space()
    return tuple(arguments)


def _argument(scanner: Scanner, depth: int) -> Argument:
    if scanner.is_next("$"):
        return read_path(scanner)
    if scanner.is_next("'"):
        raw = scanner.quoted("'") or ""
        return Literal(unescape(raw), raw)
    for word, value in (("true", True), ("false", False), ("null", None)):
        if scanner.take(word):
            return Literal(value)
    number = scanner.match(_NUMBER)
    if number is None:
        return _call(scanner, depth + 1)
    return Literal(int(number) if re.fullmatch(r"-?\d+", number) else float(number))


def _check_arity(call: Call) -> None:
    fewest, most = ARITIES[call.name]
    given = len(call.arguments)
    if given < fewest or (most is not None and given > most):
        allowed = f"{fewest}" if most == fewest else f"{fewest} or {most}" if most else f"at least {fewest}"
        raise CallFault(INTRINSIC_ARITY, f"gives States.{call.name} {_counted(given)}; it takes {allowed}")
    template = call.arguments[0] if call.name == "Format" else None
    if isinstance(template, Literal) and isinstance(template.value, str):
        _check_template(template.raw, given - 1)


def _counted(given: int) -> str:
    return f"{given} argument{'' if given == 1 else 's'}"


def _check_template(raw: str, given: int) -> None:
    """As many arguments as placeholders, and no lone brace; a token may hold anything."""
    if "${" in raw:
        return
    placeholders = 0
    for match in PLACEHOLDER.finditer(raw):
        if match[3]:
            message = f"has an unescaped '{match[3]}' in the template '{raw}' of States.Format"
            raise CallFault(INTRINSIC_SYNTAX, f"{message}; write \\{match[3]}")
        placeholders += match[2] is not None
    if placeholders != given:
        message = f"gives States.Format {_counted(given)} for {placeholders} times {{}} in '{raw}'"
        raise CallFault(INTRINSIC_ARITY, f"{message}; give one for each")

"""JSONPath as Step Functions reads it: `$.a['b'][0]`, `$$.Execution.Id`, `$variable.a`, `$..x[?(@.y > 1)]`.

Filters are only found, not read: what they hold decides which of the items are found, never their shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from stepmill.check.patterns import late_pattern
from stepmill.check.records import cached_property, dataclass

INPUT, CONTEXT = "$", "$$"

_NAME = late_pattern(r"[^\s.\[\](),'\"*?]+")
_VARIABLE = late_pattern(r"[^\W\d]\w*")
_WHOLE = late_pattern(r"-?\d+")
_FUNCTION = late_pattern(
    r"\.(length|size|min|max|avg|sum|stddev|keys|concat|append|index|first|last)\([^()]*\)"
)


class PathSyntax(Exception):
    """What cannot be read, and where."""


@dataclass(frozen=True, slots=True)
class Many:
    """A step that may find any number of things.

    kind: "every", "filter", "slice", "indexes", "names" (one object with those of the names that are there).
    is_deep: at every depth. keys: of the names or indexes.
    """

    kind: str
    keys: tuple[str | int, ...] = ()
    is_deep: bool = False


Step: TypeAlias = str | int | Many


@dataclass(frozen=True, slots=True)
class Path:
    """root: "$", "$$", or the name of a variable. function: a call at the end, such as "length"."""

    text: str
    root: str
    steps: tuple[Step, ...]
    function: str = ""

    @cached_property
    def keys(self) -> tuple[str | int, ...] | None:
        """The names and indexes of a path that finds one thing; None for one that may find many."""
        keys = tuple(step for step in self.steps if not isinstance(step, Many))
        return keys if len(keys) == len(self.steps) and not self.function else None

    @property
    def root_text(self) -> str:
        return self.root if self.root in (INPUT, CONTEXT) else f"${self.root}"


@lru_cache(maxsize=8192)
def parse_path(text: str) -> Path:
    """Raises: PathSyntax."""
    scanner = Scanner(text.rstrip())
    path = read_path(scanner)
    scanner.end()
    return path


class Scanner:
    """Reads an expression from the left; `at` is where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def error(self, expected: str) -> PathSyntax:
        found = f"'{self.text[self.at :][:20]}'" if self.at < len(self.text) else "the end"
        return PathSyntax(f"expected {expected} at character {self.at + 1}, found {found}")

    def is_next(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def take(self, token: str) -> bool:
        """Step over `token` when it comes next."""
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def need(self, token: str) -> None:
        if not self.take(token):
            raise self.error(f"'{token}'")

    def skip_space(self) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def match(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.at)
        if not found or found.end() == self.at:
            return None
        self.at = found.end()
        return found.group()

    def quoted(self, quotes: str = "'\"") -> str | None:
        """The text between quotes, its backslashes kept; None when no quote comes next."""
        quote = self.text[self.at : self.at + 1]
        if not quote or quote not in quotes:
            return None
        at = self.at + 1
        while at < len(self.text) and self.text[at] != quote:
            at += 2 if self.text[at] == "\\" else 1
        if at >= len(self.text):
            raise self.error(f"a closing {quote}")
        body = self.text[self.at + 1 : at]
        self.at = at + 1
        return body

    def end(self) -> None:
        if self.at < len(self.text):
            raise self.error("the end of the path")


def unescape(body: str) -> str:
    """Drop the backslash of every escaped character."""
    return re.sub(r"\\(.)", r"\1", body, flags=re.DOTALL) if "\\" in body else body


def read_path(scanner: Scanner) -> Path:
    """The path that begins here, up to what cannot belong to it. Raises: PathSyntax."""
    start = scanner.at
    scanner.need("$")
    root = INPUT
    if scanner.take("$"):
        root = CONTEXT
    elif name := scanner.match(_VARIABLE):
        root = name
    steps: list[Step] = []
    function = ""
    while not function:
        if call := scanner.match(_FUNCTION):
            function = call[1 : call.index("(")]
        elif scanner.take(".."):
            steps.append(_deep(_bracket(scanner) if scanner.is_next("[") else _dotted(scanner)))
        elif scanner.take(".") or scanner.is_next("["):
            steps.append(_bracket(scanner) if scanner.is_next("[") else _dotted(scanner))
        else:
            break
    return Path(scanner.text[start : scanner.at], root, tuple(steps), function)


def _deep(step: Step) -> Many:
    if isinstance(step, Many):
        return Many(step.kind, step.keys, is_deep=True)
    return Many("names" if isinstance(step, str) else "indexes", (step,), is_deep=True)


def _dotted(scanner: Scanner) -> Step:
    if scanner.take("*"):
        return Many("every")
    name = scanner.match(_NAME)
    if name is None:
        raise scanner.error("a name, '*' or '['")
    return name


def _bracket(scanner: Scanner) -> Step:
    scanner.need("[")
    scanner.skip_space()
    step: Step
    if scanner.take("*"):
        step = Many("every")
    elif scanner.take("?"):
        _skip_filter(scanner)
        step = Many("filter")
    elif scanner.text[scanner.at : scanner.at + 1] in ("'", '"'):
        names = _listed(scanner, lambda: _need(scanner, _name(scanner), "a quoted name"))
        step = names[0] if len(names) == 1 else Many("names", names)
    else:
        step = _indexes(scanner)
    scanner.skip_space()
    scanner.need("]")
    return step


def _name(scanner: Scanner) -> str | None:
    body = scanner.quoted()
    return None if body is None else unescape(body)


def _need(scanner: Scanner, found: str | int | None, expected: str) -> str | int:
    if found is None:
        raise scanner.error(expected)
    return found


def _listed(scanner: Scanner, read: Callable[[], str | int]) -> tuple[str | int, ...]:
    found = [read()]
    scanner.skip_space()
    while scanner.take(","):
        scanner.skip_space()
        found.append(read())
        scanner.skip_space()
    return tuple(found)


def _indexes(scanner: Scanner) -> Step:
    start = _whole(scanner)
    scanner.skip_space()
    if scanner.take(":"):
        scanner.skip_space()
        _whole(scanner)
        scanner.skip_space()
        if scanner.take(":"):
            _whole(scanner)
        return Many("slice")
    if start is None:
        raise scanner.error("an index, a slice, a quoted name, '*' or '?'")
    indexes = [start]
    while scanner.take(","):
        scanner.skip_space()
        index = _whole(scanner)
        if index is None:
            raise scanner.error("an index")
        indexes.append(index)
        scanner.skip_space()
    return start if len(indexes) == 1 else Many("indexes", tuple(indexes))


def _whole(scanner: Scanner) -> int | None:
    text = scanner.match(_WHOLE)
    return None if text is None else int(text)


def _skip_filter(scanner: Scanner) -> None:
    """Up to the parenthesis that closes the filter; quotes and regular expressions may hold any."""
    scanner.skip_space()
    if not scanner.is_next("("):
        raise scanner.error("'('")
    depth = 0
    while scanner.at < len(scanner.text):
        character = scanner.text[scanner.at]
        if character in "'\"":
            scanner.quoted()
            continue
        if character == "/" and scanner.text[: scanner.at].rstrip().endswith("=~"):
            scanner.quoted("/")
            continue
        scanner.at += 1
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            scanner.skip_space()
            return
    raise scanner.error("')' that closes the filter")

"""JSONPath as Jayway (and so AWS) reads it: names, indexes, slices, unions, wildcards, `..` and filters.

A path is definite when it can name one place only; it then gives that value or raises NotFound. Any other
path gives the list of what it finds, which may be empty. `length()` at the end counts.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from .scan import PathSyntax, Scanner, unescape

_NAME = re.compile(r"[^\s.\[\](),'\"?@$=!<>&|*~]+")
_WHOLE = re.compile(r"-?\d+")

Step = Callable[[Any, Any], Iterator[Any]]  # (value, root) -> what lies one step on
Key = str | int


class NotFound(Exception):
    """The path names nothing in this value; says where it ends, as Jayway does."""


class Path:
    """`keys` are the names and indexes of a definite path; None for one that may find many."""

    __slots__ = ("_counts", "_steps", "is_context", "keys", "text")

    def __init__(
        self, text: str, steps: list[tuple[Key | None, Step]], *, is_context: bool, counts: bool
    ) -> None:
        self.text = text
        self.is_context = is_context
        self._counts = counts
        self._steps = [step for _, step in steps]
        keys = [key for key, _ in steps if key is not None]
        self.keys = keys if len(keys) == len(steps) else None

    def find(self, root: Any) -> Any:
        """Raises: NotFound."""
        found = self._find_one(root, self.keys) if self.keys is not None else self._find_all(root)
        if self._counts:
            if not isinstance(found, (list, dict, str)):
                raise NotFound(f"No length for path: {self.text}")
            return len(found)
        return found

    def _find_one(self, value: Any, keys: list[Key]) -> Any:
        for at, key in enumerate(keys):
            if isinstance(key, str):
                if not isinstance(value, dict) or key not in value:
                    raise _missing(keys, at)
            elif not isinstance(value, list) or not -len(value) <= key < len(value):
                raise _missing(keys, at)
            value = value[key]
        return value

    def _find_all(self, root: Any) -> list[Any]:
        found = [root]
        for step in self._steps:
            found = [hit for value in found for hit in step(value, root)]
        return found


def _missing(keys: list[Key], at: int) -> NotFound:
    place = "".join(f"['{key}']" if isinstance(key, str) else f"[{key}]" for key in keys[: at + 1])
    return NotFound(
        f"{'No results for path:' if at == len(keys) - 1 else 'Missing property in path'} ${place}"
    )


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Path:
    """Raises: PathSyntax."""
    scanner = Scanner(text)
    path = read_path(scanner)
    scanner.end()
    return path


def read_path(scanner: Scanner) -> Path:
    """The path that begins here (`$…`, or `$$…` for the context object), up to what cannot belong to it."""
    start = scanner.at
    is_context = scanner.take("$$")
    if not is_context:
        scanner.need("$")
    steps, counts = read_steps(scanner)
    return Path(scanner.text[start : scanner.at], steps, is_context=is_context, counts=counts)


def read_steps(scanner: Scanner) -> tuple[list[tuple[Key | None, Step]], bool]:
    steps: list[tuple[Key | None, Step]] = []
    while True:
        if scanner.take(".length()"):
            return steps, True
        if scanner.take(".."):
            step = (_bracket(scanner) if scanner.is_next("[") else _dotted(scanner))[1]
            steps.append((None, _descend(step)))
        elif scanner.take("."):
            steps.append(_bracket(scanner) if scanner.is_next("[") else _dotted(scanner))
        elif scanner.is_next("["):
            steps.append(_bracket(scanner))
        else:
            return steps, False


def _dotted(scanner: Scanner) -> tuple[Key | None, Step]:
    if scanner.take("*"):
        return None, _every
    name = scanner.match(_NAME)
    if name is None:
        raise scanner.error("a name, '*' or '['")
    return name, _named(name)


def _bracket(scanner: Scanner) -> tuple[Key | None, Step]:
    scanner.need("[")
    scanner.skip_space()
    if scanner.take("*"):
        made: tuple[Key | None, Step] = (None, _every)
    elif scanner.take("?"):
        made = (None, _filter(scanner))
    elif scanner.text[scanner.at : scanner.at + 1] in ("'", '"'):
        made = _names(scanner)
    else:
        made = _indexes(scanner)
    scanner.skip_space()
    scanner.need("]")
    return made


def _names(scanner: Scanner) -> tuple[Key | None, Step]:
    names = []
    while True:
        scanner.skip_space()
        name = scanner.quoted()
        if name is None:
            raise scanner.error("a quoted name")
        names.append(unescape(name))
        scanner.skip_space()
        if not scanner.take(","):
            break
    return (names[0], _named(names[0])) if len(names) == 1 else (None, _union(names))


def _indexes(scanner: Scanner) -> tuple[Key | None, Step]:
    start = _whole(scanner)
    if scanner.take(":"):
        return None, _sliced(slice(start, _whole(scanner)))
    if start is None:
        raise scanner.error("an index, a slice, a quoted name, '*' or '?'")
    indexes = [start]
    scanner.skip_space()
    while scanner.take(","):
        scanner.skip_space()
        index = _whole(scanner)
        if index is None:
            raise scanner.error("an index")
        indexes.append(index)
        scanner.skip_space()
    return (start if len(indexes) == 1 else None), _indexed(indexes)


def _whole(scanner: Scanner) -> int | None:
    text = scanner.match(_WHOLE)
    return None if text is None else int(text)


def _filter(scanner: Scanner) -> Step:
    from .filters import read_filter  # a filter holds paths again

    scanner.skip_space()
    scanner.need("(")
    holds = read_filter(scanner)
    scanner.skip_space()
    scanner.need(")")

    def step(value: Any, root: Any) -> Iterator[Any]:
        items = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
        return (item for item in items if holds(item, root))

    return step


def _every(value: Any, _root: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        return iter(value.values())
    return iter(value if isinstance(value, list) else ())


def _named(name: str) -> Step:
    return lambda value, _root: iter((value[name],) if isinstance(value, dict) and name in value else ())


def _union(names: list[str]) -> Step:
    """Jayway gives one object with those of the names that are there."""

    def step(value: Any, _root: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            yield {name: value[name] for name in names if name in value}

    return step


def _indexed(indexes: list[int]) -> Step:
    def step(value: Any, _root: Any) -> Iterator[Any]:
        if isinstance(value, list):
            yield from (value[index] for index in indexes if -len(value) <= index < len(value))

    return step


def _sliced(span: slice) -> Step:
    return lambda value, _root: iter(value[span] if isinstance(value, list) else ())


def _descend(step: Step) -> Step:
    def every_depth(value: Any, root: Any) -> Iterator[Any]:
        waiting = [value]
        while waiting:
            node = waiting.pop()
            yield from step(node, root)
            waiting.extend(reversed(list(_every(node, root))))

    return every_depth


__all__ = ["NotFound", "Path", "PathSyntax", "compile_path", "read_path", "read_steps"]

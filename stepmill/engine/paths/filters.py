"""Filter expressions of JSONPath: `?(@.price < 10 && @.name =~ /a.*/i)`."""

import operator
import re
from collections.abc import Callable
from typing import Any

from .jsonpath import NotFound, Path, read_path, read_steps
from .scan import Scanner, unescape

Holds = Callable[[Any, Any], bool]  # (item, root)
_Operand = Callable[[Any, Any], Any]
_ABSENT = object()
_REGEX = re.compile(r"/((?:[^/\\]|\\.)*)/(i?)")
_COMPARISONS = ("==", "!=", "<=", ">=", "=~", "<", ">", "in ", "nin ")
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def read_filter(scanner: Scanner) -> Holds:
    sides = [_conjunction(scanner)]
    while _take(scanner, "||"):
        sides.append(_conjunction(scanner))
    return sides[0] if len(sides) == 1 else lambda item, root: any(side(item, root) for side in sides)


def _conjunction(scanner: Scanner) -> Holds:
    sides = [_condition(scanner)]
    while _take(scanner, "&&"):
        sides.append(_condition(scanner))
    return sides[0] if len(sides) == 1 else lambda item, root: all(side(item, root) for side in sides)


def _take(scanner: Scanner, token: str) -> bool:
    scanner.skip_space()
    return scanner.take(token)


def _condition(scanner: Scanner) -> Holds:
    if _take(scanner, "!"):
        inner = _condition(scanner)
        return lambda item, root: not inner(item, root)
    if _take(scanner, "("):
        inner = read_filter(scanner)
        scanner.skip_space()
        scanner.need(")")
        return inner
    left = _operand(scanner)
    scanner.skip_space()
    for comparison in _COMPARISONS:
        if scanner.take(comparison):
            return _comparison(scanner, left, comparison.strip())
    return lambda item, root: left(item, root) is not _ABSENT


def _comparison(scanner: Scanner, left: _Operand, comparison: str) -> Holds:
    if comparison == "=~":
        return _matches(scanner, left)
    right = _operand(scanner)
    if comparison == "==":
        return lambda item, root: is_same(left(item, root), right(item, root))
    if comparison == "!=":
        return lambda item, root: not is_same(left(item, root), right(item, root))
    if comparison in ("in", "nin"):
        wanted = comparison == "in"
        return lambda item, root: _is_in(left(item, root), right(item, root)) is wanted
    order = _ORDER[comparison]
    return lambda item, root: _is_ordered(order, left(item, root), right(item, root))


def _matches(scanner: Scanner, left: _Operand) -> Holds:
    scanner.skip_space()
    text = scanner.match(_REGEX)
    parts = _REGEX.fullmatch(text or "")
    if parts is None:
        raise scanner.error("a pattern as /…/")
    try:
        pattern = re.compile(parts[1], re.IGNORECASE if parts[2] else 0)
    except re.error as error:
        raise scanner.error(f"a regular expression ({error})") from None

    def holds(item: Any, root: Any) -> bool:
        value = left(item, root)
        return isinstance(value, str) and pattern.fullmatch(value) is not None

    return holds


def _operand(scanner: Scanner) -> _Operand:
    scanner.skip_space()
    if scanner.take("@"):
        steps, counts = read_steps(scanner)
        path = Path("@", steps, is_context=False, counts=counts)
        return lambda item, _root: _look_up(path, item)
    if scanner.is_next("$"):
        absolute = read_path(scanner)
        return lambda _item, root: _look_up(absolute, root)
    value = _literal(scanner)
    return lambda _item, _root: value


def _literal(scanner: Scanner) -> Any:
    text = scanner.quoted()
    if text is not None:
        return unescape(text)
    for word, value in (("true", True), ("false", False), ("null", None)):
        if scanner.take(word):
            return value
    if scanner.take("["):
        return _list(scanner)
    number = scanner.number()
    if number is None:
        raise scanner.error("'@', '$' or a literal")
    return number


def _list(scanner: Scanner) -> list[Any]:
    items: list[Any] = []
    scanner.skip_space()
    while not scanner.take("]"):
        if items:
            scanner.need(",")
            scanner.skip_space()
        items.append(_literal(scanner))
        scanner.skip_space()
    return items


def _look_up(path: Path, value: Any) -> Any:
    try:
        return path.find(value)
    except NotFound:
        return _ABSENT


def is_same(left: Any, right: Any) -> bool:
    """Equal as JSON: true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(is_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(is_same(left[key], right[key]) for key in left)
    return bool(left == right)


def _is_in(value: Any, items: Any) -> bool:
    return isinstance(items, list) and any(is_same(value, item) for item in items)


def _is_ordered(order: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    both_numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    both_strings = isinstance(left, str) and isinstance(right, str)
    return (both_numbers or both_strings) and order(left, right)

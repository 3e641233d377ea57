"""What stands in the lists of an event pattern: plain values, and objects with one matcher each.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from stepmill.check.finding import pointer

OPERATORS = ("=", "<", "<=", ">", ">=")


def wrong_matchers(pattern: Any, place: str) -> Iterator[tuple[str, str, str]]:
    """(pointer, what is wrong, the misspelt matcher or "") of each item that EventBridge refuses."""
    for key, value in pattern.items() if isinstance(pattern, dict) else ():
        here = place + pointer(key)
        if isinstance(value, dict):
            yield from wrong_matchers(value, here)
        for index, item in enumerate(value if isinstance(value, list) else ()):
            if key == "$or":
                yield from wrong_matchers(item, f"{here}/{index}")
            elif isinstance(item, dict):
                yield from _wrong(item, f"{here}/{index}")


def _wrong(item: dict[str, Any], place: str) -> Iterator[tuple[str, str, str]]:
    for name, value in item.items():
        if name not in MATCHERS:
            yield place, f"there is no matcher {name!r}", str(name)
        elif _is_known(value) and not MATCHERS[name](value):
            yield place, f"the matcher {name} cannot take {value!r}", ""
        else:
            continue
        return


def _is_known(value: Any) -> bool:
    """Plain data without a symbol; the rest of a template is resolved at deployment."""
    match value:
        case str():
            return "${" not in value
        case list():
            return all(map(_is_known, value))
        case dict():
            return all(map(_is_known, value.values()))
    return value is None or isinstance(value, bool | int | float)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_start_or_end(value: Any) -> bool:
    """A text, or one of which the case does not matter."""
    if isinstance(value, dict):
        return value.keys() == {"equals-ignore-case"} and _is_text(value["equals-ignore-case"])
    return _is_text(value)


def _is_truth(value: Any) -> bool:
    """Templates also hold it as a text."""
    return isinstance(value, bool) or value in ("true", "false")


def _is_range(value: Any) -> bool:
    if not isinstance(value, list) or len(value) not in (2, 4):
        return False
    pairs = zip(value[::2], value[1::2], strict=True)
    return all(operator in OPERATORS and _is_number(bound) for operator, bound in pairs)


def _is_number(value: Any) -> bool:
    """A text that is one may come from a parameter."""
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return True
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_excepted(value: Any) -> bool:
    return not isinstance(value, dict) or (len(value) == 1 and value.keys() <= _EXCEPTED)


_EXCEPTED = {"prefix", "suffix", "equals-ignore-case", "wildcard", "numeric", "cidr"}
MATCHERS: dict[str, Callable[[Any], bool]] = {
    "prefix": _is_start_or_end,
    "suffix": _is_start_or_end,
    "equals-ignore-case": _is_text,
    "wildcard": _is_text,
    "cidr": _is_text,
    "exists": _is_truth,
    "numeric": _is_range,
    "anything-but": _is_excepted,
}

"""JSON as value and as text, each made from the other once and only when asked for.

Values are never changed in place: whoever changes one copies what it touches.
"""

import json
import math
from typing import Any

_UNSET = object()


class NotJson(ValueError):
    """A text that is not JSON, or a value that JSON cannot hold."""


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"number {text} is out of range")
    return number


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse_constant)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_encode_ascii = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def loads(text: str) -> Any:
    """Raises: NotJson (NaN, infinite numbers and too deep nesting included)."""
    try:
        return _decoder.decode(text)
    except RecursionError:
        raise NotJson("nested too deeply") from None
    except ValueError as error:
        raise NotJson(str(error)) from None


def dumps(value: Any) -> str:
    """Compact JSON that UTF-8 can hold. Raises: NotJson."""
    try:
        text = _encode(value)
        return text if text.isascii() or _is_encodable(text) else _encode_ascii(value)
    except RecursionError:
        raise NotJson("nested too deeply") from None
    except (ValueError, TypeError) as error:
        raise NotJson(str(error)) from None


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON's \u escapes allow
        return False
    return True


def clean(text: str) -> str:
    """`text` with a question mark for what UTF-8 cannot hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def size_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


class Json:
    """One JSON document, immutable."""

    __slots__ = ("_text", "_value")

    def __init__(self, value: Any = _UNSET, text: str | None = None) -> None:
        self._value = value
        self._text = text

    @property
    def value(self) -> Any:
        if self._value is _UNSET:
            self._value = loads(self._text or "")
        return self._value

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = dumps(self._value)
        return self._text

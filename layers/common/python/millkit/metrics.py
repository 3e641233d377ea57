"""Error metrics of regression models, and the check that a figure is one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from millkit.errors import MillError


class NumberNotFinite(MillError):
    """A figure is NaN or infinite: a gate must stay closed."""


class LimitInvalid(MillError):
    """A limit that is no positive number."""


def finite(value: float, where: str) -> float:
    """The value itself.

    Raises:
        NumberNotFinite: naming `where`.
    """
    if not math.isfinite(value):
        raise NumberNotFinite(f"{where}: is {value}; a model that gives no finite figure cannot be judged")
    return value


def limit(value: Any, where: str) -> float:
    """The value as a positive, finite number.

    Raises:
        LimitInvalid: it is text, a truth value, NaN, infinite, or not above zero.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise LimitInvalid(f"{where} is {value!r}, not a number; give one above 0, for instance 4000")
    if not math.isfinite(value) or value <= 0:
        raise LimitInvalid(f"{where} is {value!r}; give a number above 0, for instance 4000")
    return float(value)


def rmse(errors: Iterable[float]) -> float:
    """Root mean square of the errors, in their unit.

    Raises:
        NumberNotFinite: an error, or their sum, is not finite, or there is none.
    """
    total, count = 0.0, 0
    for error in errors:
        total += error * error
        count += 1
    return finite(math.sqrt(total / count) if count and math.isfinite(total) else math.nan, "RMSE")

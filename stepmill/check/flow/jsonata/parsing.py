"""An expression as a tree, and what is wrong with one."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from stepmill.check.records import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """kind: "missing", "left-out", "maybe-missing", "untested", "variable", "variable-left-out", "syntax",
    "function", "arity".

    "left-out": missing where JSONata goes on without it: from an array, an object or a text it puts together.
    text: what was written.
    """

    kind: str
    text: str
    message: str
    available: tuple[str, ...] = ()
    meant: str = ""


@lru_cache(maxsize=256)
def parse(expression: str) -> Any:
    """JSONata's tree, which nobody changes.

    Raises:
        ValueError: the expression is no JSONata.
    """
    from jsonata import jexception, jsonata  # 50 ms, and only JSONata's machines need it

    try:
        return jsonata.Jsonata(expression).ast
    except (
        jexception.JException,
        RecursionError,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
    ) as error:
        raise ValueError(str(error)) from error

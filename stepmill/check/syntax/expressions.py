"""JSONata expressions, parsed; what they read out of nothing.

Does not evaluate them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

_LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Parsed:
    """error: why it is no JSONata. references: bare names, "$" and "$$" at the top of the expression."""

    error: str = ""
    references: tuple[str, ...] = ()


@cache
def parse(text: str) -> Parsed:
    from jsonata.jexception import JException
    from jsonata.parser import Parser

    if not text.strip():
        return Parsed("is empty")
    if len(text) > _LONGEST:
        return Parsed()
    try:
        tree = Parser().parse(text)
        return Parsed("", tuple(dict.fromkeys(_references(tree))))
    except JException as error:
        return Parsed(f"{error} at character {error.location}")
    except RecursionError:
        return Parsed()
    # The parser trips over some texts that are no JSONata.
    except (AttributeError, IndexError, TypeError, ValueError, KeyError):
        return Parsed("is no JSONata")


def _references(node: Any) -> Iterator[str]:
    """What is read where there is no value to read from. Inside of a path's later steps there is one.

    Function bodies are left out: what they are called on is not known here.
    """
    if isinstance(node, (list, tuple)):
        for inner in node:
            yield from _references(inner)
        return
    kind = getattr(node, "type", None)
    if kind == "path":
        steps = list(node.steps)
        yield from _first_step(steps[0])
        # With `phones.number` the rest reads from what the first step finds.
    elif kind == "name":
        yield str(node.value)
    elif kind == "variable":
        if node.value in (None, "", "$"):
            yield "$$" if node.value == "$" else "$"
    elif kind is not None and kind not in ("lambda", "transform", "regex", "string", "number", "value"):
        for name in _PARTS:
            inner = getattr(node, name, None)
            if inner is not None and not (kind == "bind" and name == "lhs"):
                yield from _references(inner)


def _first_step(step: Any) -> Iterator[str]:
    if getattr(step, "type", None) == "name":
        yield str(step.value)
    else:
        yield from _references(step)


_PARTS = ("lhs", "rhs", "expression", "lhs_object", "arguments", "expressions", "condition", "then", "_else")

"""JSONata expressions, parsed; what they read out of nothing.

Does not evaluate them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from stepmill.check.records import dataclass

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
    """What is read where there is no value to read from. Inside of functions that is not known."""
    if isinstance(node, (list, tuple)):
        for inner in node:
            yield from _references(inner)
        return
    kind = getattr(node, "type", None)
    if kind == "path":
        # The later steps read from what the first one finds.
        yield from _references(node.steps[0])
    elif kind == "name":
        yield str(node.value)
    elif kind == "variable":
        if node.value in (None, "", "$"):
            yield "$$" if node.value == "$" else "$"
    elif node is not None:
        for name in _PARTS:
            yield from _references(getattr(node, name, None))


# Not among them: the bodies of functions, and what transforms and groups read from.
_PARTS = ("lhs", "rhs", "expression", "lhs_object", "arguments", "expressions", "condition", "then", "_else")

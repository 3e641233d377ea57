"""JSONata's functions, and those that Step Functions adds: how many arguments they take, what they give.

Source: https://docs.jsonata.org/overview.html (function library)
Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stepmill.check.shapes.shape import UNKNOWN, Array, Boolean, Number, Object, Piece, Shape, String

TEXT, NUMBER, TRUTH = String(), Number(), Boolean()
TEXTS, ANY_ARRAY, ANY_OBJECT = Array(String()), Array(UNKNOWN), Object(rest=UNKNOWN)
COUNT = Number(minimum=0, is_integer=True)


class Function(NamedTuple):
    """is_empty_if_empty: without a value for its first argument it gives nothing."""

    least: int
    most: int
    gives: Shape
    is_empty_if_empty: bool = True


# JSONata fills a missing first argument of most functions with the context value: one fewer is allowed.
_LIST: Sequence[tuple[str, int, int, Shape]] = (
    *((name, 0, 1, TEXT) for name in ("uppercase", "lowercase", "trim", "base64encode", "base64decode")),
    *((name, 0, 1, TEXT) for name in ("encodeUrl", "encodeUrlComponent", "decodeUrl", "decodeUrlComponent")),
    ("string", 0, 2, TEXT),
    ("length", 0, 1, COUNT),
    ("substring", 1, 3, TEXT),
    ("substringBefore", 1, 2, TEXT),
    ("substringAfter", 1, 2, TEXT),
    ("pad", 1, 3, TEXT),
    ("contains", 1, 2, TRUTH),
    ("split", 1, 3, TEXTS),
    ("join", 1, 2, TEXT),
    ("match", 1, 3, UNKNOWN),
    ("replace", 2, 4, TEXT),
    *((name, 0, 1, NUMBER) for name in ("number", "abs", "floor", "ceil", "sqrt")),
    ("round", 0, 2, NUMBER),
    ("power", 1, 2, NUMBER),
    ("formatNumber", 1, 3, TEXT),
    ("formatBase", 0, 2, TEXT),
    ("formatInteger", 1, 2, TEXT),
    ("parseInteger", 1, 2, NUMBER),
    *((name, 1, 1, NUMBER) for name in ("sum", "max", "min", "average")),
    ("sort", 1, 2, ANY_ARRAY),
    ("reverse", 1, 1, ANY_ARRAY),
    ("shuffle", 1, 1, ANY_ARRAY),
    ("distinct", 1, 1, UNKNOWN),
    ("keys", 0, 1, UNKNOWN),
    ("lookup", 1, 2, UNKNOWN),
    ("spread", 0, 1, UNKNOWN),
    ("sift", 1, 2, UNKNOWN),
    ("each", 1, 2, UNKNOWN),
    ("map", 2, 2, UNKNOWN),
    ("filter", 2, 2, UNKNOWN),
    ("single", 1, 2, UNKNOWN),
    ("reduce", 2, 3, UNKNOWN),
    ("fromMillis", 0, 3, TEXT),
    ("toMillis", 0, 2, NUMBER),
    ("hash", 1, 2, TEXT),
    ("parse", 0, 1, UNKNOWN),
    ("partition", 2, 2, Array(ANY_ARRAY)),
)
_WHATEVER_IS_GIVEN: Sequence[tuple[str, int, int, Shape]] = (
    ("boolean", 0, 1, TRUTH),
    ("not", 0, 1, TRUTH),
    ("exists", 1, 1, TRUTH),
    ("count", 1, 1, COUNT),
    ("append", 2, 2, UNKNOWN),
    ("merge", 1, 1, ANY_OBJECT),
    ("zip", 1, 99, ANY_ARRAY),
    ("type", 0, 1, TEXT),
    ("error", 0, 1, UNKNOWN),
    ("assert", 1, 2, UNKNOWN),
    ("now", 0, 2, TEXT),
    ("millis", 0, 0, NUMBER),
    ("random", 0, 1, Number(minimum=0, maximum=1)),
    (
        "uuid",
        0,
        0,
        String(
            min_length=36, max_length=36, pieces=(Piece(frozenset(["uuid"]), 36, 36, "0123456789abcdef-"),)
        ),
    ),
    ("range", 3, 3, Array(NUMBER)),
)
FUNCTIONS = {name: Function(least, most, gives) for name, least, most, gives in _LIST} | {
    name: Function(least, most, gives, is_empty_if_empty=False)
    for name, least, most, gives in _WHATEVER_IS_GIVEN
}
# Step Functions has no $eval. Source: transforming-data.html
REFUSED = {"eval": "Step Functions has no $eval; use $parse for JSON text"}
# What they are asked for may be absent: that is their use.
TOLERANT = frozenset(["exists", "boolean", "not", "count", "type", "append", "merge", "lookup", "assert"])
HIGHER_ORDER = frozenset(["map", "filter", "single", "reduce", "sift", "each", "sort"])


def arity_fault(name: str, count: int) -> str:
    """What is wrong with so many arguments; "" when nothing is."""
    least, most = FUNCTIONS[name].least, FUNCTIONS[name].most
    allowed = str(least) if least == most else f"{least} to {most}"
    return "" if least <= count <= most else f"'${name}' is given {count} arguments; it takes {allowed}"

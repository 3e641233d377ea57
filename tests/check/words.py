"""What a machine looks for in what it is given: names, texts and numbers of its definition."""

from __future__ import annotations

import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

PATH = re.compile(r"\$[\w.\[\]]+")
PARSED = re.compile(r"States\.StringToJson\((\$[\w.\[\]]+)\)")
NAMES = re.compile(r"[A-Za-z_]\w*")
ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "NumericEquals": operator.eq,
    "NumericLessThan": operator.lt,
    "NumericLessThanEquals": operator.le,
    "NumericGreaterThan": operator.gt,
    "NumericGreaterThanEquals": operator.ge,
}


@dataclass(frozen=True)
class Words:
    """read: names that paths hold, by the name above them. tested: those that are asked for with IsPresent.
    parsed: those whose text is read as JSON. compared: texts that something is compared with. fitting: by
    name, the texts with which it is compared, and numbers that meet all its comparisons.
    """

    read: Mapping[str, Set[str]]
    tested: Set[str]
    parsed: Set[str]
    compared: tuple[str, ...]
    fitting: Mapping[str, tuple[str | float, ...]]


def words_of(definition: Any) -> Words:
    read: dict[str, set[str]] = {}
    tested: set[str] = set()
    parsed: set[str] = set()
    compared: list[str] = []
    for holder in _objects(definition):
        for key, value in holder.items():
            if key.endswith((".$", "Path", "Variable")) and isinstance(value, str):
                for path in PATH.findall(value):
                    for above, name in pairwise(["", *NAMES.findall(path)]):
                        read.setdefault(above, set()).add(name)
                parsed.update(NAMES.findall(path)[-1] for path in PARSED.findall(value))
            elif key.startswith("String") and isinstance(value, str):
                compared.append(value.replace("*", ""))
        if "IsPresent" in holder:
            tested.update(NAMES.findall(str(holder.get("Variable")))[-1:])
    return Words(read, tested, parsed, tuple(dict.fromkeys(compared)), _fitting(definition))


def _fitting(definition: Any) -> dict[str, tuple[str | float, ...]]:
    texts: dict[str, dict[str, None]] = defaultdict(dict)
    bounds: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for holder in _objects(definition):
        for name in NAMES.findall(str(holder.get("Variable")))[-1:]:
            for key, value in holder.items():
                if key in ("StringEquals", "StringMatches") and value:
                    texts[name][value.replace("*", "")] = None
                elif key in ORDERS:
                    bounds[name].append((key, value))
    numbers = {name: _numbers(met) for name, met in bounds.items()}
    return {name: (*texts.get(name, ()), *numbers.get(name, ())) for name in {**texts, **numbers}}


def _numbers(bounds: list[tuple[str, float]]) -> list[float]:
    near = sorted({bound + step for _, bound in bounds for step in (-1, 0, 1)})
    return [number for number in near if all(ORDERS[order](number, bound) for order, bound in bounds)]


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(item)

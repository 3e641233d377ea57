"""The JSONPath of batch transform's filters: `$`, names, indices, slices, wildcards.

Several may be selected in the last step only; filters (`[?()]`) and `..` are not part of it.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(r"\.(?P<name>[A-Za-z_][\w-]*)|\.(?P<star>\*)|\.?\[(?P<inside>(?:[^\]']|'[^']*')*)\]")
_ITEM = re.compile(r"\s*(?:'(?P<name>[^']*)'|(?P<star>\*)|(?P<from>-?\d*):(?P<to>-?\d*)|(?P<index>-?\d+))\s*")


class BadPath(ValueError):
    """The text is none of the paths that a filter may be."""


class NothingThere(LookupError):
    """The record has no such element; the text names what is missing."""


@dataclass(frozen=True)
class Step:
    """One selector or several: a name, an index, or a slice (`slice(None)` is `*`)."""

    selectors: tuple[str | int | slice, ...]

    @property
    def is_single(self) -> bool:
        return len(self.selectors) == 1 and not isinstance(self.selectors[0], slice)

    @property
    def is_indexed(self) -> bool:
        return not any(isinstance(one, str) for one in self.selectors)


@dataclass(frozen=True)
class DataPath:
    steps: tuple[Step, ...]

    @property
    def is_everything(self) -> bool:
        return not self.steps

    @property
    def fits_rows(self) -> bool:
        """A row of CSV is an array without any names in it."""
        return len(self.steps) <= 1 and all(step.is_indexed for step in self.steps)

    def of_row(self, row: Sequence[str]) -> list[str]:
        """The columns selected, in the order of the selectors. Raises: NothingThere."""
        if not self.steps:
            return list(row)
        return [cell for selector in self.steps[0].selectors for cell in elements(row, selector)]

    def of_json(self, value: Any) -> Any:
        """The part selected: an element, an object of names, or an array. Raises: NothingThere."""
        for step in self.steps:
            value = select(value, step)
        return value


def parse(text: str) -> DataPath:
    """Raises: BadPath saying what is wrong."""
    if not text.startswith("$"):
        raise BadPath(f"{text!r} does not begin with $")
    steps: list[Step] = []
    place = 1
    while place < len(text):
        match = _STEP.match(text, place)
        if match is None:
            raise BadPath(f"{text!r} is not understood from {text[place:]!r} on")
        if steps and not steps[-1].is_single:
            raise BadPath(f"{text!r} goes on behind a step that selects several elements")
        steps.append(read_step(text, match))
        place = match.end()
    return DataPath(tuple(steps))


def read_step(text: str, match: re.Match[str]) -> Step:
    if match["name"]:
        return Step((match["name"],))
    if match["star"]:
        return Step((slice(None),))
    selectors: list[str | int | slice] = []
    inside, place = match["inside"], 0
    while place <= len(inside):
        item = _ITEM.match(inside, place)
        if item is None or inside[item.end() : item.end() + 1] not in ("", ","):
            raise BadPath(f"{text!r}: [{inside}] is no list of names, indices and slices")
        selectors.append(read_selector(item))
        place = item.end() + 1
    if len({isinstance(one, str) for one in selectors}) > 1:
        raise BadPath(f"{text!r}: [{inside}] mixes names with indices")
    return Step(tuple(selectors))


def read_selector(item: re.Match[str]) -> str | int | slice:
    if item["name"] is not None:
        return item["name"]
    if item["index"]:
        return int(item["index"])
    if item["star"]:
        return slice(None)
    return slice(*(int(edge) if edge else None for edge in (item["from"], item["to"])))


def elements(row: Sequence[Any], selector: str | int | slice) -> list[Any]:
    if isinstance(selector, slice):
        return list(row[selector])
    if not isinstance(selector, int) or not -len(row) <= selector < len(row):
        raise NothingThere(f"there is no index {selector} among {len(row)} elements")
    return [row[selector]]


def select(value: Any, step: Step) -> Any:
    if isinstance(value, dict):
        if step.selectors == (slice(None),):
            return list(value.values())
        names = [one for one in step.selectors if isinstance(one, str)]
        if len(names) != len(step.selectors):
            raise NothingThere("an object has names, no indices")
        if missing := [name for name in names if name not in value]:
            raise NothingThere(f"there is no {', '.join(missing)} in an object of {', '.join(value)}")
        return value[names[0]] if step.is_single else {name: value[name] for name in names}
    if isinstance(value, list) and step.is_indexed:
        found = [one for selector in step.selectors for one in elements(value, selector)]
        return found[0] if step.is_single else found
    raise NothingThere(f"{step.selectors[0]!r} is looked for in {type(value).__name__}")

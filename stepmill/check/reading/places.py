"""At which line and column of a JSON or YAML file a JSON pointer points."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING

from stepmill.check.patterns import late_pattern
from stepmill.check.reading.text import with_quotes

if TYPE_CHECKING:
    import yaml

_SPACE = late_pattern(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class Places:
    """The places of one file; made only when there is something to show."""

    def __init__(self, text: str) -> None:
        self._text = text

    def line(self, pointer: str) -> int:
        """The line, from 1, of the nearest place that is there."""
        return self.place(pointer)[0]

    def place(self, pointer: str) -> tuple[int, int]:
        """The line and column, from 1, of the nearest place that is there."""
        keys = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
        if self._text.lstrip()[:1] not in ("{", "["):
            return self._place_in_yaml(keys)
        try:
            return _place_of_json(self._json, keys)
        except ValueError:
            return self._place_in_yaml(keys)

    def _place_in_yaml(self, keys: list[str]) -> tuple[int, int]:
        node, place = self._root, (1, 1)
        for key in keys:
            found = _member(node, key)
            if found is None:
                break
            place, node = found
        return place

    @cached_property
    def _json(self) -> str:
        return with_quotes(self._text) if "${" in self._text else self._text

    @cached_property
    def _root(self) -> yaml.Node | None:
        import yaml  # costs as much as the check of a small machine

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            root: yaml.Node | None = yaml.compose(self._text, Loader=loader)
        except yaml.YAMLError:
            return None
        return root


def _place_of_json(text: str, keys: list[str]) -> tuple[int, int]:
    """Raises: ValueError where the text on the way to the place is no JSON."""
    begin, at = 0, _after_space(text, 0)
    for key in keys:
        found = _place_in_json(text, at, key)
        if found is None:
            break
        begin, at = found
    return text.count("\n", 0, begin) + 1, begin - text.rfind("\n", 0, begin)


def _place_in_json(text: str, at: int, key: str) -> tuple[int, int] | None:
    """Where the member's key and its value begin; an item of an array begins with its value."""
    opening, count = text[at : at + 1], 0
    if opening not in ("{", "["):
        _DECODER.raw_decode(text, at)
        return None
    start = _after_space(text, at + 1)
    while text[start : start + 1] not in ("}", "]"):
        name, value = str(count), start
        if opening == "{":
            name, end = _DECODER.raw_decode(text, start)
            value = _after(":", text, end)
        if name == key:
            return start, value
        _, end = _DECODER.raw_decode(text, value)
        start = _after_space(text, end)
        if text[start : start + 1] not in ("}", "]"):
            start = _after(",", text, start)
        count += 1
    return None


def _after(mark: str, text: str, at: int) -> int:
    """Where the next thing begins behind the mark and the space around it."""
    found = _after_space(text, at)
    if not text.startswith(mark, found):
        raise ValueError(f"{mark!r} is missing")
    return _after_space(text, found + 1)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _member(node: yaml.Node | None, key: str) -> tuple[tuple[int, int], yaml.Node] | None:
    """(place of the key, its value). Tags such as !Sub stand for the long form: its key is no place."""
    import yaml

    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value == key:
                return _at(name), value
    if isinstance(node, yaml.SequenceNode) and key.isdigit() and int(key) < len(node.value):
        item: yaml.Node = node.value[int(key)]
        return _at(item), item
    return None


def _at(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1

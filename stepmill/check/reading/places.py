"""On which line of a JSON or YAML file a JSON pointer points."""

from __future__ import annotations

import yaml


class Places:
    """The nodes of one file; made only when there is something to show."""

    def __init__(self, text: str) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            self._root: yaml.Node | None = yaml.compose(text, Loader=loader)
        except yaml.YAMLError:
            self._root = None

    def line(self, pointer: str) -> int:
        """The line, from 1, of the nearest place that is there."""
        node, line = self._root, 1
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            found = _member(node, key)
            if found is None:
                break
            line, node = found
        return line


def _member(node: yaml.Node | None, key: str) -> tuple[int, yaml.Node] | None:
    """(line of the key, its value). Tags such as !Sub stand for the long form: its key is no place."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value == key:
                return name.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and key.isdigit() and int(key) < len(node.value):
        item: yaml.Node = node.value[int(key)]
        return item.start_mark.line + 1, item
    return None

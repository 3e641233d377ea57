"""YAML read as CloudFormation reads it: JSON's values only, dates stay texts, `!Sub x` is {"Fn::Sub": x}."""

from __future__ import annotations

from typing import Any, cast

import yaml
from yaml.events import CollectionEndEvent, CollectionStartEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

SURE_LEVELS = 1000
# Tags that stand alone; every other !Name is Fn::Name.
_BARE = frozenset({"Ref", "Condition"})


class Loader(_SafeLoader):
    """`repeated` are the mappings in which a key is given twice, and not with the same scalar both times."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.repeated: list[tuple[dict[str, Any], str]] = []

    def build_mapping(self, node: MappingNode) -> Any:
        found: dict[str, Any] = {}
        yield found
        repeated = _repeated(node)
        self.flatten_mapping(node)
        for key, value in node.value:
            found[_name(key)] = self.construct_object(value, deep=True)
        self.repeated.extend((found, name) for name in repeated)

    def build_tagged(self, suffix: str, node: Node) -> dict[str, Any]:
        value: Any
        if isinstance(node, ScalarNode):
            value = node.value
        elif isinstance(node, SequenceNode):
            value = self.construct_sequence(node, deep=True)
        else:
            value = self.construct_mapping(cast(MappingNode, node), deep=True)
        if suffix == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {suffix if suffix in _BARE else f"Fn::{suffix}": value}


def may_end_the_process(text: str) -> bool:
    """To be asked first: libyaml ends the process on 50,000 open brackets.

    A collection takes a bracket, or a column more than the one around it.
    """
    columns = max(map(len, text.splitlines()), default=0)
    return text.count("[") + text.count("{") + 2 * columns > SURE_LEVELS


def is_deeper(text: str, levels: int) -> bool:
    """Raises: yaml.YAMLError."""
    depth = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        if isinstance(event, CollectionStartEvent):
            depth += 1
            if depth > levels:
                return True
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
    return False


def _repeated(node: MappingNode) -> list[str]:
    given: dict[str, list[Node]] = {}
    for key, value in node.value:
        given.setdefault(_name(key), []).append(value)
    return sorted(name for name, values in given.items() if name != "<<" and not _is_one_scalar(values))


def _is_one_scalar(values: list[Node]) -> bool:
    written = {(value.tag, value.value) if isinstance(value, ScalarNode) else None for value in values}
    return len(values) == 1 or (len(written) == 1 and None not in written)


def _name(key: Node) -> str:
    """A mapping's key as text; one that is no scalar by its place, so that nothing is lost."""
    return str(key.value) if isinstance(key, ScalarNode) else f"key at line {key.start_mark.line + 1}"


def _as_text(loader: Any, node: ScalarNode) -> str:
    return str(loader.construct_scalar(node))


Loader.add_constructor("tag:yaml.org,2002:map", Loader.build_mapping)
Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_text)
Loader.add_constructor("tag:yaml.org,2002:value", _as_text)
Loader.add_multi_constructor("!", Loader.build_tagged)

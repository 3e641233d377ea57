"""Reads a template: YAML with CloudFormation's tags, or JSON."""

import json
from typing import Any

import yaml

from stepmill.cloud.deploy.errors import TemplateError

FUNCTIONS = frozenset(
    {"Base64", "FindInMap", "GetAtt", "If", "And", "Or", "Not", "Equals", "ImportValue", "Join"}
    | {"Select", "Split", "Sub"}
)
REFUSED = {
    "Cidr": "write the address blocks out",
    "GetAZs": "write the zones out",
    "Transform": "expand the macro before deploying",
    "Length": "write the number out",
    "ToJsonString": "use Fn::Sub",
    "ForEach": "write the resources out",
}


class _Loader(yaml.CSafeLoader):
    """SafeLoader without dates (`Version: 2012-10-17` is text), with CloudFormation's tags."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _tagged(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    if suffix not in FUNCTIONS and suffix not in REFUSED and suffix not in ("Ref", "Condition"):
        raise TemplateError(f"line {node.start_mark.line + 1}: !{suffix} is no function of CloudFormation")
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise TemplateError(f"line {node.start_mark.line + 1}: !{suffix} has no value")
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode) and key.value != "<<":
            if key.value in seen:
                raise TemplateError(f"line {key.start_mark.line + 1}: key {key.value!r} is there twice")
            seen.add(key.value)
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _tagged)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _yaml(text: str) -> Any:
    return yaml.load(text, Loader=_Loader)  # noqa: S506  # a SafeLoader with more tags


def parse(text: str, where: str = "template") -> dict[str, Any]:
    """The template with every function in its long form.

    Raises: TemplateError, with the line, when the text is no template.
    """
    try:
        template = json.loads(text) if text.lstrip().startswith("{") else _yaml(text)
    except (yaml.YAMLError, json.JSONDecodeError) as error:
        raise TemplateError(f"{where}: {' '.join(str(error).split())}") from error
    except TemplateError as error:
        raise TemplateError([f"{where}: {problem}" for problem in error.problems]) from error
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise TemplateError(f"{where}: Resources is missing; a template declares at least one resource")
    return template

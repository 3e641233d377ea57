"""One stack of a template, its parameters and its nested stacks: Ref, GetAtt and the outputs between them.

Does not know macros, what conditions are (both branches of Fn::If are possible) or other stacks' exports.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from stepmill.check.finding import Findings
from stepmill.check.reading.template_names import NAMED, Named
from stepmill.check.reading.template_values import (
    ANY,
    NO_VALUE,
    UNRESOLVED,
    Kind,
    Symbol,
    alternatives,
    either,
    joined,
    shape_of_parameter,
    text_of,
)
from stepmill.check.reading.text import read_file
from stepmill.check.records import dataclass, field
from stepmill.check.shapes.shape import String

NESTED = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
DEEPEST = 10
# Source: https://docs.aws.amazon.com/general/latest/gr/rande.html (the longest region is us-isof-south-1)
PSEUDO = {
    "AWS::AccountId": Symbol(Kind.PSEUDO, String(min_length=12, max_length=12)),
    "AWS::Partition": Symbol(Kind.PSEUDO, String(min_length=3, max_length=10)),
    "AWS::Region": Symbol(Kind.PSEUDO, String(min_length=9, max_length=15)),
    "AWS::URLSuffix": Symbol(Kind.PSEUDO, String(min_length=3)),
}
LISTS = ("CommaDelimitedList", "List<")


@dataclass(eq=False)
class Scope:
    """path: the logical ids of the stacks above and this one; () for the root.

    given: resolved parameters from the parent; None for the root, whose parameters may have any value.
    symbols: shared by the whole tree.
    """

    file: Path
    document: Mapping[str, Any]
    path: tuple[str, ...] = ()
    parent: Scope | None = None
    given: Mapping[str, Any] | None = None
    symbols: dict[str, Symbol] = field(default_factory=lambda: dict(PSEUDO))
    findings: Findings = field(default_factory=Findings)
    pending: set[str] = field(default_factory=set)

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Resources by logical id; what is no resource is left out."""
        return {
            name: resource
            for name, resource in section(self.document, "Resources").items()
            if isinstance(resource, dict) and isinstance(resource.get("Type"), str)
        }

    @cached_property
    def parameters(self) -> dict[str, Any]:
        return section(self.document, "Parameters")

    @cached_property
    def is_sam(self) -> bool:
        return any("Serverless" in text_of(one) for one in self.transforms)

    @cached_property
    def is_looped(self) -> bool:
        """Fn::ForEach makes resources that are not seen here."""
        return any(str(name).startswith("Fn::") for name in section(self.document, "Resources"))

    @cached_property
    def transforms(self) -> list[Any]:
        told = self.document.get("Transform", [])
        return told if isinstance(told, list) else [told]

    def properties(self, name: str) -> dict[str, Any]:
        """A resource's properties as they are written, with SAM's Globals below its own."""
        resource = self.resources.get(name, {})
        own = resource.get("Properties")
        own = own if isinstance(own, dict) else {}
        kind = str(resource.get("Type", ""))
        if kind.startswith("AWS::Serverless::"):
            shared = section(self.document, "Globals").get(kind.rpartition("::")[2])
            if isinstance(shared, dict):
                return _merged(shared, own)
        return own

    def of_type(self, *kinds: str) -> Iterator[str]:
        """Logical ids of the resources of these types."""
        return (name for name, resource in self.resources.items() if resource["Type"] in kinds)

    @cached_property
    def children(self) -> dict[str, Scope]:
        """Nested stacks whose template is a file beside this one."""
        found = {}
        for name in self.of_type(*NESTED):
            place = self.properties(name).get(NESTED[self.resources[name]["Type"]])
            if not isinstance(place, str) or "://" in place or len(self.path) >= DEEPEST:
                continue
            path = beside(self.file, place)
            if path.is_file() and path.resolve() not in self.files_above:
                found[name] = self._nested(name, path)
        return {name: child for name, child in found.items() if child is not None}

    def _nested(self, name: str, path: Path) -> Scope | None:
        findings = Findings()
        document = read_file(path, findings)
        if not isinstance(document, dict):
            return None
        told = self.properties(name).get("Parameters")
        given = told if isinstance(told, dict) else {}
        return Scope(path, document, (*self.path, name), self, given, self.symbols, findings)

    @property
    def files_above(self) -> list[Path]:
        return [self.file.resolve(), *(self.parent.files_above if self.parent else [])]

    def tree(self) -> Iterator[Scope]:
        """This stack and every one nested in it."""
        yield self
        for child in self.children.values():
            yield from child.tree()

    def symbol(self, name: str, kind: Kind, shape: Any = None) -> str:
        """The text for what is called `name` in this stack and is not known."""
        full = "/".join((*self.path, name))
        self.symbols.setdefault(full, Symbol(kind) if shape is None else Symbol(kind, shape))
        return "${" + full + "}"

    def ref(self, name: Any) -> Any:
        if not isinstance(name, str):
            return UNRESOLVED
        if name == "AWS::NoValue":
            return NO_VALUE
        if name == "AWS::NotificationARNs":
            return UNRESOLVED
        if name.startswith("AWS::"):
            self.symbols.setdefault(name, Symbol(Kind.PSEUDO))
            return "${" + name + "}"
        if name in self.parameters:
            return self._parameter(name)
        if name in self.resources:
            named = NAMED.get(self.resources[name]["Type"])
            if named is None:
                return self.symbol(name, Kind.OTHER)
            return self._reference(name, named)
        return self.symbol(name, Kind.OTHER) if self.is_sam or self.is_looped else UNRESOLVED

    def attribute(self, name: Any, attribute: Any) -> Any:
        """What GetAtt gives."""
        if not isinstance(name, str) or not isinstance(attribute, str):
            return UNRESOLVED
        if name in self.children and attribute.startswith("Outputs."):
            return self.children[name].output(attribute.removeprefix("Outputs."))
        named = NAMED.get(str(self.resources.get(name, {}).get("Type")))
        if named is not None:
            if attribute in ("Arn", "TopicArn", "TaskDefinitionArn"):
                return self.arn(name, named)
            if named.attribute and attribute == named.attribute:
                return self.physical_name(name, named)
            if attribute == "QueueUrl":
                return self._reference(name, named)
        return self.symbol(f"{name}.{attribute}", Kind.OTHER)

    def output(self, name: str) -> Any:
        """The value of an output, as the parent sees it."""
        told = section(self.document, "Outputs").get(name)
        return self._once(f"output {name}", told.get("Value")) if isinstance(told, dict) else UNRESOLVED

    def physical_name(self, name: str, named: Named) -> Any:
        """A resource's name: as it is given, or a symbol."""
        own = self.symbol(
            name if named.ref == "name" else f"{name}.{named.attribute or 'Name'}", Kind.RESOURCE
        )
        told = self.properties(name).get(named.name) if named.name else None
        if told is None:
            return own
        value = self._once(f"name {name}", told)
        texts = [own if isinstance(one, str) and ANY in one else one for one in alternatives(value)]
        return either(one if isinstance(one, str) else own for one in texts)

    def arn(self, name: str, named: Named) -> Any:
        before, _, after = named.arn.partition("{}")
        own = self.physical_name(name, named)
        if named.arn.startswith("arn:${AWS::Partition}:iam:"):
            path = self._once(f"path {name}", self.properties(name).get("Path"))
            before = before.removesuffix("/") + (path if isinstance(path, str) else "/")
        elif before.endswith("parameter/"):
            own = either(one.removeprefix("/") for one in alternatives(own))
        return joined([before, own, after])

    def _reference(self, name: str, named: Named) -> Any:
        if named.ref == "arn":
            return self.arn(name, named)
        own = self.physical_name(name, named)
        if named.ref == "url":
            return joined(["https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/", own])
        return own

    def _parameter(self, name: str) -> Any:
        declared = self.parameters[name]
        kind = text_of(declared.get("Type")) if isinstance(declared, dict) else ""
        if self.given is None or self.parent is None:
            if kind.startswith(LISTS) or "<List" in kind:
                return UNRESOLVED
            return self.symbol(name, Kind.PARAMETER, shape_of_parameter(declared))
        if name in self.given:
            value = self.parent._once(f"{'/'.join(self.path)} {name}", self.given[name])
        else:
            default = declared.get("Default") if isinstance(declared, dict) else None
            value = self.symbol(name, Kind.PARAMETER) if default is None else text_of(default)
        if kind.startswith("AWS::SSM::Parameter::Value"):
            return self.symbol(name, Kind.PARAMETER)
        if kind.startswith(LISTS) and isinstance(value, str):
            return value.split(",") if "${" not in value else UNRESOLVED
        return text_of(value) if isinstance(value, bool | int | float) else value

    def _once(self, what: str, value: Any) -> Any:
        """Resolve; UNRESOLVED when that needs itself."""
        from stepmill.check.reading.template_functions import resolve

        if what in self.pending or value is None:
            return UNRESOLVED
        self.pending.add(what)
        try:
            return resolve(value, self)
        finally:
            self.pending.discard(what)


def beside(file: Path, place: str) -> Path:
    """The path that a template names; like `file` relative or absolute."""
    return Path(os.path.normpath(file.parent / place))


def section(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A part of a template that should be an object; an empty one when it is not."""
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _merged(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """SAM's rule: objects are merged, lists put together, anything else is replaced."""
    found = dict(shared)
    for key, value in own.items():
        below = shared.get(key)
        if (
            isinstance(below, dict)
            and isinstance(value, dict)
            and not _is_call(below)
            and not _is_call(value)
        ):
            found[key] = _merged(below, value)
        elif isinstance(below, list) and isinstance(value, list):
            found[key] = [*below, *value]
        else:
            found[key] = value
    return found


def _is_call(value: dict[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))

"""What a template asks for once its parameters are known, checked before anything is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from stepmill.cloud.deploy import intrinsics
from stepmill.cloud.deploy.errors import TemplateError
from stepmill.cloud.deploy.scope import Scope
from stepmill.cloud.deploy.template import REFUSED

_SECTIONS = {"AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules"}
_SECTIONS |= {"Mappings", "Conditions", "Resources", "Outputs"}
_ATTRIBUTES = {"Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy"}
_ATTRIBUTES |= {"Metadata"}


@dataclass(frozen=True)
class Planned:
    """One resource; `properties` still hold functions, but no Fn::If."""

    logical_id: str
    type: str
    properties: dict[str, Any]
    needs: frozenset[str]
    keeps_on_delete: bool = False


@dataclass
class Plan:
    resources: dict[str, Planned] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)


def make_plan(template: Mapping[str, Any], scope: Scope, known: Mapping[str, frozenset[str] | None]) -> Plan:
    """`known` gives each resource type's properties; None where any property is allowed.

    Raises: TemplateError with everything that is wrong with the template.
    """
    problems = [
        f"template: section {name!r} is not known; allowed: {', '.join(sorted(_SECTIONS))}"
        for name in template
        if name not in _SECTIONS
    ]
    walker = _Walker(template, scope, problems)
    plan = Plan()
    for logical_id, resource in template["Resources"].items():
        if walker.is_wanted(resource, f"Resources.{logical_id}"):
            planned = walker.planned(logical_id, resource, known)
            if planned is not None:
                plan.resources[logical_id] = planned
    for name, output in template.get("Outputs", {}).items():
        if walker.is_wanted(output, f"Outputs.{name}"):
            export = output.get("Export", {}).get("Name")
            plan.outputs[name] = {
                "Value": walker.pruned(output.get("Value"), f"Outputs.{name}", set()),
                "Export": walker.pruned(export, f"Outputs.{name}.Export", set()),
                "Description": output.get("Description"),
            }
    walker.check_targets(plan)
    if not problems:
        problems += _cycles(plan)
    if problems:
        raise TemplateError(problems)
    return plan


class _Walker:
    def __init__(self, template: Mapping[str, Any], scope: Scope, problems: list[str]) -> None:
        self._template = template
        self._scope = scope
        self._problems = problems
        self._uses: list[tuple[str, str]] = []  # where, logical id

    def is_wanted(self, part: Any, where: str) -> bool:
        if not isinstance(part, dict):
            self._problems.append(f"{where}: is {part!r}; a mapping is wanted")
            return False
        try:
            return "Condition" not in part or intrinsics.condition(part["Condition"], self._scope, where)
        except TemplateError as error:
            self._problems += error.problems
            return False

    def planned(
        self, logical_id: str, resource: dict[str, Any], known: Mapping[str, frozenset[str] | None]
    ) -> Planned | None:
        where = f"Resources.{logical_id}"
        kind = str(resource.get("Type", ""))
        family = "Custom::" if kind.startswith("Custom::") else kind
        for name in resource:
            if name not in _ATTRIBUTES:
                self._problems.append(f"{where}: attribute {name!r} is not known here; remove it")
        if family not in known:
            self._problems.append(f"{where}: Type {kind!r} {_unknown(kind, known)}")
            return None
        properties = resource.get("Properties") or {}
        allowed = known[family]
        for name in properties:
            if allowed is not None and name not in allowed:
                self._problems.append(f"{where}: property {name!r} of {kind} {_unknown(name, allowed)}")
        needs: set[str] = set()
        pruned = self.pruned(properties, where, needs)
        depends = resource.get("DependsOn", [])
        for name in [depends] if isinstance(depends, str) else depends:
            if name not in self._template["Resources"]:
                self._problems.append(f"{where}: DependsOn names {name!r}, which is no resource here")
            needs.add(name)
        keeps = str(resource.get("DeletionPolicy", "")) in ("Retain", "RetainExceptOnCreate", "Snapshot")
        return Planned(logical_id, kind, pruned, frozenset(needs), keeps)

    def pruned(self, value: Any, where: str, needs: set[str]) -> Any:
        """`value` with each Fn::If replaced by the branch that counts; what it refers to goes to `needs`."""
        if isinstance(value, list):
            return [self.pruned(item, f"{where}[{index}]", needs) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        for name in value:
            if isinstance(name, str) and name.startswith("Fn::") and intrinsics.function_of(value) != name:
                advice = REFUSED.get(name[4:], "remove it")
                self._problems.append(f"{where}: {name} is not known here; {advice}")
                return None
        if "Fn::If" in value and len(value) == 1:
            return self._branch(value["Fn::If"], where, needs)
        if "Ref" in value and len(value) == 1:
            self._use(str(value["Ref"]), where, needs)
        elif "Fn::GetAtt" in value:
            path = value["Fn::GetAtt"]
            target = (path.split(".") if isinstance(path, str) else path)[0]
            self._use(target, where, needs, is_attribute=True)
        elif "Fn::Sub" in value:
            text = value["Fn::Sub"]
            given = text[1] if isinstance(text, list) else {}
            for name in intrinsics.sub_names(text[0] if isinstance(text, list) else text):
                if name not in given:
                    self._use(name.split(".")[0], where, needs, is_attribute="." in name)
        return {key: self.pruned(item, f"{where}.{key}", needs) for key, item in value.items()}

    def _branch(self, parts: Any, where: str, needs: set[str]) -> Any:
        if not isinstance(parts, list) or len(parts) != 3:
            self._problems.append(f"{where}: Fn::If takes [condition, then, else], got {parts!r}")
            return None
        try:
            chosen = parts[1] if intrinsics.condition(parts[0], self._scope, where) else parts[2]
        except TemplateError as error:
            self._problems += error.problems
            return None
        return self.pruned(chosen, where, needs)

    def _use(self, name: str, where: str, needs: set[str], is_attribute: bool = False) -> None:
        if not is_attribute and (
            name in self._scope.parameters or name in self._scope.pseudo or name == "AWS::NoValue"
        ):
            return
        self._uses.append((where, name))
        needs.add(name)

    def check_targets(self, plan: Plan) -> None:
        declared = self._template["Resources"]
        for where, name in self._uses:
            if name in plan.resources:
                continue
            if name in declared:
                if not any(f"Resources.{name}:" in problem for problem in self._problems):
                    self._problems.append(f"{where}: refers to {name}, which its Condition leaves out")
                continue
            everything = [*declared, *self._scope.parameters, *self._scope.pseudo]
            self._problems.append(f"{where}: refers to {name!r}, which {_unknown(name, everything)}")


def _unknown(name: str, known: Any) -> str:
    hint = get_close_matches(name, known, 1, 0.75)
    advice = f"did you mean {hint[0]}?" if hint else "remove it or spell it as AWS does"
    return f"is not known here; {advice}"


def _cycles(plan: Plan) -> list[str]:
    left = {name: set(resource.needs) & plan.resources.keys() for name, resource in plan.resources.items()}
    while ready := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in ready:
            del left[name]
    return [f"Resources: {', '.join(sorted(left))} need each other; break the circle"] if left else []

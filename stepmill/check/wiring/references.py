"""Ref, GetAtt, Sub, DependsOn and Condition against what a template has; its parameters against their use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stepmill.check.finding import Findings, pointer
from stepmill.check.reading.template_names import NAMED
from stepmill.check.reading.template_scope import Scope, section
from stepmill.check.rules.sam import PARAMETER_UNDEFINED, PARAMETER_UNUSED, REFERENCE_UNKNOWN
from stepmill.check.wiring.made_by_sam import is_made_by_sam
from stepmill.check.wiring.walk import calls, names_of

# Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
PSEUDO = (
    *("AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region"),
    *("AWS::StackId", "AWS::StackName", "AWS::URLSuffix"),
)
OWN_TRANSFORMS = ("AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::SecretsManager-2024-09-16")
# Types whose attributes are all listed in NAMED.
CHECKED = (
    *("AWS::Serverless::Function", "AWS::Lambda::Function", "AWS::IAM::Role", "AWS::SQS::Queue"),
    *("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine", "AWS::DynamoDB::Table"),
)


def check_references(scope: Scope, findings: Findings) -> None:
    if _is_rewritten(scope):
        return
    for place, function, argument in calls(scope.document):
        for name in names_of(function, argument):
            _check_name(scope, place, function, name, findings)
        if function == "Fn::If" and isinstance(argument, list) and argument:
            _check_condition(scope, place, f"{_where(place)}: If", argument[0], findings)
    for name, resource in scope.resources.items():
        here = pointer("Resources", name)
        after = resource.get("DependsOn")
        for index, other in enumerate(after if isinstance(after, list) else [after]):
            if isinstance(other, str) and not _is_resource(scope, other):
                place = f"{here}/DependsOn" + (pointer(index) if isinstance(after, list) else "")
                _tell(findings, place, f"{name}: DependsOn", other, scope.resources)
        _check_condition(
            scope, f"{here}/Condition", f"{name}: Condition", resource.get("Condition"), findings
        )


def _check_condition(scope: Scope, place: str, what: str, name: Any, findings: Findings) -> None:
    known = section(scope.document, "Conditions")
    if isinstance(name, str) and name not in known:
        _tell(findings, place, what, name, known)


def _is_rewritten(scope: Scope) -> bool:
    """A macro, an include or a loop may add what is not seen here."""
    if any(one not in OWN_TRANSFORMS for one in scope.transforms):
        return True
    keys = [*scope.document, *section(scope.document, "Resources")]
    return any(str(key).startswith("Fn::") for key in keys)


def _check_name(scope: Scope, place: str, function: str, name: str, findings: Findings) -> None:
    what = f"{_where(place)}: {function.removeprefix('Fn::')}"
    if name.startswith("AWS::"):
        if name not in PSEUDO:
            _tell(findings, place, what, name, PSEUDO)
        return
    logical, _, attribute = name.partition(".")
    if not _is_resource(scope, logical):
        if attribute or logical not in scope.parameters:
            known = scope.resources if attribute else [*scope.parameters, *scope.resources]
            _tell(findings, place, what, logical, known)
        return
    if attribute and function != "Ref":
        _check_attribute(scope, place, what, logical, attribute, findings)


def _check_attribute(
    scope: Scope, place: str, what: str, name: str, attribute: str, findings: Findings
) -> None:
    kind = str(scope.resources.get(name, {}).get("Type"))
    if name in scope.children:
        outputs = [f"Outputs.{one}" for one in section(scope.children[name].document, "Outputs")]
        if attribute not in outputs:
            _tell(findings, place, what, f"{name}.{attribute}", [f"{name}.{one}" for one in outputs])
    elif kind in CHECKED:
        named = NAMED[kind]
        known = ["Arn", *(named.attributes or ()), *([named.attribute] if named.attribute else [])]
        if attribute not in known:
            _tell(findings, place, what, f"{name}.{attribute}", [f"{name}.{one}" for one in known])


def _is_resource(scope: Scope, name: str) -> bool:
    return name in scope.resources or is_made_by_sam(scope, name)


def _tell(findings: Findings, place: str, what: str, name: str, known: Iterable[str]) -> None:
    findings.add(
        REFERENCE_UNKNOWN,
        place,
        f"{what} names {name!r}, which is not in this template; name what is there",
        available=sorted(map(str, known)),
        meant=name,
    )


def _where(place: str) -> str:
    parts = place.split("/")
    return parts[2] if len(parts) > 2 else parts[-1]


def check_parameters(scope: Scope, findings: Findings) -> None:
    """Parameters that nothing uses. Comes after check_references."""
    if _is_rewritten(scope):
        return
    used = {name for _, function, argument in calls(scope.document) for name in names_of(function, argument)}
    # One that an unknown name seems to mean is not told twice.
    meant = {finding.suggestion for finding in findings.found}
    for name in scope.parameters:
        if name not in used and name not in meant:
            findings.add(
                PARAMETER_UNUSED,
                pointer("Parameters", name),
                f"{name}: nothing in the template uses this parameter; use it or remove it",
            )


def check_nested(scope: Scope, findings: Findings) -> None:
    """What is handed to nested stacks against the parameters that they have."""
    for name, child in scope.children.items():
        told = scope.properties(name).get("Parameters", {})
        if not isinstance(told, dict) or any(str(key).startswith("Fn::") for key in told):
            continue
        here = pointer("Resources", name, "Properties")
        for given in told:
            if given not in child.parameters:
                findings.add(
                    PARAMETER_UNDEFINED,
                    here + pointer("Parameters", given),
                    f"{name}: {given!r} is no parameter of {child.file}; remove it or name one that is there",
                    available=sorted(child.parameters),
                    meant=str(given),
                )
        for parameter, declared in child.parameters.items():
            is_needed = isinstance(declared, dict) and "Default" not in declared
            if is_needed and parameter not in told:
                findings.add(
                    PARAMETER_UNDEFINED,
                    here + (pointer("Parameters") if "Parameters" in scope.properties(name) else ""),
                    f"{name}: Parameters lacks {parameter!r}, which {child.file} needs; give it a value",
                )

"""The logical ids of the resources that SAM makes from one of a template.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/
sam-specification-generated-resources.html
"""

from __future__ import annotations

from stepmill.check.patterns import late_pattern
from stepmill.check.reading.template_scope import Scope

# What follows the id of a function or machine; an alias and a version have more behind that.
_SUFFIXES = {
    "AWS::Serverless::Function": late_pattern(
        r"Role|Alias\w*|Version\w*|DeploymentGroup|Url|UrlPublicPermissions|EventInvokeConfig\w*"
    ),
    "AWS::Serverless::StateMachine": late_pattern(r"Role|Alias\w*|Version\w*"),
}


def is_made_by_sam(scope: Scope, name: str) -> bool:
    """FunctionRole, MachineEventRule, ServerlessRestApi; of other types any name that begins with the id."""
    if not scope.is_sam:
        return False
    if name.startswith(("Serverless", "CodeDeploy")):
        return True
    return any(
        _comes_from(scope, other, name)
        for other, resource in scope.resources.items()
        if name.startswith(other)
        and (resource["Type"].startswith("AWS::Serverless::") or "Connectors" in resource)
    )


def _comes_from(scope: Scope, source: str, name: str) -> bool:
    suffixes = _SUFFIXES.get(scope.resources[source]["Type"])
    if suffixes is None or "Connectors" in scope.resources[source]:
        return True
    rest = name.removeprefix(source)
    events = scope.properties(source).get("Events")
    if not isinstance(events, dict) or any(str(event).startswith("Fn::") for event in events):
        events = {} if events is None else {"": None}
    return suffixes.fullmatch(rest) is not None or any(rest.startswith(str(event)) for event in events)

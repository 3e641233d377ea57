"""What the functions of one template may look at: parameters, mappings, conditions, finished resources."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Made:
    """A resource as it stands: what Ref gives, and what GetAtt gives by name."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Scope:
    """`made` fills up while resources are made; everything else is fixed before the first one."""

    parameters: Mapping[str, Any]
    pseudo: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    exports: Callable[[str], str | None] = lambda _name: None
    stored: Callable[[str, str], str] = lambda _service, _reference: ""


def pseudo_parameters(account: str, region: str, stack_id: str, stack_name: str) -> dict[str, Any]:
    return {
        "AWS::AccountId": account,
        "AWS::NotificationARNs": [],
        "AWS::Partition": "aws",
        "AWS::Region": region,
        "AWS::StackId": stack_id,
        "AWS::StackName": stack_name,
        "AWS::URLSuffix": "amazonaws.com",
    }

"""Small machines, and what is found in them."""

from collections.abc import Mapping
from typing import Any

from stepmill.check.checker import check_machine
from stepmill.check.finding import Finding, Findings
from stepmill.check.shapes.schema import of_schema
from stepmill.check.shapes.shape import UNKNOWN, Shape
from stepmill.check.subject import Context, Subject, TaskView

END = {"Type": "Succeed"}


class Answers:
    """Tasks that give what is said here, and that nothing is said against."""

    def __init__(self, outputs: Mapping[str, Shape] | None = None) -> None:
        self.outputs = outputs or {}
        self.sent: dict[str, Shape] = {}

    def output(self, view: TaskView) -> Shape:
        return self.outputs.get(view.state, UNKNOWN)

    def check_task(self, view: TaskView, findings: Findings) -> None:
        self.sent[view.state] = view.arguments


def task(**more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", **more}


def machine(first: str, states: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"StartAt": first, "States": dict(states), **more}


def found(
    states: Mapping[str, Any],
    *,
    given: Mapping[str, Any] | None = None,
    answers: Answers | None = None,
    substitutions: Mapping[str, Shape] | None = None,
    **more: Any,
) -> list[Finding]:
    """given: the JSON Schema of the input. The first state is where it starts."""
    definition = machine(next(iter(states)), states, **more)
    context = Context(input=of_schema(given) if given is not None else UNKNOWN)
    subject = Subject(definition, context=context, substitutions=substitutions)
    return check_machine(subject, answers or Answers()).found


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    """Rule, pointer and message of each."""
    return [(finding.rule, finding.pointer, finding.message) for finding in findings]


# An input with a list of objects and a name.
LISTS = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"id": {}},
                "additionalProperties": False,
                "required": ["id"],
            },
        },
        "name": {"type": "string"},
    },
    "required": ["items", "name"],
    "additionalProperties": False,
}


def reads(path: str, **more: Any) -> dict[str, Any]:
    return {"Type": "Pass", "Parameters": {"read.$": path}, "End": True, **more}

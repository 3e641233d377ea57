"""All that is said of one task and the service it calls."""

from __future__ import annotations

from collections.abc import Container

from stepmill.check.finding import Findings
from stepmill.check.rules.parameters import PARAMETER_MISSING, PARAMETER_ONE_OF
from stepmill.check.services import calls, contracts, errors, forms, names, waiting
from stepmill.check.services.members import spelled
from stepmill.check.services.models import Operation
from stepmill.check.services.place import Place, start
from stepmill.check.services.requests import Walk
from stepmill.check.services.resources import Integration, Resource, resolved, resource
from stepmill.check.services.responses import output
from stepmill.check.shapes.shape import UNKNOWN, Object, Shape, options, union
from stepmill.check.subject import TaskView


def called(task: TaskView) -> Resource | None:
    """What the task calls, with the tokens replaced of which the template says the value."""
    text = task.raw.get("Resource")
    if not isinstance(text, str):
        return None
    return resource(resolved(text, task.subject.substitutions or {}))


def answer(task: TaskView) -> Shape:
    """What the task gives back. Nothing is known of one that fails for a token it does not have: that is
    told of the task itself, not of all who read its answer.
    """
    found = called(task)
    if found is None or calls.token_without_wait(task, found):
        return UNKNOWN
    return output(found, task.arguments, task.subject.context, task.state)


def check_task(task: TaskView, findings: Findings) -> None:
    """The integration, its parameters, the names it gives and the contract of the function it calls."""
    found = called(task)
    if found is None:
        return
    exists = calls.check_resource(task, found, findings)
    calls.check_token(task, found, findings)
    contracts.check_contract(task, found, findings)
    errors.check_errors(task, found, findings)
    waiting.check_waiting(task, found, findings)
    if exists and isinstance(found, Integration):
        check_arguments(task, found, findings)


def check_arguments(task: TaskView, call: Integration, findings: Findings) -> None:
    operation = forms.operation(call)
    if operation is None:
        return
    written = next((name for name in ("Parameters", "Arguments") if name in task.raw), "")
    if not written:
        _check_input(task, call, operation, findings)
        return
    place = start(task.state, task.pointer, written, task.raw[written])
    Walk(operation, findings, names.names_in(operation), call.is_sdk).root(task.arguments, place)
    names.check_names(task, call, operation, place, findings)


def _check_input(task: TaskView, call: Integration, operation: Operation, findings: Findings) -> None:
    """Without Parameters the whole input is sent. What it lacks is told; what it has besides is not: it is
    not documented that a call refuses that.
    """
    alone = Findings()
    root = operation.shapes.get(operation.input, {})
    known = spelled(root, operation.input, operation.service, call.is_sdk, is_root=True)
    sent = union(_only(option, known) for option in options(task.arguments))
    Walk(operation, alone, is_sdk=call.is_sdk).root(sent, Place(task.state, task.pointer, "it"))
    lacking = (PARAMETER_MISSING.id, PARAMETER_ONE_OF.id)
    found = next((it for it in alone.found if it.rule in lacking and it.pointer == task.pointer), None)
    if found is not None:
        reason = found.message.removeprefix(f"States.{task.state}: ").partition(";")[0]
        message = f"States.{task.state}: without parameters the whole input is sent, but {reason}; give them"
        findings.add(PARAMETER_MISSING, task.pointer, message, state=task.state)


def _only(shape: Shape, known: Container[str]) -> Shape:
    if not isinstance(shape, Object):
        return shape
    return Object({name: member for name, member in shape.members.items() if name in known}, shape.rest)

"""All that is said of one task and the service it calls."""

from __future__ import annotations

from stepmill.check.finding import Findings
from stepmill.check.services import calls, contracts, forms, names
from stepmill.check.services.place import start
from stepmill.check.services.requests import Walk
from stepmill.check.services.resources import Integration, resource
from stepmill.check.subject import TaskView


def check_task(task: TaskView, findings: Findings) -> None:
    """The integration, its parameters, the names it gives and the contract of the function it calls."""
    text = task.raw.get("Resource")
    if not isinstance(text, str):
        return
    found = resource(text)
    exists = calls.check_resource(task, found, findings)
    calls.check_token(task, found, findings)
    contracts.check_contract(task, found, findings)
    if exists and isinstance(found, Integration):
        check_arguments(task, found, findings)


def check_arguments(task: TaskView, call: Integration, findings: Findings) -> None:
    operation = forms.operation(call)
    if operation is None:
        return
    written = next((name for name in ("Parameters", "Arguments") if name in task.raw), "")
    if not written:
        return
    place = start(task.state, task.pointer, written, task.raw[written])
    Walk(operation, findings, names.names_in(operation), call.is_sdk).root(task.arguments, place)
    names.check_names(task, call, operation, place, findings)

"""The tasks of a machine as the data flow shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stepmill.check.checker import KnownServices, check_machine
from stepmill.check.finding import Findings
from stepmill.check.patterns import late_pattern
from stepmill.check.records import replace
from stepmill.check.shapes.shape import Piece, Shape, String
from stepmill.check.subject import Subject, TaskView

_TOKEN = late_pattern(r"\$\{([^}]+)\}")


class Recording(KnownServices):
    """Checks tasks and keeps their views, so that one run serves both."""

    def __init__(self) -> None:
        self.views: list[TaskView] = []

    def check_task(self, view: TaskView, findings: Findings) -> None:
        self.views.append(view)
        super().check_task(view, findings)


def views_of(subject: Subject) -> list[TaskView]:
    """Of a bare file each token stands for itself."""
    if subject.substitutions is None:
        subject = replace(subject, substitutions=own_tokens(subject.definition))
    services = Recording()
    check_machine(subject, services)
    return services.views


def own_tokens(definition: Any) -> dict[str, Shape]:
    return {name: String(pieces=(Piece(token="${" + name + "}"),)) for name in tokens(definition)}


def tokens(value: Any) -> Iterator[str]:
    """The names of the `${Token}`s in a definition, keys included."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield from _TOKEN.findall(one)
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one

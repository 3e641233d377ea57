"""A machine held against every rule: its form first, then what flows through it, then each call it makes."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import Any

from stepmill.check.finding import Findings
from stepmill.check.flow.fingerprints import Fingerprints
from stepmill.check.flow.frames import Services, World, assignments, machine_frame
from stepmill.check.flow.history import check_sums
from stepmill.check.flow.liveness import Liveness, names_in
from stepmill.check.flow.questions import Questions
from stepmill.check.flow.situations import Situation
from stepmill.check.flow.texts import Texts
from stepmill.check.flow.worklist import ScopeRun, begin_scope, ended
from stepmill.check.following import take, take_unawaited
from stepmill.check.records import replace
from stepmill.check.shapes.shape import UNKNOWN, Member, Object, Presence, Shape, options
from stepmill.check.subject import Context, Subject, TaskView
from stepmill.check.syntax import check_syntax

DEPTH_LIMIT = 120


class KnownServices:
    """The services that the checker knows. They are looked up when the first task is met."""

    def output(self, view: TaskView) -> Shape:
        from stepmill.check import services

        return services.answer(view)

    def check_task(self, view: TaskView, findings: Findings) -> None:
        from stepmill.check import services

        services.check_task(view, findings)


def check_machine(subject: Subject, services: Services | None = None) -> Findings:
    """Everything that is wrong with the machine. Takes any JSON for its definition."""
    limit = sys.getrecursionlimit()
    try:
        return _checked(subject, services or KnownServices())
    finally:
        sys.setrecursionlimit(limit)  # the jsonata package raises it for the whole process


def _checked(subject: Subject, known: Services) -> Findings:
    findings = Findings()
    broken = check_syntax(subject, findings)
    if subject.pointer in broken or _depth(subject.definition) > DEPTH_LIMIT:
        return findings
    definition = subject.definition
    language = definition.get("QueryLanguage", "JSONPath") if isinstance(definition, dict) else "JSONPath"
    texts = Texts(subject.substitutions)
    world = World(
        subject=subject,
        texts=texts,
        questions=Questions(definition, language, texts.resolved),
        services=known,
        broken=frozenset(broken),
        assigned=assignments(definition, subject.pointer),
        liveness=Liveness(language),
        fingerprints=Fingerprints(names_in(definition) | _contract_names(subject.context)),
    )
    if subject.context.input != UNKNOWN:
        world = replace(world, may_hold_otherwise=Loosened(world).may_hold)
    found = ended(_begun(world))
    if subject.kind == "STANDARD":
        reports = {report.pointer: report for report in found.reports}
        check_sums(definition, subject.pointer, world.least_items, reports)
    take(findings, found.reports)
    for view in found.views:
        if view.pointer not in broken:
            known.check_task(view, findings)
            take_unawaited(findings, view, found.reports)
    return findings


def _begun(world: World) -> ScopeRun | None:
    frame = machine_frame(world.subject)
    entry = Situation(world.subject.context.input)
    return begin_scope(world, world.subject.definition, world.subject.pointer, [entry], frame)


class Loosened:
    """The machine when its input has the names that are declared, but other values.

    It is run only as far as an answer needs.
    """

    def __init__(self, world: World) -> None:
        context = replace(world.subject.context, input=loosened(world.subject.context.input))
        subject = replace(world.subject, context=context)
        self.world = replace(world, subject=subject, may_hold=set(), least_items={})

    @cached_property
    def run(self) -> ScopeRun | None:
        return _begun(self.world)

    def may_hold(self, pointer: str) -> bool:
        """Whether the test at the pointer holds for some of these inputs."""
        while pointer not in self.world.may_hold and self.run is not None and self.run.advance():
            pass
        return pointer in self.world.may_hold


def loosened(shape: Shape) -> Shape:
    """Anything under the same names, as far as names are given."""
    if not isinstance(shape, Object) or shape.rest is not None:
        return UNKNOWN
    return Object({name: Member(UNKNOWN, Presence.LIKELY) for name in shape.members})


def _contract_names(context: Context) -> frozenset[str]:
    """The members that functions take: whether they are sent matters though no path names them."""
    events = [option for told in context.lambdas.values() for option in options(told.event)]
    return frozenset(name for event in events if isinstance(event, Object) for name in event.members)


def _depth(value: Any) -> int:
    """How deep arrays and objects are nested."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        holder, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(holder, dict):
            waiting += [(item, depth + 1) for item in holder.values()]
        elif isinstance(holder, list):
            waiting += [(item, depth + 1) for item in holder]
    return deepest

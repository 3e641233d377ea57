"""A machine held against every rule: its form first, then what flows through it, then each call it makes."""

from __future__ import annotations

import sys
from typing import Any

from stepmill.check.finding import Findings
from stepmill.check.flow.fingerprints import Fingerprints
from stepmill.check.flow.frames import Services, World, assignments, machine_frame
from stepmill.check.flow.liveness import names_in
from stepmill.check.flow.scope import Report
from stepmill.check.flow.situations import Situation
from stepmill.check.flow.step import Inner
from stepmill.check.flow.texts import Texts
from stepmill.check.flow.worklist import run_scope
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
    world = World(
        subject=subject,
        texts=Texts(subject.substitutions),
        services=known,
        broken=frozenset(broken),
        assigned=assignments(subject.definition, subject.pointer),
        fingerprints=Fingerprints(names_in(subject.definition) | _contract_names(subject.context)),
    )
    if subject.context.input != UNKNOWN:
        world = replace(world, live=_live(world))
    found = _run(world)
    _take(findings, found.reports)
    for view in found.views:
        if view.pointer not in broken:
            known.check_task(view, findings)
    return findings


def _run(world: World) -> Inner:
    frame = machine_frame(world.subject)
    entry = Situation(world.subject.context.input)
    return run_scope(world, world.subject.definition, world.subject.pointer, [entry], frame)


def _live(world: World) -> frozenset[str]:
    """The tests that may hold when the input has the names that are declared, but other values."""
    context = replace(world.subject.context, input=loosened(world.subject.context.input))
    blind = replace(world, subject=replace(world.subject, context=context), may_hold=set())
    _run(blind)
    return frozenset(blind.may_hold)


def loosened(shape: Shape) -> Shape:
    """Anything under the same names, as far as names are given."""
    if not isinstance(shape, Object) or shape.rest is not None:
        return UNKNOWN
    return Object({name: Member(UNKNOWN, Presence.LIKELY) for name in shape.members})


def _take(findings: Findings, reports: list[Report]) -> None:
    """The findings of all states; of places that lack the same in the same data that of the first."""
    known: dict[tuple[str, str, tuple[str | int, ...]], str] = {}
    for report in reports:
        again: set[str] = set()
        for lack in report.lacks:
            place = (report.lineage, lack.root, lack.keys)
            if known.setdefault(place, lack.pointer) != lack.pointer:
                again.add(lack.pointer)
        for finding in report.findings.found:
            key = (finding.rule, finding.pointer)
            if finding.pointer not in again and key not in findings.seen:
                findings.seen.add(key)
                findings.found.append(finding)


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

"""One state at work: what reaches it, what it sees, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stepmill.check.flow.answers import after
from stepmill.check.flow.frames import Frame, World
from stepmill.check.flow.growth import tell_possible_size, tell_size
from stepmill.check.flow.processing import states_object
from stepmill.check.flow.scope import Report, Scope
from stepmill.check.flow.situations import Situation
from stepmill.check.flow.sizes import PAYLOAD_BYTES
from stepmill.check.records import dataclass, field, replace
from stepmill.check.rules.budgets import PAYLOAD_TOO_LARGE
from stepmill.check.shapes.shape import NEVER, UNKNOWN, Never, Object, Shape
from stepmill.check.subject import TaskView


@dataclass(slots=True)
class Outcome:
    """edges: the states that come next with what they get. ends: outputs where the scope ends here.

    inner: the scopes inside. view: of a Task, for the rules about services. is_open: something is left to be
    judged once the scope is at rest.
    """

    edges: list[tuple[str, Situation]] = field(default_factory=list)
    ends: list[Shape] = field(default_factory=list)
    inner: list[Inner] = field(default_factory=list)
    view: TaskView | None = None
    is_open: bool = False


@dataclass(slots=True)
class Inner:
    """What came of a whole scope. output: NEVER when none of its ways ends well."""

    output: Shape = NEVER
    reports: list[Report] = field(default_factory=list)
    views: list[TaskView] = field(default_factory=list)


RunInner = Callable[[Any, str, list[Situation], Frame], Inner]


@dataclass(slots=True)
class Step:
    """raw: the state as it is written. siblings: the states of its scope.

    is_at_rest: what reaches the state has been followed to the end; without a loop it always has.
    """

    world: World
    frame: Frame
    name: str
    raw: Mapping[str, Any]
    pointer: str
    situations: list[Situation]
    report: Report
    context: Object
    elsewhere: Mapping[str, str]
    outer: frozenset[str]
    run_inner: RunInner
    siblings: Mapping[str, Any] = field(default_factory=dict)
    is_jsonata: bool = False
    can_repeat: bool = False
    is_at_rest: bool = True
    outcome: Outcome = field(default_factory=Outcome)

    def scope(self, situation: Situation, data: Shape | None = None, **more: Shape) -> Scope:
        """Over the situation's data or other; more: result or errorOutput for JSONata."""
        self.report.origin = situation.origin if len(self.situations) > 1 else ""
        return Scope(
            report=self.report,
            texts=self.world.texts,
            data=situation.data if data is None else data,
            context=self.context,
            variables=situation.variables,
            states=states_object(situation.data, self.context, **more) if self.is_jsonata else UNKNOWN,
            elsewhere=self.elsewhere,
            assignable=self.world.assigned.keys() - self.elsewhere.keys() if self.is_jsonata else (),
            is_input=data is None and (self.is_jsonata or "InputPath" not in self.raw),
            is_only=len(self.situations) == 1,
        )

    def go(self, target: Any, situation: Situation, origin: str = "") -> None:
        """To the state of this name, when there is data to go with."""
        if isinstance(target, str) and not isinstance(situation.data, Never):
            situation = self._limited(situation)
            origin = origin or situation.origin
            self.outcome.edges.append((target, replace(situation, origin=origin)))

    def made(
        self, situation: Situation, data: Shape, variables: Object, holder: Any = None, origin: str = ""
    ) -> Situation:
        """What becomes of the situation. holder: what has written: the state, a rule, an entry of Catch."""
        holder = self.raw if holder is None else holder
        answers = after(situation.answers, self.raw, holder, is_jsonata=self.is_jsonata)
        return Situation(data, variables, origin or situation.origin, answers)

    def leave(self, situation: Situation) -> None:
        """By Next, or out of the scope."""
        if "Next" in self.raw:
            self.go(self.raw["Next"], situation)
        elif not isinstance(situation.data, Never):
            self.outcome.ends.append(self._limited(situation).data)

    def _limited(self, situation: Situation) -> Situation:
        """The situation; with data above the limit, which is told, nothing is known of it any more."""
        if self.raw.get("Type") == "Choice" or any(situation.data is entry.data for entry in self.situations):
            return situation
        size = self.world.sizes.least_bytes(situation.data)
        if size <= PAYLOAD_BYTES:
            self.warn_of_size(situation.data)
            return situation
        tell_size(self.raw, size, self.report)
        return replace(situation, data=UNKNOWN)

    def warn_of_size(self, made: Shape) -> None:
        """Tells of data that may be above the limit, where it first may: not when it came in like that."""
        most = self.world.sizes.most_bytes(made)
        if most is None or most <= PAYLOAD_BYTES:
            return
        given = [self.world.sizes.most_bytes(entry.data) for entry in self.situations]
        if any(size is not None and size > PAYLOAD_BYTES for size in given):
            return
        inside = [report for inner in self.outcome.inner for report in inner.reports]
        if not any(one.rule == PAYLOAD_TOO_LARGE.id for report in inside for one in report.findings.found):
            tell_possible_size(most, "makes", self.report)

    def run(self, definition: Any, pointer: str, entries: list[Situation], frame: Frame) -> Shape:
        """A scope inside; what comes out of it."""
        inner = self.run_inner(definition, pointer, entries, frame)
        self.outcome.inner.append(inner)
        return inner.output

    def inner_frame(self, pointer: str, **changes: Any) -> Frame:
        frame = replace(self.frame, pointer=pointer, visible=(*self.frame.visible, pointer), **changes)
        return replace(frame, can_repeat=frame.can_repeat or self.can_repeat)

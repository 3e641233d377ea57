"""A scope run to rest: every state is taken up again until nothing new reaches it."""

from __future__ import annotations

import heapq
from typing import Any

from stepmill.check.finding import Findings
from stepmill.check.flow.budgets import check_history
from stepmill.check.flow.fingerprints import tree_of
from stepmill.check.flow.frames import Frame, World, context_object, hidden
from stepmill.check.flow.graph import successors
from stepmill.check.flow.growth import check_growth, check_input
from stepmill.check.flow.liveness import WHOLE
from stepmill.check.flow.plan import Plan
from stepmill.check.flow.scope import Report, keep_lacks
from stepmill.check.flow.situations import Situation, Situations, healed
from stepmill.check.flow.states import TYPES, run_unknown
from stepmill.check.flow.step import Inner, Outcome, Step
from stepmill.check.flow.templates import escaped
from stepmill.check.flow.unread import check_unread
from stepmill.check.records import replace
from stepmill.check.shapes.join import join
from stepmill.check.shapes.shape import UNKNOWN

ROUNDS_LIMIT, HEALINGS_LIMIT = 200, 4
_ALL = tree_of(WHOLE)


def run_scope(world: World, definition: Any, pointer: str, entries: list[Situation], frame: Frame) -> Inner:
    """What comes of a machine, a branch or an iteration. A form that cannot be read gives UNKNOWN."""
    return ended(begin_scope(world, definition, pointer, entries, frame))


def ended(run: ScopeRun | None) -> Inner:
    """What comes of a scope once it is at rest."""
    if run is None:
        return Inner(UNKNOWN)
    while run.advance():
        pass
    return run.finished()


def begin_scope(
    world: World, definition: Any, pointer: str, entries: list[Situation], frame: Frame
) -> ScopeRun | None:
    """The run of a scope before its first state. None for a form that cannot be read."""
    states = definition.get("States") if isinstance(definition, dict) else None
    start = definition.get("StartAt") if isinstance(definition, dict) else None
    if not isinstance(states, dict) or not isinstance(start, str) or start not in states:
        return None
    return ScopeRun(world, frame, pointer, states, start, entries)


class ScopeRun:
    """Takes up one state after the other, those first whose predecessors are done."""

    def __init__(
        self,
        world: World,
        frame: Frame,
        pointer: str,
        states: dict[str, Any],
        start: str,
        entries: list[Situation],
    ) -> None:
        self.world, self.frame, self.pointer, self.states, self.start = world, frame, pointer, states, start
        self.entries = entries
        self.outcomes: dict[str, tuple[Outcome, Report]] = {}
        self.elsewhere = hidden(world, frame)
        self.outer = frozenset(
            name for name, scopes in world.assigned.items() if not scopes.isdisjoint(frame.visible[:-1])
        )
        if pointer not in world.plans:
            world.plans[pointer] = Plan(states, start, frame.at_end, world.liveness, world.questions)
        self.plan = world.plans[pointer]
        self.places = self.plan.places
        trees = self.plan.trees
        self.waiting = {name: Situations(world.fingerprints, trees.get(name, _ALL)) for name in self.places}
        for entry in entries:
            self.waiting[start].add(self._still_asked(start, entry))
        self.queue = [(self.places[start], start)] if entries else []
        self.queued = {start}
        self.at_rest: set[str] = set()
        self.last: str | None = None
        self.rounds = ROUNDS_LIMIT * len(self.places)

    def advance(self) -> bool:
        """Take up the next state; False when nothing new has reached any, and none is left to be judged."""
        self._hand_on()
        if not self.queue:
            self._take_up_open()
        if not self.queue or not self.rounds:
            return False
        self.rounds -= 1
        _, name = heapq.heappop(self.queue)
        self.queued.discard(name)
        self.waiting[name].runs += 1
        self._run_state(name, self.waiting[name].found)
        self.last = name
        return True

    def _hand_on(self) -> None:
        """What the last state gives, to those that follow: a run that is asked no further does without."""
        name, self.last = self.last, None
        if name is None:
            return
        for target, situation in self.outcomes[name][0].edges:
            if target not in self.waiting:
                continue
            if self.plan.entered[target] > 1 and not situation.origin.startswith("the Catch of "):
                situation = replace(situation, origin=name)
            situation = self._still_asked(target, situation)
            if self.waiting[target].add(situation) and target not in self.queued:
                self.queued.add(target)
                heapq.heappush(self.queue, (self.places[target], target))

    def _still_asked(self, name: str, situation: Situation) -> Situation:
        """Without the answers that nothing asks for from the state on."""
        if not situation.answers:
            return situation
        asked = self.plan.asked.get(name, ())
        answers = frozenset(one for one in situation.answers if one[0] in asked)
        return situation if answers == situation.answers else replace(situation, answers=answers)

    def _take_up_open(self) -> None:
        """Those that have put off a question until the scope is at rest."""
        names = [name for name, (outcome, _) in self.outcomes.items() if outcome.is_open]
        self.at_rest.update(names)
        self.queued.update(names)
        self.queue = sorted((self.places[name], name) for name in names)

    def finished(self) -> Inner:
        """What has come of it, with what only the whole scope can tell."""
        self._check_budgets()
        reports = {name: report for name, (_, report) in self.outcomes.items()}
        check_unread(self.states, self.start, self.world.liveness, reports)
        return self._summed()

    def _check_budgets(self) -> None:
        definition = self.world.subject.definition
        timeout_s = definition.get("TimeoutSeconds") if isinstance(definition, dict) else None
        entered = {name: situations.found for name, situations in self.waiting.items()}
        reports = {name: report for name, (_, report) in self.outcomes.items()}
        if not self.pointer and self.start in reports:
            check_input([entry.data for entry in self.entries], self.world.sizes, reports[self.start])
        check_growth(self.states, self.plan.loops, reports)
        if self.world.subject.kind == "STANDARD":
            check_history(self.states, self.plan.loops, entered, timeout_s, reports)

    def _run_state(self, name: str, situations: list[Situation]) -> None:
        """Once more with what it lacked put there, so that nothing after it is told of the same lack."""
        raw = self.states[name]
        pointer = f"{self.pointer}/States/{escaped(name)}"
        report = Report(name, pointer, Findings(), lineage=self.frame.lineage)
        outcome = Outcome()
        for _ in range(HEALINGS_LIMIT):
            lacks = len(report.lacks)
            outcome = self._once(name, raw, situations, report)
            if len(report.lacks) == lacks:
                break
            situations = [healed(situation, report.lacks) for situation in situations]
        if name in self.outcomes:
            keep_lacks(self.outcomes[name][1], report)
        self.outcomes[name] = (outcome, report)

    def _once(self, name: str, raw: Any, situations: list[Situation], report: Report) -> Outcome:
        state = raw if isinstance(raw, dict) else {}
        kind, language = state.get("Type"), state.get("QueryLanguage", self.world.liveness.default_language)
        step = Step(
            world=self.world,
            frame=self.frame,
            name=name,
            raw=state,
            pointer=report.pointer,
            situations=situations,
            report=report,
            context=context_object(self.frame, name, is_task=kind == "Task"),
            elsewhere=self.elsewhere,
            outer=self.outer,
            run_inner=lambda *given: run_scope(self.world, *given),
            siblings=self.states,
            is_jsonata=language == "JSONata",
            can_repeat=self.frame.can_repeat or name in self.plan.repeated,
            is_at_rest=name in self.at_rest or name not in self.plan.repeated,
        )
        run = TYPES.get(kind) if isinstance(kind, str) else None
        if run is None or report.pointer in self.world.broken or language not in ("JSONata", "JSONPath"):
            run_unknown(step, successors(raw))
        else:
            run(step)
        return step.outcome

    def _summed(self) -> Inner:
        inner = Inner()
        ends = []
        for name in sorted(self.outcomes, key=self.places.__getitem__):
            outcome, report = self.outcomes[name]
            ends += outcome.ends
            inner.reports.append(report)
            inner.views += [outcome.view] if outcome.view is not None else []
            for part in outcome.inner:
                inner.reports += part.reports
                inner.views += part.views
        inner.output = join(*ends)
        return inner

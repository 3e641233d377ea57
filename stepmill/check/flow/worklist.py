"""A scope run to rest: every state is taken up again until nothing new reaches it."""

from __future__ import annotations

import heapq
from collections import Counter
from typing import Any

from stepmill.check.finding import Findings
from stepmill.check.flow.budgets import check_history
from stepmill.check.flow.fingerprints import Tree
from stepmill.check.flow.frames import Frame, World, context_object, hidden
from stepmill.check.flow.graph import loops, order, successors
from stepmill.check.flow.growth import check_growth
from stepmill.check.flow.liveness import WHOLE, live_inputs
from stepmill.check.flow.scope import Report
from stepmill.check.flow.situations import Situation, Situations, healed
from stepmill.check.flow.states import TYPES, run_unknown
from stepmill.check.flow.step import Inner, Outcome, Step
from stepmill.check.flow.templates import escaped
from stepmill.check.flow.unread import check_unread
from stepmill.check.shapes.join import join
from stepmill.check.shapes.shape import UNKNOWN

ROUNDS_LIMIT, HEALINGS_LIMIT = 200, 4
_ALL = Tree(WHOLE)


def run_scope(world: World, definition: Any, pointer: str, entries: list[Situation], frame: Frame) -> Inner:
    """What comes of a machine, a branch or an iteration. A form that cannot be read gives UNKNOWN."""
    states = definition.get("States") if isinstance(definition, dict) else None
    start = definition.get("StartAt") if isinstance(definition, dict) else None
    if not isinstance(states, dict) or not isinstance(start, str) or start not in states:
        return Inner(UNKNOWN)
    return _Run(world, frame, pointer, states).from_start(start, entries)


class _Run:
    def __init__(self, world: World, frame: Frame, pointer: str, states: dict[str, Any]) -> None:
        self.world, self.frame, self.pointer, self.states = world, frame, pointer, states
        self.outcomes: dict[str, tuple[Outcome, Report]] = {}
        self.repeated = {name for loop in loops(states) for name in loop}
        self.elsewhere = hidden(world, frame)
        self.outer = frozenset(
            name for name, scopes in world.assigned.items() if not scopes.isdisjoint(frame.visible[:-1])
        )

    def from_start(self, start: str, entries: list[Situation]) -> Inner:
        places = order(start, self.states)
        entered = Counter(target for name in places for target in successors(self.states[name]))
        trees = self._trees(start)
        waiting = {name: Situations(self.world.fingerprints, trees.get(name, _ALL)) for name in places}
        for entry in entries:
            waiting[start].add(Situation(entry.data, entry.variables, entry.origin))
        queue = [(places[start], start)] if entries else []
        queued = {start}
        for _ in range(ROUNDS_LIMIT * len(places)):
            if not queue:
                break
            _, name = heapq.heappop(queue)
            queued.discard(name)
            waiting[name].runs += 1
            outcome = self._run_state(name, waiting[name].found)
            for target, situation in outcome.edges:
                if target not in waiting:
                    continue
                if entered[target] > 1 and not situation.origin.startswith("the Catch of "):
                    situation = Situation(situation.data, situation.variables, name)
                if waiting[target].add(situation) and target not in queued:
                    queued.add(target)
                    heapq.heappush(queue, (places[target], target))
        self._check_budgets(waiting)
        reports = {name: report for name, (_, report) in self.outcomes.items()}
        check_unread(self.states, start, self._language(), reports)
        return self._summed(places)

    def _check_budgets(self, waiting: dict[str, Situations]) -> None:
        definition = self.world.subject.definition
        timeout_s = definition.get("TimeoutSeconds") if isinstance(definition, dict) else None
        entered = {name: situations.found for name, situations in waiting.items()}
        reports = {name: report for name, (_, report) in self.outcomes.items()}
        check_growth(self.states, reports)
        if self.world.subject.kind == "STANDARD":
            check_history(self.states, entered, timeout_s, reports)

    def _run_state(self, name: str, situations: list[Situation]) -> Outcome:
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
        self.outcomes[name] = (outcome, report)
        return outcome

    def _once(self, name: str, raw: Any, situations: list[Situation], report: Report) -> Outcome:
        state = raw if isinstance(raw, dict) else {}
        kind, language = state.get("Type"), state.get("QueryLanguage", self._language())
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
            can_repeat=self.frame.can_repeat or name in self.repeated,
        )
        run = TYPES.get(kind) if isinstance(kind, str) else None
        if run is None or report.pointer in self.world.broken or language not in ("JSONata", "JSONPath"):
            run_unknown(step, successors(raw))
        else:
            run(step)
        return step.outcome

    def _trees(self, start: str) -> dict[str, Tree]:
        """What is read of the input of each state; of the machine's own output nothing is."""
        trees = self.world.trees
        if self.pointer not in trees:
            live = live_inputs(self.states, start, self.frame.at_end, self._language())
            trees[self.pointer] = {name: Tree(keys) for name, keys in live.items()}
        return trees[self.pointer]

    def _language(self) -> Any:
        definition = self.world.subject.definition
        return definition.get("QueryLanguage", "JSONPath") if isinstance(definition, dict) else "JSONPath"

    def _summed(self, places: dict[str, int]) -> Inner:
        inner = Inner()
        ends = []
        for name in sorted(self.outcomes, key=places.__getitem__):
            outcome, report = self.outcomes[name]
            ends += outcome.ends
            inner.reports.append(report)
            inner.views += [outcome.view] if outcome.view is not None else []
            for part in outcome.inner:
                inner.reports += part.reports
                inner.views += part.views
        inner.output = join(*ends)
        return inner

"""Runs of a machine with whatever its input model, AWS and its functions may give it: hypothesis draws them.

A run from the start seldom comes far when anything may be answered. So runs go on in rounds from where those
of earlier rounds came by: at a state, with an input, that was seen there. Within a round nothing is learned,
so hypothesis can repeat and shrink what it finds.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from stepmill.engine import run_machine
from tests.check.answers import Answers, Task
from tests.check.scopes import ANSWERED, decided_by, scopes_of, starting_at
from tests.check.shaped import prepare
from tests.check.words import Words, words_of

# Errors that only a wrong machine has; AWS has two names for the third. A function that cannot take a value
# that is not ours (JSON that somebody has written) is none: that machine ends, for what it was told.
DATA_ERRORS = (
    "States.Runtime",
    "States.ParameterPathFailure",
    "States.ReferencePathConflict",
    "States.ResultPathMatchFailure",
)
KEPT = 6  # inputs of one state: the first ones and the last ones, where counters are high
STATES_OF_A_ROUND = 8
ROUNDS_FROM_ONE_START = 8

Start = tuple[str, Any]
Told = Callable[[list[str]], None]


@dataclass
class Explorer:
    """inputs: of the machine. tell: is given the errors that data caused in a run.

    seen: inputs with which states were entered. entered: how often each was.
    """

    definition: Mapping[str, Any]
    inputs: st.SearchStrategy[Any]
    tasks: list[Task]
    tell: Told
    phases: tuple[Phase, ...] = (Phase.generate, Phase.shrink)
    seen: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    entered: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    tried: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    texts: dict[str, str] = field(default_factory=dict)

    @cached_property
    def scopes(self) -> dict[str, Mapping[str, Any]]:
        return dict(scopes_of(self.definition))

    @cached_property
    def words(self) -> Words:
        return words_of(self.definition)

    def explore(self, rounds: int, runs: int) -> None:
        """runs: of each round."""
        first = str(self.definition["StartAt"])
        from_start = self.inputs.map(lambda value: (first, value))
        for task in self.tasks:
            prepare(task.output)
        for number in range(rounds):
            is_new = number % ROUNDS_FROM_ONE_START == 0
            self._run_round(number, runs, from_start if is_new else st.sampled_from(self._starts()))

    def _run_round(self, number: int, runs: int, starts: st.SearchStrategy[Start]) -> None:
        histories: list[list[dict[str, Any]]] = []

        @seed(number)
        @settings(
            max_examples=runs,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            phases=self.phases,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.data())
        def run_once(data: st.DataObject) -> None:
            state, value = data.draw(starts)
            answering = Answers(data.draw, self.words, value).answering(self.tasks)
            random = Random(0)  # noqa: S311  of waits before a retry
            result = run_machine(self._from(state), value, answering, random=random.random)
            histories.append(result.history)
            self.tell([f"from {state} with {json.dumps(value)}: {it}" for it in data_errors(result.history)])

        run_once()
        for history in histories:
            self._add(history)

    def _from(self, state: str) -> str:
        """As text, which the engine reads once."""
        if state not in self.texts:
            self.texts[state] = json.dumps(starting_at(self.definition, self.scopes[state], state))
        return self.texts[state]

    def _add(self, history: list[dict[str, Any]]) -> None:
        for event in history:
            details = event.get("stateEnteredEventDetails")
            if details is None:
                continue
            name = details["name"]
            self.entered[name] += 1
            value = json.loads(details["input"])
            if name in self.scopes and value not in self.seen[name]:
                self.seen[name] = [*self.seen[name][: KEPT // 2], *self.seen[name][KEPT // 2 :], value]
                del self.seen[name][KEPT // 2 : -(KEPT // 2)]

    def _starts(self) -> list[Start]:
        """Where to go on: where an answer decides about states not yet seen; at the least tried first."""
        known = [name for name, inputs in self.seen.items() if inputs][::-1]
        open_ends = [name for name in known if self._is_ahead_of_new(name)] or known
        chosen = sorted(open_ends, key=lambda name: self.tried[name])[:STATES_OF_A_ROUND]
        for name in chosen:
            self.tried[name] += 1
        return [(name, value) for name in chosen for value in self.seen[name]]

    def _is_ahead_of_new(self, name: str) -> bool:
        states = self.scopes[name]
        is_answered = states[name]["Type"] in ANSWERED
        return is_answered and any(step not in self.entered for step in decided_by(states, name))


def data_errors(history: list[dict[str, Any]]) -> Iterator[str]:
    """The events that tell of one, caught or not."""
    for event in history:
        text = json.dumps(event, default=str)
        if any(f'"{name}"' in text or f'\\"{name}\\"' in text for name in DATA_ERRORS):
            yield text

"""Runs of a machine with whatever its input model, AWS and its functions may give it.

A run from the start seldom comes far when anything may be answered. So runs go on from where others came by:
at a state, with an input, that an earlier run has seen.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from stepmill.engine import run_machine
from tests.check.answers import Answers, Task

# Errors that only a wrong machine has.
DATA_ERRORS = (
    "States.Runtime",
    "States.ParameterPathFailure",
    "States.ReferencePathConflict",
    "States.ResultPathMatchFailure",
    "States.IntrinsicFailure",
)
KEPT = 4  # inputs of one state
TRIES = 5


@dataclass
class Seen:
    """Inputs with which states were entered, how often they were, and the errors that data caused."""

    definition: Mapping[str, Any]
    inputs: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    entered: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    tried: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    errors: list[str] = field(default_factory=list)

    def add(self, history: list[dict[str, Any]]) -> None:
        for event in history:
            details = event.get("stateEnteredEventDetails")
            if details is None:
                continue
            name = details["name"]
            self.entered[name] += 1
            known = self.inputs[name]
            if name in self.definition["States"] and len(known) < KEPT:
                value = json.loads(details["input"])
                known += [value] if value not in known else []

    def next(self, random: Random) -> tuple[str, Any]:
        """Where to go on: the newest state that leads to unseen ones, a few times; then the least tried."""
        states = self.definition["States"]
        known = [name for name, inputs in self.inputs.items() if inputs]
        ahead = [name for name in known if any(step not in self.entered for step in steps_of(states[name]))]
        fresh = [name for name in ahead if self.tried[name] < TRIES]
        state = fresh[-1] if fresh else min(ahead or known, key=lambda name: self.tried[name])
        self.tried[state] += 1
        return state, random.choice(self.inputs[state])


def data_errors(history: list[dict[str, Any]]) -> Iterator[str]:
    """The events that tell of one, caught or not."""
    for event in history:
        text = json.dumps(event, default=str)
        if any(f'"{name}"' in text or f'\\"{name}\\"' in text for name in DATA_ERRORS):
            yield text


def starting_at(definition: Mapping[str, Any], state: str) -> dict[str, Any]:
    """The machine from this state on, without the states that are not reached any more."""
    states, waiting = definition["States"], [state]
    reached: dict[str, Any] = {}
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = states[name]
            waiting += steps_of(states[name])
    return {**definition, "StartAt": state, "States": reached}


def steps_of(state: Mapping[str, Any]) -> list[str]:
    holders = [state, *state.get("Choices", ()), *state.get("Catch", ())]
    return [holder[name] for holder in holders for name in ("Next", "Default") if name in holder]


def explore(definition: dict[str, Any], inputs: Sequence[Any], tasks: list[Task], runs: int) -> Seen:
    """Run the machine with each input, then go on from where that led."""
    seen = Seen(definition)
    for number in range(runs):
        random = Random(number)  # noqa: S311  not for secrets
        is_start = number < len(inputs)
        state, value = (definition["StartAt"], inputs[number]) if is_start else seen.next(random)
        answering = Answers(random, definition, value).answering(tasks)
        result = run_machine(starting_at(definition, state), value, answering, random=random.random)
        seen.add(result.history)
        seen.errors += [f"run {number} from {state}: {event}" for event in data_errors(result.history)]
    return seen

"""Which states of a machine follow which, for runs that begin in the middle of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

ANSWERED = ("Task", "Parallel")


def scopes_of(scope: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each state at which a run can begin, of the machine or of a Parallel, with the states beside it."""
    for name, state in scope["States"].items():
        yield name, scope["States"]
        for branch in state.get("Branches", ()):
            yield from scopes_of(branch)


def starting_at(definition: Mapping[str, Any], states: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The machine from this state on, without the states that are not reached any more."""
    reached: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        step = waiting.pop()
        if step not in reached:
            reached[step] = states[step]
            waiting += steps_of(states[step])
    return {**definition, "StartAt": name, "States": reached}


def decided_by(states: Mapping[str, Any], name: str) -> list[str]:
    """The states after this one up to the next that AWS answers, which is among them."""
    found: dict[str, None] = {}
    waiting = steps_of(states[name])
    while waiting:
        step = waiting.pop()
        if step not in found:
            found[step] = None
            waiting += steps_of(states[step]) if states[step]["Type"] not in ANSWERED else []
    return list(found)


def steps_of(state: Mapping[str, Any]) -> list[str]:
    holders = [state, *state.get("Choices", ()), *state.get("Catch", ())]
    return [holder[name] for holder in holders for name in ("Next", "Default") if name in holder]

"""The graph of states below a first one, walked when asked, never at construction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stepmill.asl import sdk
from stepmill.asl.block import Extended
from stepmill.asl.errors import AslError
from stepmill.asl.fields import ExtraField

if TYPE_CHECKING:
    from typing import Any


def first(target: sdk.State | sdk.Chain) -> sdk.State:
    return target.steps[0] if isinstance(target, sdk.Chain) else target


def chain(*steps: sdk.State | sdk.Chain) -> sdk.Chain:
    """States (or chains) in the order they run; what follows a Choice becomes its default."""
    if not steps:
        raise AslError("chain(): has no states; give at least one")
    seen: set[int] = set()
    for step in steps:
        if not isinstance(step, (sdk.State, sdk.Chain)):
            raise AslError(f"chain(): {step!r} is not a state; give states and chains")
        for state in step.steps if isinstance(step, sdk.Chain) else [step]:
            if id(state) in seen:
                raise AslError(f"chain(): {state.state_id!r} stands twice; go back to it with a Choice")
            seen.add(id(state))
    return sdk.Chain(list(steps))


def targets(state: sdk.State) -> list[sdk.State]:
    """The states one transition away, in the order a reader meets them."""
    found: list[sdk.State | sdk.Chain | None] = [state.next_step]
    if isinstance(state, sdk.Choice):
        found += [choice[1] for choice in state.choices]
        found.append(state.default)
    found += [catch.next_step for catch in state.catches]
    return [first(target) for target in found if target is not None]


def reachable(start: sdk.State | sdk.Chain) -> list[sdk.State]:
    """Every state from `start` on in this scope, main path first; each once, however long the chain."""
    seen: set[int] = set()
    found, waiting = [], [first(start)]
    while waiting:
        state = waiting.pop()
        if id(state) in seen:
            continue
        seen.add(id(state))
        found.append(state)
        waiting.extend(reversed(targets(state)))
    return found


def scopes(state: sdk.State) -> list[sdk.State | sdk.Chain]:
    """The starts of the graphs inside a Parallel or a Map."""
    if isinstance(state, sdk.Parallel):
        return list(state.branches)
    if isinstance(state, sdk.Map) and state.iterator is not None:
        return [state.iterator]
    return []


def all_states(start: sdk.State | sdk.Chain) -> Iterator[tuple[sdk.State, sdk.State | None]]:
    """Every state of a machine with the Parallel or Map it lies in (None at the top)."""
    waiting: list[tuple[sdk.State | sdk.Chain, sdk.State | None]] = [(start, None)]
    while waiting:
        scope, parent = waiting.pop(0)
        for state in reachable(scope):
            yield state, parent
            waiting.extend((inner, state) for inner in scopes(state))


class Graph(Extended, sdk.Graph):
    """`StartAt` and `States`, of a machine, a branch or an item processor."""

    extra = (ExtraField.QueryLanguage,)

    def __init__(self, branch: sdk.State | sdk.Chain, **fields: Any) -> None:
        if not isinstance(branch, (sdk.State, sdk.Chain)):
            raise AslError(f"Graph: {branch!r} is not a state; give a state or a chain")
        super().__init__(branch, **fields)

    def build_graph(self, branch: sdk.State | sdk.Chain) -> None:
        """Nothing yet: the SDK would freeze the states here, and lose what is added to them later."""

    def to_dict(self) -> dict[str, Any]:
        problems: list[str] = []
        states: dict[str, Any] = {}
        for state in reachable(self.branch):
            try:
                states[state.state_id] = state.to_dict()
            except AslError as error:
                problems += error.problems
        if problems:
            raise AslError(problems)
        result = super().to_dict()
        result["StartAt"] = self.branch.state_id
        result["States"] = states
        return result

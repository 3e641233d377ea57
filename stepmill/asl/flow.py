"""Where a placeholder of one state's output may be used in another state.

A placeholder `state.output()["x"]` is the path `$['x']`: it means that output only where the reading state's
input still is (or still holds) it. This file refuses the other places; a full proof of all paths is the
checker's work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from stepmill.asl import sdk
from stepmill.asl.expressions import StepInput, subscript
from stepmill.asl.graph import all_states, first
from stepmill.asl.intrinsics import Intrinsic
from stepmill.asl.rules import Rule

if TYPE_CHECKING:
    from typing import Any


def placeholder_problems(start: sdk.State | sdk.Chain) -> list[str]:
    """A problem for each placeholder that would silently read something else."""
    parents = dict(all_states(start))
    problems = []
    for reader in parents:
        for used in _placeholders(reader):
            source = _source(used)
            if source is None:
                continue
            fault = _fault(used, source, reader, parents)
            if fault:
                name = source.state_id
                problems.append(
                    f"States.{reader.state_id}: placeholder {used.to_jsonpath()} of {name!r} {fault}"
                )
    return problems


def _fault(
    used: sdk.Placeholder, source: sdk.State, reader: sdk.State, parents: Mapping[sdk.State, sdk.State | None]
) -> str | None:
    if source not in parents:
        return "belongs to a state that is not in this machine; add the state or use path(...)"
    while parents[reader] is not parents[source]:
        outer = parents[reader]
        if outer is None:
            return "comes out of a Parallel or Map; read that state's output instead"
        if isinstance(outer, sdk.Map):
            return f"would read the item of Map {outer.state_id!r}; pass it in by item_selector"
        if "parameters" in outer.fields or outer.fields.get("input_path", "$") != "$":
            return f"is replaced by the Parameters of {outer.state_id!r}; pass it in there"
        reader = outer
    if reader is source:
        return "is read by the state itself; its output exists only after it"
    return _lost_on_the_way(used, source, reader)


def _lost_on_the_way(used: sdk.Placeholder, source: sdk.State, reader: sdk.State) -> str | None:
    key = next(iter(used._get_path()), None)
    kept: set[sdk.State] = set()
    spoilers: list[tuple[sdk.State, sdk.State]] = []
    waiting = _onward(source)
    while waiting:
        state = waiting.pop()
        if state in kept or state is source:
            continue
        kept.add(state)
        for target, keeps in _edges(state, key):
            if keeps:
                waiting.append(target)
            else:
                spoilers.append((state, target))
    for state, target in spoilers:
        if state is not reader and reader in _reachable_without(target, source):
            return f"is replaced by {state.state_id!r} on the way; give that state a result_path"
    if reader not in kept:
        return "is not what this state gets; no way leads there from that state's end"
    return None


def _reachable_without(start: sdk.State, barrier: sdk.State) -> set[sdk.State]:
    found: set[sdk.State] = set()
    waiting = [start]
    while waiting:
        state = waiting.pop()
        if state is barrier or state in found:
            continue
        found.add(state)
        waiting += [target for target, _ in _edges(state, None)]
    return found


def _onward(state: sdk.State) -> list[sdk.State]:
    """The next states when all goes well."""
    onward: list[sdk.State | sdk.Chain | None] = [state.next_step]
    if isinstance(state, sdk.Choice):
        onward += [choice[1] for choice in state.choices]
        onward.append(state.default)
    return [first(target) for target in onward if target is not None]


def _edges(state: sdk.State, key: str | int | None) -> Iterator[tuple[sdk.State, bool]]:
    """Each next state with whether `$[key]` is still there then (`$` itself when key is None)."""
    fields = state.fields
    keeps = _keeps(state, key) and fields.get("output_path", "$") == "$" and "output" not in fields
    for target in _onward(state):
        yield target, keeps
    for catch in state.catches:
        yield first(catch.next_step), _leaves(catch.fields.get("result_path", "$"), key)


def _keeps(state: sdk.State, key: str | int | None) -> bool:
    if isinstance(state, sdk.Pass) and not {"parameters", "result"} & state.fields.keys():
        return bool(state.fields.get("input_path", "$") == "$") and "result_path" not in state.fields
    if isinstance(state, (sdk.Choice, sdk.Wait, sdk.Succeed)):
        return bool(state.fields.get("input_path", "$") == "$")
    return _leaves(state.fields.get("result_path", "$"), key)


def _leaves(result_path: Any, key: str | int | None) -> bool:
    """Whether a result put at `result_path` leaves `$[key]` alone."""
    if result_path is None:
        return True
    text = result_path if isinstance(result_path, str) else result_path.to_jsonpath()
    if text == "$" or key is None:
        return False
    steps = (f".{key}", subscript(key), f'["{key}"]')
    rest = text.removeprefix("$")
    return not any(rest == step or rest.startswith((step + ".", step + "[")) for step in steps)


def _placeholders(state: sdk.State) -> Iterator[StepInput]:
    read = [value for name, value in state.fields.items() if name != "result_path"]
    if isinstance(state, sdk.Choice):
        read += state.choices
    yield from _inside(read)


def _inside(value: object) -> Iterator[StepInput]:
    if value is None or isinstance(value, (str, int)):  # most values, and asking for Mapping is slow
        return
    parts: Iterable[object] = ()
    if isinstance(value, StepInput):
        yield value
    elif isinstance(value, (list, tuple)):
        parts = value
    elif isinstance(value, Intrinsic):
        parts = value.arguments
    elif isinstance(value, Rule):
        parts = (value.read_variable, value.read_value)
    elif isinstance(value, sdk.CompoundRule):
        parts = value.rules
    elif isinstance(value, sdk.NotRule):
        parts = (value.rule,)
    elif isinstance(value, Mapping):
        parts = value.values()
    for part in parts:
        yield from _inside(part)


def _source(used: StepInput) -> sdk.State | None:
    """The state whose output() the placeholder was taken from."""
    root: sdk.Placeholder = used
    while root.parent is not None:
        root = root.parent
    return root.source if isinstance(root, StepInput) else None

"""The states of one scope as a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

States = Mapping[str, Any]


def successors(state: Any) -> list[str]:
    """Every state that may come next, each once, in the order in which they are written."""
    if not isinstance(state, dict):
        return []
    targets = [state.get("Next"), state.get("Default")]
    for name in ("Choices", "Catch"):
        entries = state.get(name)
        targets += (
            [entry.get("Next") for entry in entries if isinstance(entry, dict)]
            if isinstance(entries, list)
            else []
        )
    return list(dict.fromkeys(target for target in targets if isinstance(target, str)))


def order(start: str, states: States) -> dict[str, int]:
    """The reachable states by position: each before those that follow it, as far as loops allow."""
    finished: list[str] = []
    seen = {start} if start in states else set()
    stack = [(name, iter(successors(states[name]))) for name in seen]
    while stack:
        name, targets = stack[-1]
        target = next((target for target in targets if target in states and target not in seen), None)
        if target is None:
            finished.append(name)
            stack.pop()
        else:
            seen.add(target)
            stack.append((target, iter(successors(states[target]))))
    return {name: at for at, name in enumerate(reversed(finished))}


def components(names: Iterable[str], onward: Callable[[str], list[str]]) -> list[list[str]]:
    """The strongly connected sets of more than one state, or of one that leads to itself."""
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_names: list[str] = []
    is_open: set[str] = set()
    found: list[list[str]] = []
    for root in names:
        if root in numbers:
            continue
        stack = [(root, iter(onward(root)))]
        numbers[root] = lowest[root] = len(numbers)
        open_names.append(root)
        is_open.add(root)
        while stack:
            name, targets = stack[-1]
            for target in targets:
                if target not in numbers:
                    numbers[target] = lowest[target] = len(numbers)
                    open_names.append(target)
                    is_open.add(target)
                    stack.append((target, iter(onward(target))))
                    break
                if target in is_open:
                    lowest[name] = min(lowest[name], numbers[target])
            else:
                stack.pop()
                if stack:
                    lowest[stack[-1][0]] = min(lowest[stack[-1][0]], lowest[name])
                if lowest[name] == numbers[name]:
                    at = open_names.index(name)
                    component = open_names[at:]
                    del open_names[at:]
                    is_open.difference_update(component)
                    if len(component) > 1 or name in onward(name):
                        found.append(component)
    return found


def loops(states: States) -> list[list[str]]:
    """The sets of states that can be passed again and again."""
    known = [name for name in states if isinstance(name, str)]
    return components(known, lambda name: [target for target in successors(states[name]) if target in states])


def inner_scopes(state: Mapping[str, Any], pointer: str) -> Iterator[tuple[Any, str]]:
    """The branches or the iterated part of a state, each with its pointer."""
    for at, branch in enumerate(listed(state.get("Branches"))):
        yield branch, f"{pointer}/Branches/{at}"
    for name in ("ItemProcessor", "Iterator"):
        if isinstance(state.get(name), dict):
            yield state[name], f"{pointer}/{name}"
            return


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

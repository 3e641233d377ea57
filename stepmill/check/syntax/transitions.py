"""How the states of one scope follow each other: dangling, unreachable, endless."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stepmill.check.records import dataclass, field
from stepmill.check.rules.structure import (
    NEXT_AND_END,
    NEXT_MISSING,
    NEXT_UNKNOWN,
    NO_END,
    START_UNKNOWN,
    STATE_UNREACHABLE,
)
from stepmill.check.syntax import grammar
from stepmill.check.syntax.fields import nearest
from stepmill.check.syntax.place import Place, is_token, shown

_GOES_ON = frozenset({"Pass", "Task", "Wait", "Parallel", "Map"})
_ENDS = frozenset({"Succeed", "Fail"})


@dataclass(slots=True)
class Graph:
    """edges: where each state leads to. open: states of which that is not fully known; they end nothing."""

    edges: dict[str, list[str]] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)

    def reached(self, starts: Iterable[str]) -> list[str]:
        """What the starts lead to, themselves included, nearest first."""
        found = dict.fromkeys(starts)
        waiting = list(found)
        for name in waiting:
            for target in self.edges.get(name, ()):
                if target not in found:
                    found[target] = None
                    waiting.append(target)
        return waiting

    def leading_to(self, goals: set[str]) -> set[str]:
        """What leads to one of the goals, themselves included."""
        found = set(goals)
        while more := {
            name for name, targets in self.edges.items() if name not in found and found.intersection(targets)
        }:
            found |= more
        return found


def check_transitions(place: Place, start: Any, states: Mapping[str, Any], elsewhere: frozenset[str]) -> None:
    """place: of the scope. start: its StartAt, None when missing. elsewhere: the states of other scopes."""
    graph = Graph()
    for name, state in states.items():
        inner = place.in_state(name, place.machine_language)
        graph.edges[name] = _edges(inner, name, state, states, elsewhere, graph)
    if not isinstance(start, str) or is_token(start):
        return
    if start not in states:
        place.tell(
            START_UNKNOWN,
            f"StartAt is {shown(start)}, which no state here is called; name one of these",
            available=states,
            meant=nearest(start, states),
            at=place.at("StartAt"),
        )
        return
    reached = graph.reached([start])
    _tell_unreachable(place, graph, states, reached)
    _tell_endless(place, graph, reached)


def _edges(
    place: Place,
    name: str,
    state: Any,
    states: Mapping[str, Any],
    elsewhere: frozenset[str],
    graph: Graph,
) -> list[str]:
    if not isinstance(state, dict):
        graph.open.add(name)
        return []
    _check_onward(place, name, state, graph)
    found = []
    for parts, target in targets(state):
        if isinstance(target, str) and target in states:
            found.append(target)
            continue
        graph.open.add(name)
        if isinstance(target, str) and not is_token(target):
            _tell_unknown(place, parts, target, states, elsewhere)
    return found


def _check_onward(place: Place, name: str, state: Mapping[str, Any], graph: Graph) -> None:
    """Next or End, as the type has it."""
    kind, end = grammar.kind_of(state), state.get("End")
    if kind in _ENDS or end is True:
        graph.ends.add(name)
    known = grammar.STATES[kind].fields if kind else {}
    is_understood = kind and all(each in known for each in state)
    if not is_understood or (kind == "Choice" and not state.get("Choices")):
        graph.open.add(name)
    if kind not in _GOES_ON:
        return
    if "Next" in state:
        if end is True:
            place.tell(NEXT_AND_END, 'both Next and "End": true are given; keep one')
        return
    if end is True:
        return
    graph.open.add(name)
    is_misspelt = any(nearest(each, ("Next", "End")) for each in state if each not in known)
    if not is_misspelt and (end is False or "End" not in state):
        place.tell(NEXT_MISSING, 'neither Next nor "End": true is given; say what follows')


def targets(state: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every place of a state that names another, and what stands there."""
    for name in ("Next", "Default"):
        if name in state:
            yield (name,), state[name]
    for name in ("Choices", "Catch"):
        rules = state.get(name, [])
        if not isinstance(rules, list):
            yield (name,), None
            continue
        for position, rule in enumerate(rules):
            yield (name, position, "Next"), rule.get("Next") if isinstance(rule, dict) else None


def _tell_unknown(
    place: Place,
    parts: tuple[str | int, ...],
    target: str,
    states: Mapping[str, Any],
    elsewhere: frozenset[str],
) -> None:
    what = "no state here is called"
    if target in elsewhere:
        what = "is a state of another scope; states cannot enter or leave a branch or a Map's processor"
    place.at(*parts[:-1]).tell(
        NEXT_UNKNOWN,
        f"{parts[-1]} is {shown(target)}, which {what}"
        + ("" if target in elsewhere else "; name one of these"),
        available=states,
        meant=nearest(target, states),
        at=place.at(*parts),
        is_breaking=False,
    )


def _tell_unreachable(place: Place, graph: Graph, states: Mapping[str, Any], reached: list[str]) -> None:
    if not graph.open.isdisjoint(reached):
        return  # what is not known may lead there
    left = [name for name in states if name not in reached]
    while left:
        led_to = {target for name in left for target in graph.edges[name] if target != name}
        first = next((name for name in left if name not in led_to), left[0])
        place.in_state(first, place.machine_language).tell(
            STATE_UNREACHABLE,
            "no state leads here; remove it, or name it in a Next, Default or Catch",
            is_breaking=False,
        )
        told = set(graph.reached([first]))
        left = [name for name in left if name not in told]


def _tell_endless(place: Place, graph: Graph, reached: list[str]) -> None:
    stuck = set(reached) - graph.leading_to(graph.ends | graph.open)
    for name in reached:
        loop = graph.reached(graph.edges[name])
        if name in stuck and name in loop:
            stuck -= set(loop)
            others = [each for each in loop if each != name]
            through = f" by {', '.join(others[:5])}" if others else ""
            place.in_state(name, place.machine_language).tell(
                NO_END,
                f"it leads back to itself{through} and nothing there ends; "
                'give a state "End": true or a way to a Succeed or Fail',
                is_breaking=False,
            )

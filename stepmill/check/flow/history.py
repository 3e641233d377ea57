"""How many events an execution certainly has: the fewest on any way on which it ends well.

States in a row are summed up, so are the branches of a Parallel; what an inline Map iterates is counted as
often as there are certainly items. A loop counts as gone through once, what may fail as failing at once.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from stepmill.check.flow.graph import States, inner_scopes, listed
from stepmill.check.flow.scope import Report
from stepmill.check.flow.templates import escaped
from stepmill.check.records import dataclass
from stepmill.check.rule import FAILURE
from stepmill.check.rules.budgets import HISTORY_TOO_LONG

EVENTS_LIMIT = 25_000
_EVENTS = {"Task": 5, "Parallel": 4, "Map": 4, "Fail": 1}


def own_events(state: Mapping[str, Any]) -> int:
    """The events of one pass through a state, without what is inside of it."""
    return _EVENTS.get(str(state.get("Type")), 2) + (".sync" in str(state.get("Resource")))


def check_sums(
    definition: Any, pointer: str, least_items: Mapping[str, int], reports: Mapping[str, Report]
) -> None:
    """The machine, and the children of its distributed Maps, which have histories of their own.

    least_items: of each inline Map by its pointer, of no other Map. reports: where findings go, by the
    states' pointers.
    """
    if not any(least_items.values()):
        return
    for scope, place in _executions(definition, pointer):
        least = _least(scope, place, least_items)
        if least is None or least.events <= EVENTS_LIMIT or least.largest not in reports:
            continue
        inside = (report for at, report in reports.items() if at.startswith(f"{place}/"))
        if any(
            found.rule == HISTORY_TOO_LONG.id and found.severity == FAILURE
            for report in inside
            for found in report.findings.found
        ):
            continue
        report = reports[least.largest]
        what = (
            f"makes {least.share:,} of the {least.events:,} events that an execution which ends well has at "
            f"least; an execution ends at {EVENTS_LIMIT:,}: use a distributed Map"
        )
        report.tell(HISTORY_TOO_LONG, report.pointer, what, severity=FAILURE)


@dataclass(frozen=True, slots=True)
class _Least:
    """A way with the fewest events. largest: the pointer of the state on it that makes most, its share."""

    events: int
    share: int
    largest: str


def _executions(scope: Any, pointer: str) -> Iterator[tuple[Any, str]]:
    yield scope, pointer
    for state, place in _states(scope, pointer):
        for inner, at in inner_scopes(state, place):
            parts = _executions(inner, at)
            own = next(parts)
            if _mode(inner) == ("DISTRIBUTED", "STANDARD"):
                yield own
            yield from parts


def _states(scope: Any, pointer: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    states = scope.get("States") if isinstance(scope, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        if isinstance(state, dict):
            yield state, f"{pointer}/States/{escaped(str(name))}"


def _mode(processor: Any) -> tuple[str, str]:
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    config = config if isinstance(config, dict) else {}
    return str(config.get("Mode", "INLINE")), str(config.get("ExecutionType", "STANDARD"))


def _least(scope: Any, pointer: str, least_items: Mapping[str, int]) -> _Least | None:
    """None when no way ends well."""
    states = scope.get("States") if isinstance(scope, dict) else None
    start = scope.get("StartAt") if isinstance(scope, dict) else None
    if not isinstance(states, dict) or not isinstance(start, str):
        return None
    number = count()
    waiting = [(0, next(number), start, _Least(0, 0, ""))]
    seen: set[str] = set()
    while waiting:
        events, _, name, way = heapq.heappop(waiting)
        if not name:
            return way
        state = states.get(name)
        if name in seen or not isinstance(state, dict):
            continue
        seen.add(name)
        place = f"{pointer}/States/{escaped(name)}"
        for target, made in _onward(state, place, least_items):
            larger = (made, place) if made > way.share else (way.share, way.largest)
            heapq.heappush(waiting, (events + made, next(number), target, _Least(events + made, *larger)))
    return None


def _onward(state: States, place: str, least_items: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """What may come next, "" for a good end, with the events of the state until then."""
    own = own_events(state)
    for target in _targets(listed(state.get("Catch"))):
        yield target, own
    inside = _inside(state, place, least_items)
    if inside is None or state.get("Type") == "Fail":
        return
    targets = [*_targets([state]), *_targets(listed(state.get("Choices")))]
    if isinstance(state.get("Default"), str):
        targets.append(state["Default"])
    for target in targets or [""]:
        yield target, own + inside


def _targets(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("Next"), str):
            yield entry["Next"]


def _inside(state: States, place: str, least_items: Mapping[str, int]) -> int | None:
    """The events of the branches or of all iterations; None when they do not end well."""
    made = 0
    for inner, at in inner_scopes(state, place):
        turns, each = 1, 0
        if state.get("Type") == "Map":
            turns, each = least_items.get(place, 0), 2
        if not turns:
            continue
        least = _least(inner, at, least_items)
        if least is None:
            return None
        made += turns * (each + least.events)
    return made

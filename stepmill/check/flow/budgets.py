"""How long the history of an execution grows: 25,000 events are its end.

Loops that wait are counted by their waits within the machine's TimeoutSeconds or a year; loops that count by
their counter; inline Maps by their items. What has no known bound but may well end is left alone.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stepmill.check.finding import Finding
from stepmill.check.flow.calls import Call, CallFault, Literal, parse_call
from stepmill.check.flow.graph import States, inner_scopes, successors
from stepmill.check.flow.history import EVENTS_LIMIT, own_events
from stepmill.check.flow.paths import Path
from stepmill.check.flow.reading import follow
from stepmill.check.flow.scope import Report
from stepmill.check.flow.situations import Situation
from stepmill.check.rule import FAILURE
from stepmill.check.rules.budgets import HISTORY_TOO_LONG
from stepmill.check.shapes.shape import Array, Number, options

YEAR_S = 31_536_000
_ORDERED = tuple(
    f"{kind}{order}" for kind in ("Numeric", "Timestamp") for order in ("LessThan", "GreaterThan", "Equals")
)


def check_history(
    states: States,
    loops: list[list[str]],
    entered: Mapping[str, list[Situation]],
    timeout_s: Any,
    reports: Mapping[str, Report],
) -> None:
    """One scope. entered: the ways into each state; reports: where its findings go.

    Of loops that wait the largest is told: they share one history, and one TimeoutSeconds mends them all.
    """
    parts = [{name: states[name] for name in loop} for loop in loops]
    waiting = [one for part in parts for one in _check_loop(part, entered, timeout_s, reports)]
    _tell_waiting(sorted(waiting, key=lambda one: (-one[0], list(states).index(one[1].state))))
    for name, state in states.items():
        if name in reports and isinstance(state, dict) and state.get("Type") == "Map":
            _check_map(state, entered.get(name, []), reports[name])


def _tell_waiting(loops: list[tuple[int, Report, str]]) -> None:
    follow_ons: list[Finding] = []
    for _, report, what in loops[1:]:
        aside = report.aside
        _tell(aside, what)
        follow_ons += aside.findings.found
    for _, report, what in loops[:1]:
        others = ", ".join(finding.state for finding in follow_ons)
        _tell(report, what + (f"; so can {others}" if others else ""), follow_ons=follow_ons)


def _check_loop(
    loop: States, entered: Mapping[str, list[Situation]], timeout_s: Any, reports: Mapping[str, Report]
) -> Iterator[tuple[int, Report, str]]:
    """Those that wait too often: the events, where it is told, and what."""
    _check_counters(loop, entered, reports)
    waits = [name for name, state in loop.items() if state.get("Type") == "Wait"]
    choices = [name for name, state in loop.items() if state.get("Type") == "Choice"]
    exits = [name for name in choices if _leads_out(loop[name], loop)]
    if any(name not in reports for name in loop):
        return
    if len(exits) == 1 and (turns := _turns(loop, exits[0], entered)) is not None:
        events = turns * _cheapest_turn(loop, exits[0])
        if events > EVENTS_LIMIT:
            what = f"goes around {turns:,} times, which makes more than {events:,} events; {_REMEDY}"
            _tell(reports[exits[0]], what, severity=FAILURE)
        return
    seconds = [_seconds(loop[name]) for name in waits]
    if not waits or None in seconds or any(_is_ordered(loop[name]) for name in exits) or len(exits) != 1:
        return
    if timeout_s is not None and not (isinstance(timeout_s, int) and 0 < timeout_s <= YEAR_S):
        return
    limit_s = timeout_s or YEAR_S
    turns = limit_s // max(1, sum(second or 0 for second in seconds))
    events = turns * sum(events_of(state) for state in loop.values())
    if events > EVENTS_LIMIT:
        within = "the year that an execution may take"
        if limit_s != YEAR_S:
            within = f"the machine's {limit_s:,} s"
        what = f"waits in a loop that can make {events:,} events within {within}; {_REMEDY}"
        yield events, reports[waits[0]], what


_REMEDY = (
    f"an execution ends at {EVENTS_LIMIT:,}: wait longer, count the turns, set TimeoutSeconds, or go on in a "
    "new execution"
)
_COUNTED = ("NumericGreaterThan", "NumericGreaterThanEquals")


def _tell(report: Report, what: str, severity: str = "", follow_ons: Iterable[Finding] = ()) -> None:
    report.tell(HISTORY_TOO_LONG, report.pointer, what, severity=severity, follow_ons=follow_ons)


def _leads_out(state: Mapping[str, Any], loop: States) -> bool:
    return any(target not in loop for target in successors(state))


def _seconds(state: Mapping[str, Any]) -> int | None:
    """None when it waits for a time that the definition does not say."""
    seconds = state.get("Seconds")
    is_known = isinstance(seconds, int) and not isinstance(seconds, bool) and seconds >= 0
    return seconds if is_known else None


def events_of(state: Any) -> int:
    """The events of one pass through a state, with one turn of what is inside of it."""
    if not isinstance(state, dict):
        return 0
    return own_events(state) + sum(cheapest(scope) for scope, _ in inner_scopes(state, ""))


def cheapest(scope: Any) -> int:
    """The fewest events in which a scope can end."""
    states = scope.get("States") if isinstance(scope, dict) else None
    start = scope.get("StartAt") if isinstance(scope, dict) else None
    if not isinstance(states, dict) or not isinstance(start, str) or start not in states:
        return 0
    for events, name in _distances(states, start):
        state = states[name]
        if not isinstance(state, dict) or not ({"Next", "Choices"} & state.keys()):
            return events
    return 0


def _distances(states: States, start: str) -> Iterator[tuple[int, str]]:
    """Every state that can be reached, with the fewest events up to its end; nearest first."""
    waiting = [(events_of(states[start]), start)]
    seen: set[str] = set()
    while waiting:
        events, name = heapq.heappop(waiting)
        if name in seen:
            continue
        seen.add(name)
        yield events, name
        for target in successors(states[name]):
            if target in states and target not in seen:
                heapq.heappush(waiting, (events + events_of(states[target]), target))


def _cheapest_turn(loop: States, name: str) -> int:
    """The fewest events of one way around, back to this state."""
    starts = [target for target in successors(loop[name]) if target in loop]
    ways = [events for start in starts for events, last in _distances(loop, start) if last == name]
    return min(ways, default=0)


def _turns(loop: States, choice: str, entered: Mapping[str, list[Situation]]) -> int | None:
    """How often a loop goes around whose only way out compares a counter with a literal; None otherwise."""
    rules = loop[choice].get("Choices")
    if not isinstance(rules, list) or len(rules) != 1 or not isinstance(rules[0], dict):
        return None
    bound = next((value for name, value in rules[0].items() if name in _COUNTED), None)
    variable = rules[0].get("Variable")
    if isinstance(bound, bool) or not isinstance(bound, (int, float)) or not isinstance(variable, str):
        return None
    if not math.isfinite(bound) or rules[0].get("Next") in list(loop):
        return None
    step = next((step for state in loop.values() if (step := _step(state, variable)) is not None), None)
    first = _first(variable, entered.get(choice, []))
    return None if not step or first is None or bound <= first else math.floor((bound - first) / step)


def _step(state: Mapping[str, Any], variable: str) -> float | None:
    """By how much a Pass moves the counter on."""
    parameters, place = state.get("Parameters"), state.get("ResultPath", "$")
    for key, text in parameters.items() if isinstance(parameters, dict) else ():
        if not (isinstance(key, str) and isinstance(text, str) and f"{place}.{key[:-2]}" == variable):
            continue
        try:
            call = parse_call(text)
        except CallFault:
            continue
        if call.name == "MathAdd":
            return _added(call, variable)
    return None


def _added(call: Call, variable: str) -> float | None:
    first, second = call.arguments
    if isinstance(first, Path) and first.text == variable and isinstance(second, Literal):
        value = second.value
        return value if isinstance(value, (int, float)) and math.isfinite(value) and value > 0 else None
    return None


def _check_counters(
    loop: States, entered: Mapping[str, list[Situation]], reports: Mapping[str, Report]
) -> None:
    """A counter that is compared, and counted on, but always has the same value: it is counted elsewhere."""
    counted = {path for state in loop.values() for path in _counters(state)}
    for name, state in loop.items():
        situations = entered.get(name, [])
        for place, path in _compared(state.get("Choices"), "Choices") if name in reports else ():
            value = _only_value(path, situations) if path in counted else None
            pointer = f"{reports[name].pointer}/{place}"
            is_told = any(pointer.startswith(f"{other.pointer}/") for other in reports[name].findings.found)
            if value is not None and not is_told:
                what = (
                    f"compares '{path}', which is {value:g} at every turn of the loop: what counts it puts "
                    "the result elsewhere; put it back there"
                )
                reports[name].tell(HISTORY_TOO_LONG, pointer, what)


def _counters(value: Any) -> Iterator[str]:
    """The paths to which a state adds."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _counters(inner)
    elif isinstance(value, str) and value.startswith("States.MathAdd("):
        try:
            call = parse_call(value)
        except CallFault:
            return
        yield from (argument.text for argument in call.arguments if isinstance(argument, Path))


def _compared(rules: Any, place: str) -> Iterator[tuple[str, str]]:
    """Where a rule compares a path with a number."""
    if isinstance(rules, list):
        for at, rule in enumerate(rules):
            yield from _compared(rule, f"{place}/{at}")
    elif isinstance(rules, dict):
        if any(str(name).startswith("Numeric") and not str(name).endswith("Path") for name in rules):
            yield f"{place}/Variable", str(rules.get("Variable"))
        for name in ("And", "Or", "Not"):
            yield from _compared(rules.get(name), f"{place}/{name}")


def _only_value(variable: str, situations: list[Situation]) -> float | None:
    """The one value that the path has in all situations."""
    keys = tuple(variable.removeprefix("$.").split("."))
    found = {follow(situation.data, keys).shape for situation in situations}
    shape = found.pop() if len(found) == 1 else None
    if not isinstance(shape, Number) or shape.values is None or len(shape.values) != 1:
        return None
    return next(iter(shape.values))


def _first(variable: str, situations: list[Situation]) -> float | None:
    """The least value with which the counter is met."""
    keys = tuple(variable.removeprefix("$.").split("."))
    found: list[float] = []
    for situation in situations:
        for option in options(follow(situation.data, keys).shape):
            if not isinstance(option, Number):
                return None
            least = min(option.values) if option.values else option.minimum
            if least is None:
                return None
            found.append(least)
    return min(found, default=None)


def _is_ordered(value: Any) -> bool:
    """Whether a Choice compares numbers or moments: then something is counted."""
    if isinstance(value, dict):
        condition = value.get("Condition")
        if isinstance(condition, str) and ("<" in condition or ">" in condition):
            return True
        return any(str(name).startswith(_ORDERED) or _is_ordered(inner) for name, inner in value.items())
    return isinstance(value, list) and any(map(_is_ordered, value))


def _check_map(state: Mapping[str, Any], situations: list[Situation], report: Report) -> None:
    processor = state.get("ItemProcessor", state.get("Iterator"))
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED":
        return
    each = 2 + cheapest(processor)
    keys = str(state.get("ItemsPath", "$")).removeprefix("$").strip(".")
    for situation in situations:
        found = follow(situation.data, tuple(filter(None, keys.split(".")))).shape
        if not isinstance(found, Array):
            continue
        for items, severity in ((found.min_items, FAILURE), (found.max_items, "")):
            if items is not None and items * each > EVENTS_LIMIT:
                verb = "makes" if severity else "can make"
                what = (
                    f"iterates over {items:,} items, which {verb} {items * each:,} events; an execution ends "
                    f"at {EVENTS_LIMIT:,}: use a distributed Map"
                )
                _tell(report, what, severity)
                return

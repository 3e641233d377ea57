"""Which parts of a state's input anything after it still reads.

Two ways into a state that differ in nothing that is read from there on need not be kept apart. What may be
read is never left out; what is never read may be in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from stepmill.check.flow.calls import Call, CallFault, parse_call
from stepmill.check.flow.graph import States, inner_scopes, order, successors
from stepmill.check.flow.paths import INPUT, Path, PathSyntax, parse_path
from stepmill.check.patterns import late_pattern

Keys: TypeAlias = tuple[str | int, ...]
Live: TypeAlias = frozenset[Keys]  # () in it: the whole value

WHOLE: Live = frozenset([()])
NOTHING: Live = frozenset()
KEYS_LIMIT = 4
ROUNDS_LIMIT = 50
_WORD = late_pattern(r"[\w-]+")
_OTHERS = frozenset(
    [
        *("Branches", "ItemProcessor", "Iterator", "Retry", "Catch", "Result", "ResultSelector"),
        *("InputPath", "OutputPath", "ResultPath", "Comment", "Next", "Default"),
    ]
)


class Liveness:
    """Of one machine. Remembers what it has found in each state: its scopes are asked for more than once."""

    def __init__(self, default_language: Any) -> None:
        self.default_language = default_language
        self._flows: dict[int, _StateFlow] = {}

    def inputs(self, states: States, start: str, at_end: Live) -> dict[str, Live]:
        """For every state of a scope what is read of its input. at_end: what is read of its output."""
        flows = {name: self._flow(state) for name, state in states.items() if isinstance(state, dict)}
        live = dict.fromkeys(flows, NOTHING)
        waiting = [name for name in order(start, states) if name in flows]
        queued = set(waiting)
        before: dict[str, list[str]] = {}
        for name in flows:
            for target in successors(states[name]):
                before.setdefault(target, []).append(name)
        for _ in range(ROUNDS_LIMIT * max(1, len(flows))):
            if not waiting:
                return live
            name = waiting.pop()
            queued.discard(name)
            new = flows[name].needed(live, at_end)
            if new != live[name]:
                live[name] = new
                again = [earlier for earlier in before.get(name, ()) if earlier not in queued]
                waiting += again
                queued.update(again)
        return dict.fromkeys(flows, WHOLE)

    def _flow(self, state: Mapping[str, Any]) -> _StateFlow:
        if id(state) not in self._flows:
            self._flows[id(state)] = _StateFlow(state, self)
        return self._flows[id(state)]


class _StateFlow:
    """What one state reads itself, and what it hands on."""

    def __init__(self, state: Mapping[str, Any], liveness: Liveness) -> None:
        self.state = state
        self.kind = state.get("Type")
        self.is_jsonata = state.get("QueryLanguage", liveness.default_language) == "JSONata"
        self.base = () if self.is_jsonata else _definite(state.get("InputPath", INPUT))
        self.output = _definite(state.get("OutputPath", INPUT))
        self.reads = self._jsonata_reads() if self.is_jsonata else self._reads(liveness)
        told = [state, *_entries(state.get("Choices"))]
        listed = [holder.get("Next") for holder in told] + [state.get("Default")]
        self.targets = {target for target in listed if isinstance(target, str)}
        self.catches = [
            (entry, target)
            for entry in ([] if self.is_jsonata else _entries(state.get("Catch")))
            if isinstance(target := entry.get("Next"), str)
        ]

    def needed(self, live: Mapping[str, Live], at_end: Live) -> Live:
        after = NOTHING.union(*(live[target] for target in self.targets if target in live))
        if "Next" not in self.state and self.kind != "Choice":
            after |= at_end
        found = self.reads | self._through(after)
        for entry, target in self.catches:
            found |= _beside(entry, live.get(target, NOTHING))
        return found

    def _through(self, after: Live) -> set[Keys]:
        """What must be in the input for the output to have this."""
        if self.is_jsonata:
            is_changed = "Output" in self.state or self.kind in ("Task", "Parallel", "Map")
            return set() if is_changed else set(after)
        after = _under(self.output, after)
        if self.kind in ("Choice", "Wait", "Succeed"):
            return set(_under(self.base, after))
        needed = _beside(self.state, after)
        if self.kind == "Pass" and not {"Parameters", "Result", "ResultSelector"} & self.state.keys():
            needed |= _under(self.base, _of_result(self.state, after))
        return needed

    def _reads(self, liveness: Liveness) -> Live:
        found = {
            (*self.base, *keys) if self.base is not None else keys
            for text in _expressions(self.state)
            for keys in _paths_in(text)
            if self.base is not None
        }
        given = self.state.get("InputPath")
        if self.base is None and isinstance(given, str) and given.startswith("$"):
            found |= set(_paths_in(given))
        if self.kind in ("Task", "Parallel") and "Parameters" not in self.state and self.base is not None:
            inner = self._inner(liveness) if self.kind == "Parallel" else WHOLE
            found |= _under(self.base, inner)
        if self.kind == "Map" and "ItemsPath" not in self.state and self.base is not None:
            found.add(self.base)
        return _pruned(found)

    def _inner(self, liveness: Liveness) -> Live:
        """What the branches of a Parallel read of what it hands them."""
        found: set[Keys] = set()
        for at, (branch, _) in enumerate(inner_scopes(self.state, "")):
            states = branch.get("States") if isinstance(branch, dict) else None
            if not isinstance(states, dict):
                continue
            start = str(branch.get("StartAt"))
            found |= liveness.inputs(states, start, branch_ends(self.state, at)).get(start, WHOLE)
        return frozenset(found)

    def _jsonata_reads(self) -> Live:
        is_read = any("$states.input" in text for text in _texts(self.state))
        is_sent = self.kind in ("Task", "Parallel") and "Arguments" not in self.state
        is_iterated = self.kind == "Map" and "Items" not in self.state
        return WHOLE if is_read or is_sent or is_iterated else NOTHING


def branch_ends(state: Mapping[str, Any], at: int) -> Live:
    """What is read of the output of a Parallel's branch at this position, or of a Map's iteration."""
    if "Assign" in state:
        return WHOLE
    if "ResultSelector" not in state:
        is_dropped = "ResultPath" in state and state["ResultPath"] is None
        return NOTHING if is_dropped else WHOLE
    found: set[Keys] = set()
    for text in _expressions(state["ResultSelector"], "-"):
        for keys in _paths_in(text):
            if not keys or not isinstance(keys[0], int):
                return WHOLE
            if keys[0] in (at, -1):
                found.add(keys[1:])
    return _pruned(found)


def _definite(path: Any) -> Keys | None:
    """The keys of a path into the data; None when it leads elsewhere or to many places."""
    if not isinstance(path, str):
        return None
    try:
        found = parse_path(path)
    except PathSyntax:
        return None
    return found.keys if found.root == INPUT else None


def _under(base: Keys | None, live: Live) -> Live:
    if not base:
        return NOTHING if base is None else live
    return frozenset((*base, *keys)[:KEYS_LIMIT] for keys in live)


def _beside(holder: Mapping[str, Any], after: Live) -> set[Keys]:
    """What is read of the input when the result goes to its ResultPath in it."""
    if "ResultPath" not in holder:
        return set()
    if holder["ResultPath"] is None:
        return set(after)
    place = _definite(holder["ResultPath"])
    if place is None:
        return set()
    return {keys for keys in after if keys[: len(place)] != place}


def _of_result(holder: Mapping[str, Any], after: Live) -> Live:
    """What is read of the result."""
    if "ResultPath" not in holder:
        return after
    place = _definite(holder["ResultPath"])
    if place is None:
        return NOTHING
    inside = {keys[len(place) :] for keys in after if keys[: len(place)] == place}
    around = {() for keys in after if place[: len(keys)] == keys}
    return frozenset(inside | around)


def _pruned(found: Iterable[Keys]) -> Live:
    """Cut to four keys, and without what a shorter path holds already."""
    cut = {keys[:KEYS_LIMIT] for keys in found}
    return frozenset(keys for keys in cut if not any(keys[:length] in cut for length in range(len(keys))))


def _expressions(value: Any, key: str = "") -> Iterator[str]:
    """The texts of a state that hold paths."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if key or name not in _OTHERS:
                yield from _expressions(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _expressions(inner, key or "-")
    elif isinstance(value, str) and (key.endswith((".$", "Path")) or key == "Variable"):
        yield value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("Branches", "ItemProcessor", "Iterator"):
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _paths_in(text: str) -> list[Keys]:
    try:
        if text.startswith("$"):
            return _read(parse_path(text))
        return [keys for path in _arguments(parse_call(text)) for keys in _read(path)]
    except (PathSyntax, CallFault):
        return [()] if "${" in text else []


def _read(path: Path) -> list[Keys]:
    if path.root != INPUT:
        return []
    keys: list[str | int] = []
    for step in path.steps:
        if not isinstance(step, (str, int)):
            break
        keys.append(step)
    return [tuple(keys)]


def _arguments(call: Call) -> Iterator[Path]:
    for argument in call.arguments:
        if isinstance(argument, Path):
            yield argument
        elif isinstance(argument, Call):
            yield from _arguments(argument)


def _entries(value: Any) -> Iterator[dict[str, Any]]:
    return (entry for entry in (value if isinstance(value, list) else []) if isinstance(entry, dict))


def names_in(value: Any) -> frozenset[str]:
    """Every name that some path of the definition steps on, JSONata's words included."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        if isinstance(holder, dict):
            waiting += holder.values()
        elif isinstance(holder, list):
            waiting += holder
        elif isinstance(holder, str) and ("$" in holder):
            found.update(_WORD.findall(holder))
    return frozenset(found)

"""A parsed machine: its states, compiled once. `parse` is what CreateStateMachine asks."""

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import Any

from .errors import InvalidDefinition
from .fields import Fields
from .jsontext import clean, loads
from .states import STATE_TYPES, State

NAME_LIMIT = 80
_CACHED_MACHINES = 256


class Machine:
    """The whole machine, or one branch of a Parallel state, or the processor of a Map."""

    def __init__(self, fields: Fields, names: set[str]) -> None:
        self.start_at = fields.text("StartAt")
        states = fields.get("States")
        if not isinstance(states, dict) or not states:
            raise fields.error("States", f"is {states!r}; an object with at least one state is needed")
        self.states: dict[str, State] = {}
        for name, value in states.items():
            pointer = f"{fields.at('States')}/{name}"
            _check_state_name(name, pointer, names)
            self.states[name] = _parse_state(
                name, Fields(value, pointer, lambda branch: Machine(branch, names))
            )
        if self.start_at not in self.states:
            known = ", ".join(self.states)
            raise fields.error("StartAt", f"is {self.start_at!r}, which is no state here; there are {known}")
        self._check_targets(fields)

    def _check_targets(self, fields: Fields) -> None:
        for name, state in self.states.items():
            for target in state.targets():
                if target not in self.states:
                    pointer = f"{fields.at('States')}/{name}"
                    known = ", ".join(self.states)
                    raise InvalidDefinition(
                        pointer, f"goes to {target!r}, which is no state here; there are {known}"
                    )
        reached = {self.start_at}
        waiting = [self.start_at]
        while waiting:
            fresh = set(self.states[waiting.pop()].targets()) - reached
            reached |= fresh
            waiting.extend(fresh)
        for name in self.states:
            if name not in reached:
                raise InvalidDefinition(
                    f"{fields.at('States')}/{name}", f"no state leads to {name!r}; remove or use it"
                )


def _check_state_name(name: str, pointer: str, names: set[str]) -> None:
    if not 1 <= len(name) <= NAME_LIMIT:
        raise InvalidDefinition(
            pointer, f"the state's name has {len(name)} characters; 1 to {NAME_LIMIT} are allowed"
        )
    if clean(name) != name:
        raise InvalidDefinition(pointer, "the state's name is not valid Unicode")
    if name in names:
        raise InvalidDefinition(
            pointer, f"the name {name!r} is used twice in the machine; names must be unique"
        )
    names.add(name)


def _parse_state(name: str, fields: Fields) -> State:
    kind = fields.get("Type")
    if kind not in STATE_TYPES:
        allowed = ", ".join(sorted(STATE_TYPES))
        raise fields.error("Type", f"is {kind!r}; it must be one of {allowed}")
    _check_query_language(fields)
    return STATE_TYPES[kind](name, fields)


def _check_query_language(fields: Fields) -> None:
    language = fields.get("QueryLanguage")
    if language == "JSONata":
        raise fields.error("QueryLanguage", "is 'JSONata', which this engine does not run yet; use JSONPath")
    if language not in (None, "JSONPath"):
        raise fields.error("QueryLanguage", f"is {language!r}; it must be 'JSONPath'")


class Definition:
    """A whole definition: the machine and its time limit."""

    def __init__(self, value: Any) -> None:
        fields = Fields(value, "")
        fields.allow("Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage")
        fields.text_or_none("Comment")
        if fields.get("Version") not in (None, "1.0"):
            raise fields.error("Version", f"is {fields.get('Version')!r}; it must be '1.0'")
        _check_query_language(fields)
        self.timeout_s = fields.whole("TimeoutSeconds", None, 1)
        self.machine = Machine(fields, set())


_cache: OrderedDict[bytes, Definition] = OrderedDict()
_cache_lock = Lock()


def parse(definition: str | dict[str, Any]) -> Definition:
    """The machine behind a definition (its text, or the object).

    Raises: InvalidDefinition with the pointer and the reason.
    """
    if not isinstance(definition, str):
        return Definition(definition)
    if clean(definition) != definition:
        raise InvalidDefinition("", "the definition is not valid Unicode")
    key = hashlib.sha256(definition.encode()).digest()
    with _cache_lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    try:
        value = loads(definition)
    except ValueError as error:
        raise InvalidDefinition("", f"the definition is not JSON: {error}") from None
    parsed = Definition(value)
    with _cache_lock:
        _cache[key] = parsed
        if len(_cache) > _CACHED_MACHINES:
            _cache.popitem(last=False)
    return parsed

"""Which query language holds where, also when it is written in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stepmill.check.rules.languages import LANGUAGE_MIXED
from stepmill.check.syntax.fields import nearest
from stepmill.check.syntax.grammar import STATES, kind_of
from stepmill.check.syntax.place import JSONATA, JSONPATH, Place


def machine_language(place: Place, definition: Mapping[str, Any]) -> str:
    """The language of the states that do not say.

    Where a misplaced or forgotten QueryLanguage is the only fault, it is told once, here or by those who look
    at the fields, and the language that was meant is used.
    """
    states = definition.get("States")
    told = _told_in(definition)
    if told is None and isinstance(states, dict) and isinstance(states.get("QueryLanguage"), str):
        told = states["QueryLanguage"]
    if told is None:
        return _told_by_states(place, definition)
    # Whatever is not exactly JSONPath counts as JSONata.
    return JSONPATH if told == JSONPATH else JSONATA


def state_language(place: Place, state: Mapping[str, Any]) -> str:
    """place: of the state."""
    told = _told_in(state)
    if told not in (JSONPATH, JSONATA):
        return place.machine_language
    if told == JSONPATH and place.machine_language == JSONATA:
        place.tell(
            LANGUAGE_MIXED,
            "QueryLanguage is JSONPath, but the machine's is JSONata; remove it, or give JSONata to the "
            "states that need it instead of to the machine",
            at=place.at("QueryLanguage"),
        )
    return str(told)


def _told_in(value: Mapping[str, Any]) -> Any:
    """Its QueryLanguage, misspelt or not; None without one."""
    return next((told for name, told in value.items() if nearest(name, ("QueryLanguage",))), None)


def _told_by_states(place: Place, definition: Mapping[str, Any]) -> str:
    """JSONPath, unless several states are written in JSONata and none in JSONPath."""
    jsonata: list[str] = []
    for name, state in states_of(definition):
        if "QueryLanguage" in state:
            return JSONPATH
        kind = kind_of(state)
        fields = STATES[kind].fields if kind else {}
        languages = {fields[field].language for field in state if field in fields}
        rules = state.get("Choices")
        for rule in rules if isinstance(rules, list) else ():
            if isinstance(rule, dict):
                languages.add(JSONATA if "Condition" in rule else JSONPATH)
        if JSONPATH in languages:
            return JSONPATH
        if JSONATA in languages:
            jsonata.append(name)
    if len(jsonata) < 2:
        return JSONPATH
    place.tell(
        LANGUAGE_MIXED,
        f"QueryLanguage is missing, but {', '.join(jsonata[:5])} are written in JSONata; "
        'add "QueryLanguage": "JSONata"',
    )
    return JSONATA


def variables_of(definition: Mapping[str, Any]) -> frozenset[str]:
    """The names that any Assign of the machine gives a value."""
    holders: list[Any] = []
    for _, state in states_of(definition):
        holders.append(state)
        for name in ("Choices", "Catch"):
            rules = state.get(name)
            holders += rules if isinstance(rules, list) else []
    assigned = [holder.get("Assign") for holder in holders if isinstance(holder, dict)]
    names = [name for each in assigned if isinstance(each, dict) for name in each]
    return frozenset(name.removesuffix(".$") for name in names)


def raised_by(definition: Mapping[str, Any]) -> frozenset[str]:
    """The errors that the machine's own Fail states give; the state around their branch can catch them."""
    errors = (state.get("Error") for _, state in states_of(definition) if state.get("Type") == "Fail")
    return frozenset(error for error in errors if isinstance(error, str))


def states_of(definition: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every state, those of branches and processors too, as far as they are objects."""
    waiting: list[Any] = [definition]
    while waiting:
        scope = waiting.pop(0)
        states = scope.get("States") if isinstance(scope, dict) else None
        for name, state in states.items() if isinstance(states, dict) else ():
            if isinstance(state, dict):
                yield name, state
                branches = state.get("Branches")
                waiting += branches if isinstance(branches, list) else []
                waiting += [state.get("ItemProcessor"), state.get("Iterator")]

"""The rules of a Choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepmill.check.rules.languages import DOLLAR_MISSING
from stepmill.check.rules.structure import (
    CHOICE_EMPTY,
    CHOICE_RULE_SHAPE,
    NOT_AN_OBJECT,
    STATE_FIELD_MISSING,
)
from stepmill.check.syntax.comparisons import COMBINATIONS, COMPARISONS, NESTED_RULE, RULE
from stepmill.check.syntax.fields import check_fields, nearest
from stepmill.check.syntax.grammar import Grammar
from stepmill.check.syntax.place import JSONATA, Place, shown
from stepmill.check.syntax.texts import is_path_text
from stepmill.check.syntax.values import check_timestamp

_OUTER = Grammar(RULE)
# Next is told by its own message, and what belongs to it stands with it.
_INNER = Grammar({**NESTED_RULE, **{name: RULE[name] for name in ("Next", "Assign", "Output")}})


def check_choices(place: Place, state: Mapping[str, Any]) -> None:
    """place: of the Choice state."""
    rules = state.get("Choices")
    if not isinstance(rules, list):
        return
    if not rules:
        place.tell(CHOICE_EMPTY, "Choices is empty; give at least one rule", at=place.at("Choices"))
    for position, rule in enumerate(rules):
        at = place.at("Choices", position)
        if not isinstance(rule, dict):
            at.tell(NOT_AN_OBJECT, f"a choice rule is {shown(rule)}; it must be an object")
            continue
        good = check_fields(at, "a choice rule", rule, _OUTER)
        _check_next(at, rule)
        if place.language == JSONATA:
            _check_condition(at, rule)
        else:
            _check_rule(at, rule, good)


def _check_next(place: Place, rule: Mapping[str, Any]) -> None:
    if "Next" not in rule and not any(nearest(name, ("Next",)) for name in rule):
        place.tell(STATE_FIELD_MISSING, "Next is missing; a choice rule needs it", available=["Next"])


def _check_condition(place: Place, rule: Mapping[str, Any]) -> None:
    if all(name in RULE and not RULE[name].language for name in rule):
        place.tell(
            STATE_FIELD_MISSING, "Condition is missing; a choice rule needs it", available=["Condition"]
        )


def _check_rule(place: Place, rule: Mapping[str, Any], good: set[str]) -> None:
    """One rule or nested rule in JSONPath, its field names being checked."""
    if any(name not in RULE or name == "Condition" for name in rule):
        return
    comparisons = [name for name in rule if name in COMPARISONS]
    found = comparisons + [name for name in rule if name in COMBINATIONS]
    if len(found) != 1:
        told = f"{' and '.join(found)} stand in one rule" if found else "it compares nothing"
        place.tell(CHOICE_RULE_SHAPE, f"{told}; give exactly one comparison, And, Or or Not")
        return
    name = found[0]
    if name in COMBINATIONS:
        _check_combination(place, name, rule[name])
        return
    if "Variable" not in rule:
        place.tell(STATE_FIELD_MISSING, "Variable is missing; a comparison needs it", available=["Variable"])
    if name in good:
        _check_operand(place, name, rule[name])


def _check_operand(place: Place, name: str, value: Any) -> None:
    if name.startswith("Timestamp") and not name.endswith("Path") and not _tell_path(place, name, value):
        check_timestamp(place, name, value)
    elif name.startswith("String") and not name.endswith("Path") and name != "StringMatches":
        _tell_path(place, name, value)


def _tell_path(place: Place, name: str, value: Any) -> bool:
    """A path that is compared as a text."""
    if not isinstance(value, str) or not is_path_text(value):
        return False
    place.tell(
        DOLLAR_MISSING,
        f"{name} compares with the text {shown(value)} itself; use {name}Path",
        available=[f"{name}Path"],
        meant=f"{name}Path",
        at=place.at(name),
    )
    return True


def _check_combination(place: Place, name: str, value: Any) -> None:
    nested: list[tuple[tuple[str | int, ...], Any]]
    if name == "Not":
        nested = [((name,), value)] if isinstance(value, dict) else []
    elif isinstance(value, list):
        nested = [((name, position), rule) for position, rule in enumerate(value)]
        if not nested:
            place.tell(CHOICE_RULE_SHAPE, f"{name} is empty; give at least one rule in it", at=place.at(name))
    else:
        nested = []
    for parts, rule in nested:
        at = place.at(*parts)
        if not isinstance(rule, dict):
            at.tell(NOT_AN_OBJECT, f"a choice rule is {shown(rule)}; it must be an object")
            continue
        good = check_fields(at, "a choice rule", rule, _INNER)
        for outer in ("Next", "Assign", "Output"):
            if outer in rule:
                at.tell(
                    CHOICE_RULE_SHAPE,
                    f"{outer} stands in a nested rule; only the outermost rule has it",
                    at=at.at(outer),
                )
        _check_rule(at, rule, good)

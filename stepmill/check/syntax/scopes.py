"""A machine, its branches and the processors of its Maps, state by state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepmill.check.finding import Findings
from stepmill.check.records import dataclass, field, replace
from stepmill.check.rules.fields import FIELD_MISPLACED
from stepmill.check.rules.structure import (
    FILE_UNREADABLE,
    MACHINE_FIELD_MISSING,
    NOT_AN_OBJECT,
    STATE_NAME_REPEATED,
    STATE_NAME_TOO_LONG,
)
from stepmill.check.subject import Subject
from stepmill.check.syntax.fields import check_fields, nearest
from stepmill.check.syntax.grammar import BRANCH, MACHINE, PROCESSOR, Grammar
from stepmill.check.syntax.limits import DEEPEST, check_size, is_deeper
from stepmill.check.syntax.maps import processor_field, runs_express
from stepmill.check.syntax.place import Place, shown
from stepmill.check.syntax.query_language import (
    machine_language,
    raised_by,
    state_language,
    states_of,
    variables_of,
)
from stepmill.check.syntax.states import check_state
from stepmill.check.syntax.transitions import check_transitions

_NAME_CHARACTERS = 80


def check_syntax(subject: Subject, findings: Findings) -> set[str]:
    """Add what is wrong with the definition as it is written.

    Returns the pointers of the states that nobody should look at further, because what is written there is
    not what is meant; of a Map or Parallel when its inside cannot be entered; the machine's own when none of
    its states can be followed. Takes any JSON.
    """
    place = Place(
        findings,
        set(),
        subject.pointer,
        subject.pointer,
        is_express=subject.kind == "EXPRESS",
    )
    if not isinstance(subject.definition, dict):
        place.tell(NOT_AN_OBJECT, f"the machine is {shown(subject.definition)}; it must be an object")
        return place.broken
    if is_deeper(subject.definition, DEEPEST):
        place.tell(FILE_UNREADABLE, f"the machine is nested more than {DEEPEST} levels deep; flatten it")
        return place.broken
    check_size(place, subject.definition)
    language = machine_language(place, subject.definition)
    place = replace(
        place,
        language=language,
        machine_language=language,
        variables=variables_of(subject.definition),
        raised=raised_by(subject.definition),
    )
    names = frozenset(name for name, _ in states_of(subject.definition))
    walk = _Walk(names, has_timeout="TimeoutSeconds" in subject.definition)
    walk.check_scope(place, "the machine", subject.definition, MACHINE)
    return place.broken


@dataclass(slots=True)
class _Walk:
    """names: of all states of the machine. seen: those that were met."""

    names: frozenset[str]
    has_timeout: bool
    seen: set[str] = field(default_factory=set)

    def check_scope(self, place: Place, what: str, scope: Mapping[str, Any], part: Grammar) -> None:
        """place: of the object that holds StartAt and States."""
        good = check_fields(place, what, scope, Grammar(part.fields))
        held = scope.get("States")
        states = {}
        if isinstance(held, dict):
            states = self._without_misplaced(place, held)
        self._check_needs(place, what, scope, held)
        for name, state in states.items():
            self._check_state(place, name, state)
        if states:
            start = scope["StartAt"] if "StartAt" in good else None
            check_transitions(place, start, states, self.names - states.keys())

    def _without_misplaced(self, place: Place, states: Mapping[str, Any]) -> dict[str, Any]:
        """The states, without fields of the machine that stand among them."""
        found = {}
        for name, state in states.items():
            if name in MACHINE.fields and not isinstance(state, dict):
                place.at("States").tell(
                    FIELD_MISPLACED,
                    f"{name} stands among the states; move it out, beside States",
                    at=place.at("States", name),
                )
            else:
                found[name] = state
        return found

    def _check_needs(self, place: Place, what: str, scope: Mapping[str, Any], states: Any) -> None:
        inside = states if isinstance(states, dict) else {}
        for name in ("StartAt", "States"):
            is_inside = name in inside and not isinstance(inside[name], dict)
            if not is_inside and not any(nearest(each, (name,)) for each in scope):
                place.tell(MACHINE_FIELD_MISSING, f"{name} is missing; {what} needs it", available=[name])
        if states == {}:
            place.tell(
                MACHINE_FIELD_MISSING,
                f"States is empty; {what} needs at least one state",
                at=place.at("States"),
            )

    def _check_state(self, scope: Place, name: str, state: Any) -> None:
        place = scope.in_state(name, scope.machine_language)
        if len(name) > _NAME_CHARACTERS:
            place.tell(
                STATE_NAME_TOO_LONG,
                f"the name has {len(name)} characters of at most {_NAME_CHARACTERS}; shorten it",
                is_breaking=False,
            )
        if name in self.seen:
            place.tell(
                STATE_NAME_REPEATED,
                "another state of the machine has this name; rename one of them",
                is_breaking=False,
            )
        self.seen.add(name)
        if not isinstance(state, dict):
            place.tell(NOT_AN_OBJECT, f"the state is {shown(state)}; it must be an object")
            return
        place = replace(place, language=state_language(place, state))
        kind = check_state(place, state, has_machine_timeout=self.has_timeout)
        if kind == "Parallel":
            self._check_branches(place, state)
        elif kind == "Map":
            self._check_processor(place, state)

    def _check_branches(self, place: Place, state: Mapping[str, Any]) -> None:
        branches = state.get("Branches")
        for position, branch in enumerate(branches if isinstance(branches, list) else ()):
            at = _inside(place.at("Branches", position))
            if isinstance(branch, dict):
                self.check_scope(at, "a branch", branch, BRANCH)
            else:
                at.tell(NOT_AN_OBJECT, f"a branch is {shown(branch)}; it must be an object")

    def _check_processor(self, place: Place, state: Mapping[str, Any]) -> None:
        name = processor_field(state)
        if isinstance(state.get(name), dict):
            at = _inside(place.at(name))
            at = replace(at, is_express=at.is_express or runs_express(state))
            self.check_scope(at, name, state[name], PROCESSOR)


def _inside(place: Place) -> Place:
    """Inside of a branch or processor the machine's language holds again."""
    return replace(place, language=place.machine_language)

"""The ways in which a state can be entered: few are kept apart, many are merged, endless ones widened."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from stepmill.check.flow.answers import NONE
from stepmill.check.flow.fingerprints import Fingerprints, Tree
from stepmill.check.flow.paths import INPUT
from stepmill.check.flow.places import put, refine
from stepmill.check.flow.questions import Answers
from stepmill.check.flow.reading import NOWHERE, follow
from stepmill.check.flow.scope import Lack
from stepmill.check.records import dataclass, field, replace
from stepmill.check.shapes.covering import covers, widen
from stepmill.check.shapes.join import (
    ALTERNATIVES_LIMIT,
    distance,
    join,
    merge,
    merge_objects,
)
from stepmill.check.shapes.shape import UNKNOWN, Member, Object, Shape, options, union

RUNS_LIMIT, PATIENCE = 10, 40
ANYTHING = Object(rest=UNKNOWN)


@dataclass(frozen=True, slots=True)
class Situation:
    """data: the state's input. variables: those assigned so far. origin: the state that it comes from.

    answers: what Choices have found on the way that still holds.
    """

    data: Shape
    variables: Object = field(default_factory=Object)
    origin: str = field(default="", compare=False)
    answers: Answers = NONE


UNKNOWN_SITUATION = Situation(UNKNOWN, ANYTHING)


class Situations:
    """Those of one state. live: what is still read of its input. runs: how often it has been taken up.

    Ways that differ in nothing that is read, but for values or answers, are one; beyond 10 runs everything is
    widened.
    """

    def __init__(self, fingerprints: Fingerprints, live: Tree) -> None:
        self.fingerprints, self.live = fingerprints, live
        self.by_form: dict[Hashable, Situation] = {}
        self.runs = 0

    @property
    def found(self) -> list[Situation]:
        return list(self.by_form.values())

    def add(self, new: Situation) -> bool:
        """Whether it says anything new."""
        form = self._form(new)
        old = self.by_form.get(form)
        if old is not None and self._is_covered(new, old):
            return False
        if any(self._is_covered(new, other) for other in self.by_form.values() if other is not old):
            return False
        if self.runs > RUNS_LIMIT:
            return self._widened(new)
        if old is not None:
            self.by_form[form] = self._updated(old, new)
            return True
        self.by_form = {
            kind: other for kind, other in self.by_form.items() if not self._is_covered(other, new)
        }
        self.by_form[form] = new
        if len(self.by_form) > ALTERNATIVES_LIMIT:
            self._set(merged_to_limit(self.found))
        return True

    def _form(self, situation: Situation) -> Hashable:
        data = self.fingerprints.profile(situation.data, self.live)
        return data, self.fingerprints.signature(situation.variables)

    def _set(self, situations: list[Situation]) -> None:
        self.by_form = {}
        for situation in situations:
            form = self._form(situation)
            old = self.by_form.get(form)
            self.by_form[form] = situation if old is None else merged(old, situation)

    def _is_covered(self, new: Situation, old: Situation) -> bool:
        if not old.answers <= new.answers or not covers(old.variables, new.variables):
            return False
        if self.live.is_whole or not (isinstance(old.data, Object) and isinstance(new.data, Object)):
            return covers(old.data, new.data)
        if old.data.rest is not new.data.rest and old.data.rest != new.data.rest:
            return False
        for name, _ in self.live.inner:
            held, there = old.data.members.get(name), new.data.members.get(name)
            if held is there:
                continue
            if held is None or there is None or held.presence is not there.presence:
                return False
            if not covers(held.shape, there.shape):
                return False
        return True

    def _updated(self, old: Situation, new: Situation) -> Situation:
        """The old one with what is read of the new one; what nobody reads stays as it is."""
        if self.live.is_whole or not (isinstance(old.data, Object) and isinstance(new.data, Object)):
            return merged(old, new)
        members = dict(old.data.members)
        for name, _ in self.live.inner:
            held, there = members.get(name), new.data.members.get(name)
            if held is not None and there is not None and held is not there:
                members[name] = Member(join_alike(held.shape, there.shape), held.presence)
        variables = old.variables
        if variables != new.variables:
            variables = merge_objects(variables, new.variables)
        return Situation(Object(members, old.data.rest), variables, old.origin, old.answers & new.answers)

    def _widened(self, new: Situation) -> bool:
        if self.runs > PATIENCE:
            self._set([UNKNOWN_SITUATION])
            return True
        old = _all_merged(self.found)
        data = widen(old.data, new.data)
        variables = widen(old.variables, new.variables)
        known = variables if isinstance(variables, Object) else ANYTHING
        self._set([Situation(data, known, answers=old.answers & new.answers)])
        return True


def join_alike(one: Shape, other: Shape) -> Shape:
    """One alternative of two that are read alike."""
    return merge(one, other) if isinstance(one, Object) and isinstance(other, Object) else join(one, other)


def merged_to_limit(situations: list[Situation], limit: int = ALTERNATIVES_LIMIT) -> list[Situation]:
    """At most so many: the two that are nearest to each other are merged, of one kind of answers first."""
    left = list({id(one): one for one in situations}.values())
    if len(left) > limit:
        left = list(dict.fromkeys(left))
    while len(left) > limit:
        new = left.pop()
        at = min(range(len(left)), key=lambda index: _distance(left[index], new))
        left[at] = merged(left[at], new)
    return left


def _distance(one: Situation, other: Situation) -> tuple[int, int]:
    return len(one.answers ^ other.answers), distance(one.data, other.data)


def merged(one: Situation, other: Situation) -> Situation:
    variables = one.variables
    if one.variables != other.variables:
        variables = merge_objects(one.variables, other.variables)
    return Situation(join_alike(one.data, other.data), variables, one.origin, one.answers & other.answers)


def _all_merged(situations: list[Situation]) -> Situation:
    first, *others = situations
    for other in others:
        first = merged(first, other)
    return first


def healed(situation: Situation, lacks: Iterable[Lack]) -> Situation:
    """The situation with anything at what it lacks, and what it may lack certainly there."""
    data: Shape = situation.data
    variables: Shape = situation.variables
    for lack in lacks:
        if lack.root == INPUT:
            data = _with(data, lack)
        else:
            variables = _with(variables, replace(lack, keys=(lack.root, *lack.keys)))
    kept = variables if isinstance(variables, Object) else ANYTHING
    return Situation(data, kept, situation.origin, situation.answers)


def _with(shape: Shape, lack: Lack) -> Shape:
    found = follow(shape, lack.keys).lack
    if not found:
        return shape
    if found != NOWHERE:
        return refine(shape, lack.keys, lambda value: value)
    if lack.is_lost:
        return refine(shape, lack.keys[:-1], lambda holder: union(map(_opened, options(holder))))
    made = put(shape, lack.keys, UNKNOWN)
    return UNKNOWN if made.lack else made.shape


def _opened(holder: Shape) -> Shape:
    return Object(holder.members, UNKNOWN) if isinstance(holder, Object) else UNKNOWN

"""The ways in which a state can be entered: few are kept apart, many are merged, endless ones widened."""

from __future__ import annotations

from dataclasses import dataclass, field

from stepmill.check.shapes.join import ALTERNATIVES_LIMIT, covers, distance, join, merge, merge_objects, widen
from stepmill.check.shapes.shape import UNKNOWN, Object, Shape

VISITS_LIMIT, PATIENCE = 14, 60
ANYTHING = Object(rest=UNKNOWN)


@dataclass(frozen=True, slots=True)
class Situation:
    """data: the state's input. variables: those assigned so far. origin: the state that it comes from."""

    data: Shape
    variables: Object = field(default_factory=Object)
    origin: str = field(default="", compare=False)


UNKNOWN_SITUATION = Situation(UNKNOWN, ANYTHING)


@dataclass(slots=True)
class Situations:
    """Those of one state. It grows only so far: beyond 14 changes everything is widened to one."""

    found: list[Situation] = field(default_factory=list)
    changes: int = 0

    def add(self, new: Situation) -> bool:
        """Whether it says anything new."""
        if any(_is_covered(new, old) for old in self.found):
            return False
        self.changes += 1
        if self.changes > VISITS_LIMIT:
            return self._widened(new)
        kept = [old for old in self.found if not _is_covered(old, new)]
        self.found = merged_to_limit([*kept, new])
        return True

    def _widened(self, new: Situation) -> bool:
        if self.changes > PATIENCE:
            self.found = [UNKNOWN_SITUATION]
            return True
        old = _all_merged(self.found)
        data = widen(old.data, new.data)
        variables = widen(old.variables, new.variables)
        self.found = [Situation(data, variables if isinstance(variables, Object) else ANYTHING)]
        return True


def _is_covered(narrow: Situation, wide: Situation) -> bool:
    return covers(wide.data, narrow.data) and covers(wide.variables, narrow.variables)


def merged_to_limit(situations: list[Situation], limit: int = ALTERNATIVES_LIMIT) -> list[Situation]:
    """At most so many: the two that are nearest to each other are merged."""
    left = list(dict.fromkeys(situations))
    while len(left) > limit:
        new = left.pop()
        at = min(range(len(left)), key=lambda index: distance(left[index].data, new.data))
        left[at] = merged(left[at], new)
    return left


def merged(one: Situation, other: Situation) -> Situation:
    same_kind = type(one.data) is type(other.data)
    data = merge(one.data, other.data) if same_kind else join(one.data, other.data)
    variables = one.variables
    if one.variables != other.variables:
        variables = merge_objects(one.variables, other.variables)
    return Situation(data, variables)


def _all_merged(situations: list[Situation]) -> Situation:
    first, *others = situations
    for other in others:
        first = merged(first, other)
    return first

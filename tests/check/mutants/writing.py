"""What a mutant changes of the data that states hand on, and who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tests.check.mutants.mutation import Mutant, Place, at
from tests.check.mutants.subject import Own
from tests.check.mutants.uses import ALL, Keys, Used, is_used, keys_of, used_after, used_inputs, used_of_end

KINDS = (
    *("result path renamed", "member dropped", "member renamed", "text as number", "number as text"),
    "field dropped",
)


@dataclass(frozen=True)
class Writing:
    """keys: where others find it. readers: the keys that are used after it and have to do with these.
    is_another: something else stands there then, not something else below it.
    """

    keys: Keys
    readers: Used
    is_another: bool = False

    @staticmethod
    def of(own: Own, mutant: Mutant) -> Writing | None:
        """None for what is not handed on, but sent, compared or a part of the machine's form."""
        if mutant.kind not in KINDS:
            return None
        definition, state = own.subject.definition, state_of(mutant.place)
        if not state:
            return None
        keys = _written(definition, mutant.kind, mutant.place, state)
        if keys is None:
            return None
        inner = mutant.place[len(state) :]
        holder = at(definition, (*state, *inner[:2]) if inner[0] == "Catch" else state)
        at_end = end_of(definition, state[:-1])
        after = used_after(holder, _inputs(own, state[:-1], at_end), at_end)
        readers = frozenset(other for other in after if is_used(keys, frozenset([other])))
        return Writing(keys, readers, is_another=mutant.kind == "field dropped" and len(inner) == 1)

    @property
    def path(self) -> str:
        return path_of(self.keys)

    @property
    def whole(self) -> str:
        """The path of what holds it, when that is read as it is and it itself never is; else empty.

        Of another thing in its place it itself counts too.
        """
        most = len(self.keys) + self.is_another
        if not self.readers or any(len(keys) >= most for keys in self.readers):
            return ""
        return path_of(min(self.readers, key=len))


def state_of(place: Place) -> Place:
    """The innermost state that the place lies in; the machine itself when there is none."""
    for index in range(len(place) - 1, 0, -1):
        if place[index - 1] == "States":
            return place[: index + 1]
    return ()


def end_of(definition: Any, scope: Place) -> Used:
    """What is used of the output of a scope. scope: the place of its States."""
    if len(scope) == 1:
        return ALL
    if scope[-3] == "Branches":
        return used_of_end(at(definition, scope[:-3]), int(scope[-2]))
    return used_of_end(at(definition, scope[:-2]))


def _written(definition: Any, kind: str, place: Place, state: Place) -> Keys | None:
    if place[-1] == "ResultPath":
        return None if kind == "field dropped" else keys_of(at(definition, place))
    holder = at(definition, state)
    field, *inner = place[len(state) :]
    is_result = holder["Type"] == "Pass" and field in ("Parameters", "Result")
    target = holder.get("ResultPath", "$")
    if not (is_result or field == "ResultSelector") or target is None or "OutputPath" in holder:
        return None
    return (*keys_of(target), *(str(part).removesuffix(".$") for part in inner))


@lru_cache
def _inputs(own: Own, scope: Place, at_end: Used) -> dict[str, Used]:
    """Of the states of a scope."""
    return used_inputs(at(own.subject.definition, scope), at_end)


def path_of(keys: Keys) -> str:
    return ".".join(["$", *map(str, keys)])

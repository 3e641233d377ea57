"""The rules of a Choice: which situations satisfy one, which do not, each with what that says of its data."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

from stepmill.check.flow.comparisons import (
    COMPARISONS,
    OPERATORS,
    TESTS,
    Parts,
    compare,
    divide,
    matches,
    of_kind,
)
from stepmill.check.flow.paths import CONTEXT, INPUT, Path
from stepmill.check.flow.places import only_value, refine, with_value, without
from stepmill.check.flow.questions import Asking, Question
from stepmill.check.flow.reading import NOWHERE, follow
from stepmill.check.flow.scope import Scope, path_of, read, root_of, tell_unwritten
from stepmill.check.flow.situations import Situation, merged_to_limit
from stepmill.check.flow.texts import has_token
from stepmill.check.records import dataclass, field, replace
from stepmill.check.shapes.shape import Never, Object, Shape, String

Split: TypeAlias = tuple[list[Situation], list[Situation]]  # (it holds, it does not)
Halves: TypeAlias = tuple[Situation | None, Situation | None]  # of one situation
View: TypeAlias = Callable[[Situation], Scope]


@dataclass(slots=True)
class Trial:
    """One rule tried on situations. held, failed: pointers of comparisons by what became of them.

    alternatives: those that stand in an Or. absences, defences: IsPresent true and IsPresent false, which
    it does no harm to ask in vain. tested: the paths compared. is_opaque: something could not be judged.
    asking: rules and parts as questions, by their ids. is_recalled: a way had its answer already; is_moot:
    that is why the rule holds on none.
    """

    view: View
    asking: Mapping[int, Asking] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    alternatives: set[str] = field(default_factory=set)
    absences: dict[str, Path] = field(default_factory=dict)
    defences: dict[str, Path] = field(default_factory=dict)
    tested: dict[str, Path] = field(default_factory=dict)
    is_opaque: bool = False
    is_recalled: bool = False
    is_moot: bool = False

    def split(
        self,
        rule: Any,
        situations: list[Situation],
        pointer: str,
        *,
        in_or: bool = False,
        goes_on: tuple[bool, bool] = (False, False),
    ) -> Split:
        """goes_on: whether other parts of the rule are tried on what holds, on what does not: that is few."""
        if not isinstance(rule, dict):
            self.is_opaque = True
            return situations, situations
        if isinstance(rule.get("And"), list) and rule["And"]:
            holds, fails = self._all(rule["And"], situations, f"{pointer}/And", goes_on[0])
            holds, fails = self._answered(rule, holds, fails)
            return holds, merged_to_limit(fails) if goes_on[1] else fails
        if isinstance(rule.get("Or"), list) and rule["Or"]:
            holds, fails = self._any(rule["Or"], situations, f"{pointer}/Or", goes_on[1])
            holds, fails = self._answered(rule, holds, fails)
            return merged_to_limit(holds) if goes_on[0] else holds, fails
        if "Not" in rule:
            holds, fails = self.split(rule["Not"], situations, f"{pointer}/Not", goes_on=goes_on[::-1])
            return fails, holds
        if in_or:
            self.alternatives.add(pointer)
        holds, fails = [], []
        for yes, no in self._compared(rule, situations, pointer) if situations else ():
            holds += [yes] if yes is not None else []
            fails += [no] if no is not None else []
        (self.held if holds else self.failed).add(pointer)
        return self._answered(rule, holds, fails)

    def _answered(self, rule: Mapping[str, Any], holds: list[Situation], fails: list[Situation]) -> Split:
        """Each with its answer; what has had the other answer before does not come this way."""
        asking = self.asking.get(id(rule))
        if asking is None:
            return holds, fails
        sides = []
        for situations, is_true in ((holds, not asking.is_turned), (fails, asking.is_turned)):
            known, other = (asking.question, is_true), (asking.question, not is_true)
            left = [one for one in situations if other not in one.answers]
            self.is_recalled = self.is_recalled or len(left) < len(situations)
            sides.append([with_answers(one, {known}) for one in left])
        return sides[0], sides[1]

    def _all(self, rules: list[Any], situations: list[Situation], pointer: str, goes_on: bool) -> Split:
        fails: list[Situation] = []
        for at, rule in enumerate(rules):
            goes = (goes_on or at < len(rules) - 1, False)
            situations, no = self.split(rule, situations, f"{pointer}/{at}", goes_on=goes)
            fails += no
        return situations, fails

    def _any(self, rules: list[Any], situations: list[Situation], pointer: str, goes_on: bool) -> Split:
        holds: list[Situation] = []
        for at, rule in enumerate(rules):
            goes = (False, goes_on or at < len(rules) - 1)
            yes, situations = self.split(rule, situations, f"{pointer}/{at}", in_or=True, goes_on=goes)
            holds += yes
        return holds, situations

    def _compared(self, rule: Mapping[str, Any], situations: list[Situation], pointer: str) -> list[Halves]:
        """Each situation as it is when the comparison holds, and when it does not."""
        name = next((name for name in rule if name in OPERATORS), None)
        variable = rule.get("Variable")
        scope = self.view(situations[0])
        path = path_of(variable, scope, f"{pointer}/Variable") if isinstance(variable, str) else None
        if name is None or path is None or has_token(path.text):
            self.is_opaque = True
            return [(situation, situation) for situation in situations]
        self.tested[path.text] = path
        if name == "IsPresent":
            return [self._presence(rule[name], path, situation, pointer) for situation in situations]
        if name.endswith("Path"):
            return [self._divided(rule, name, path, situation, pointer) for situation in situations]
        by = _divider(name, rule[name], scope.texts.of_constant(rule[name]))
        known: dict[int, Parts] = {}  # by the ids of values: most situations share one
        found = []
        for situation in situations:
            value = only_value(situation.data, path.keys) if path.root == INPUT and path.keys else None
            if by is None or value is None:
                found.append(self._divided(rule, name, path, situation, pointer))
                continue
            if id(value) not in known:
                known[id(value)] = divide(value, by)
            parts = known[id(value)]
            holds = _with_value(situation, path, value, parts.holds)
            found.append((holds, _with_value(situation, path, value, parts.fails)))
        return found

    def _divided(
        self, rule: Mapping[str, Any], name: str, path: Path, situation: Situation, pointer: str
    ) -> Halves:
        scope = self.view(situation)
        read(path, scope, f"{pointer}/Variable")
        root = root_of(path, scope)
        by = _divider(name, rule[name], self._other(name, rule[name], scope, pointer))
        if by is None or root is None or path.keys is None:
            self.is_opaque = True
            return situation, situation
        value = only_value(root, path.keys)
        if value is not None:
            parts = divide(value, by)
            holds = _with_value(situation, path, value, parts.holds)
            return holds, _with_value(situation, path, value, parts.fails)
        if follow(root, path.keys).lack:
            self.is_opaque = True
            return situation, situation
        return (
            _refined(situation, path, scope, lambda shape: divide(shape, by).holds),
            _refined(situation, path, scope, lambda shape: divide(shape, by).fails),
        )

    def _other(self, name: str, constant: Any, scope: Scope, pointer: str) -> Shape:
        """What the variable is compared with."""
        if name.endswith("Path"):
            path = path_of(constant, scope, f"{pointer}/{name}") if isinstance(constant, str) else None
            return String() if path is None else read(path, scope, f"{pointer}/{name}")
        return scope.texts.of_constant(constant)

    def _presence(self, wanted: Any, path: Path, situation: Situation, pointer: str) -> Halves:
        scope = self.view(situation)
        root = root_of(path, scope)
        if not isinstance(wanted, bool) or path.keys is None:
            self.is_opaque = True
            return situation, situation
        there: Situation | None
        absent: Situation | None
        if root is None:
            there, absent = None, situation
        elif path.root == CONTEXT:
            is_never = follow(root, path.steps).lack == NOWHERE
            there, absent = (None if is_never else situation), situation
        else:
            tell_unwritten(path, root, follow(root, path.keys).shape, scope.report, f"{pointer}/Variable")
            there = _refined(situation, path, scope, lambda shape: shape)
            absent = _changed(situation, path, scope, without)
        (self.absences if wanted else self.defences)[pointer] = path
        return (there, absent) if wanted else (absent, there)


def _divider(name: str, constant: Any, other: Shape) -> Any:
    if name in TESTS:
        return of_kind(name, wanted=constant) if isinstance(constant, bool) else None
    if name == "StringMatches":
        return matches(constant) if isinstance(constant, str) and not has_token(constant) else None
    kind, order = COMPARISONS[name.removesuffix("Path")]
    return compare(kind, order, other)


def _with_value(situation: Situation, path: Path, before: Shape, value: Shape) -> Situation | None:
    """The situation with this value at the path; None when none is left."""
    if isinstance(value, Never):
        return None
    if value is before or path.root == CONTEXT:
        return situation
    keys = path.keys or ()
    if path.root == INPUT:
        return replace(situation, data=with_value(situation.data, keys, value))
    variables = with_value(situation.variables, (path.root, *keys), value)
    return replace(situation, variables=variables) if isinstance(variables, Object) else None


def with_answers(situation: Situation, answers: Collection[tuple[Question, bool]]) -> Situation:
    if situation.answers.issuperset(answers):
        return situation
    return replace(situation, answers=situation.answers.union(answers))


def _refined(
    situation: Situation, path: Path, scope: Scope, change: Callable[[Shape], Shape]
) -> Situation | None:
    """None when nothing is left."""
    return _changed(situation, path, scope, lambda root, keys: refine(root, keys, change))


def _changed(
    situation: Situation,
    path: Path,
    scope: Scope,
    change: Callable[[Shape, tuple[str | int, ...]], Shape],
) -> Situation | None:
    keys = path.keys or ()
    if path.root == INPUT:
        data = change(situation.data, keys)
        return None if isinstance(data, Never) else replace(situation, data=data)
    if path.root == CONTEXT:
        return None if isinstance(change(scope.context, keys), Never) else situation
    variables = change(situation.variables, (path.root, *keys))
    return replace(situation, variables=variables) if isinstance(variables, Object) else None

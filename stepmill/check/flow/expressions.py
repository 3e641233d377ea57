"""JSONata expressions of a state: `{% $states.input.name %}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from stepmill.check.flow.paths import INPUT
from stepmill.check.flow.scope import Lack, Scope
from stepmill.check.flow.texts import has_token
from stepmill.check.rule import WARNING
from stepmill.check.rules.data_flow import (
    PATH_MAYBE_MISSING,
    PATH_MISSING,
    VARIABLE_MISSING,
    VARIABLE_SCOPE,
)
from stepmill.check.rules.intrinsics import INTRINSIC_ARITY, INTRINSIC_UNKNOWN
from stepmill.check.shapes.shape import UNKNOWN, Member, Object, Shape

if TYPE_CHECKING:
    from stepmill.check.flow.jsonata import Asked

_RULES = {
    "missing": PATH_MISSING,
    "left-out": PATH_MISSING,
    "maybe-missing": PATH_MAYBE_MISSING,
    "untested": PATH_MAYBE_MISSING,
    "variable": VARIABLE_MISSING,
    "variable-left-out": VARIABLE_MISSING,
    "function": INTRINSIC_UNKNOWN,
    "arity": INTRINSIC_ARITY,
}


def is_jsonata(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value.strip().startswith("{%") and value.strip().endswith("%}")


def evaluate_jsonata(text: str, scope: Scope, pointer: str, asked: Asked | None = None) -> Shape:
    """What the expression gives; UNKNOWN after a finding, and for one that holds a token.

    asked: collects what a condition asks for.
    """
    from stepmill.check.flow.jsonata import Problem, evaluate  # reads the jsonata package

    body = scope.texts.resolved(text).strip()[2:-2].strip()
    if has_token(body):
        return UNKNOWN

    def tell(problem: Problem) -> None:
        rule = _RULES.get(problem.kind)
        if rule is VARIABLE_MISSING and problem.meant.lstrip("$") in scope.elsewhere:
            rule = VARIABLE_SCOPE
        # Another way leads here too, on which it is there.
        is_harmless = problem.kind == "untested" or (problem.kind.endswith("left-out") and not scope.is_only)
        if rule is PATH_MISSING and problem.meant.startswith("$states.result."):
            keys = tuple(problem.meant.removeprefix("$states.result.").split("."))
            scope.report.made_lacks[Lack(pointer, INPUT, keys)] = None
        if rule is not None:
            scope.report.tell(
                rule,
                pointer,
                f"{problem.message}{scope.report.when}",
                available=problem.available,
                meant=problem.meant,
                severity=WARNING if is_harmless else "",
            )

    if scope.variables.rest is not None:
        return UNKNOWN
    variables = {name: member.shape for name, member in scope.variables.members.items()}
    return evaluate(body, variables, scope.states, tell, scope.assignable, asked)


def narrowed_jsonata(text: str, scope: Scope, *, is_true: bool) -> tuple[Shape, Object]:
    """The input and the variables where the condition gives true, or where it does not."""
    from stepmill.check.flow.jsonata import narrowed, parse  # reads the jsonata package

    body = scope.texts.resolved(text).strip()[2:-2].strip()
    try:
        tree = parse("" if has_token(body) else body)
    except ValueError:
        return scope.data, scope.variables
    known = Object({**scope.variables.members, "states": Member(scope.states)}, scope.variables.rest)
    known = narrowed(tree, known, scope.assignable, is_true=is_true)
    states = known.members["states"].shape
    data = states.members["input"].shape if isinstance(states, Object) else scope.data
    variables = {name: member for name, member in known.members.items() if name != "states"}
    return data, Object(variables, known.rest)

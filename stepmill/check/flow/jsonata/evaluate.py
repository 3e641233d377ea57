"""A walk over a JSONata expression with shapes for values.

Filters, sorting, grouping and functions given as values give what is unknown; what they read is looked at all
the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from stepmill.check.flow.jsonata.asked import Asked
from stepmill.check.flow.jsonata.functions import FUNCTIONS, HIGHER_ORDER, REFUSED, TOLERANT, arity_fault
from stepmill.check.flow.jsonata.guards import narrowed
from stepmill.check.flow.jsonata.parsing import Problem, parse
from stepmill.check.flow.jsonata.steps import NOTHING, Value, is_one, item, items_of, sequence, step
from stepmill.check.flow.jsonata.texts import concatenated, derived
from stepmill.check.records import dataclass, field, replace
from stepmill.check.shapes.shape import (
    UNKNOWN,
    Array,
    Boolean,
    Member,
    Number,
    Object,
    Presence,
    Shape,
    String,
    of_value,
    options,
    union,
)

DEPTH_LIMIT = 60
ARITHMETIC = frozenset(["+", "-", "*", "/", "%"])
COMPARISON = frozenset(["=", "!=", "<", "<=", ">", ">=", "in", "and", "or"])


def evaluate(
    expression: str,
    variables: Mapping[str, Shape],
    states: Shape,
    tell: Callable[[Problem], None],
    assignable: Collection[str] = (),
    asked: Asked | None = None,
) -> Shape:
    """The result of the expression between `{%` and `%}`; UNKNOWN after a problem.

    variables: those assigned before. states: $states, with what is there in this place. assignable: variables
    that some state assigns, though perhaps not on this way. asked: collects what a condition asks for.
    """
    try:
        tree = parse(expression)
    except ValueError as error:
        tell(Problem("syntax", expression, f"is no JSONata ({error}); correct it"))
        return UNKNOWN
    told: list[Problem] = []
    walk = _Walk({**variables, "states": states}, told, frozenset(assignable), asked=asked)
    value = walk.value(tree, Value(UNKNOWN, text="", is_root=True))
    for problem in told:
        tell(problem)
    if told:
        return UNKNOWN
    if value.lack is not None:
        message = f"may give nothing: '{value.lack}' need not be there"
        kind = "untested" if value.is_untested else "maybe-missing"
        tell(Problem(kind, value.lack, message, value.available))
        return value.shape if value.is_untested else UNKNOWN
    return value.shape


@dataclass(slots=True)
class _Walk:
    variables: dict[str, Shape]
    told: list[Problem]
    assignable: frozenset[str] = frozenset()
    depth: int = 0
    local: set[str] = field(default_factory=set)
    builders: int = 0  # arrays, objects and joined texts around what is read
    asked: Asked | None = None

    def value(self, node: Any, here: Value, *, tolerant: bool = False) -> Value:
        """tolerant: that nothing is there is as good an answer."""
        self.depth += 1
        try:
            if node is None or self.depth > DEPTH_LIMIT:
                return Value(UNKNOWN)
            found = self._of(node, here)
            if node.type != "path" and (node.predicate or node.group) and not found.is_nothing:
                found = self._selected(node, found)
        finally:
            self.depth -= 1
        if found.is_nothing and found.lack is not None:
            if not tolerant:
                self._missing(found)
                return Value(UNKNOWN)
            if self.asked is not None:
                self.asked.add_vain(found)
        return found

    def _missing(self, found: Value) -> None:
        if (found.lack or "").removeprefix("$") in self.assignable - self.variables.keys():
            self._tell_variable(found.lack or "", "variable-left-out" if self.builders else "variable")
            return
        kind = "left-out" if self.builders else "missing"
        message = f"'{found.lack}' is not there; what it is used in gets nothing"
        self.told.append(Problem(kind, found.lack or "", message, found.available, found.lack or ""))

    def _tell_variable(self, name: str, kind: str = "variable") -> None:
        known = tuple(sorted(f"${one}" for one in self.variables))
        message = f"variable '{name}' is not there; assign it before, in a state that always comes first"
        self.told.append(Problem(kind, name, message, known, name))

    def _guarded(self, node: Any, condition: Any, here: Value, *, is_true: bool, tolerant: bool) -> Value:
        """What is evaluated only where the condition gives true, or only where it does not."""
        outer = self.variables
        given = Object({name: Member(shape) for name, shape in outer.items()})
        known = narrowed(condition, given, self.assignable, is_true=is_true)
        self.variables = {name: member.shape for name, member in known.members.items()}
        found = self.value(node, here, tolerant=tolerant)
        self.variables = outer
        return found

    def _part(self, node: Any, here: Value) -> Value:
        """Of an array, an object or a text that is put together."""
        self.builders += 1
        found = self.value(node, here)
        self.builders -= 1
        return found

    def _of(self, node: Any, here: Value) -> Value:
        match node.type:
            case "string" | "number" | "value":
                return Value(of_value(node.value)) if _is_json(node.value) else Value(UNKNOWN)
            case "path":
                return self._path(node, here)
            case "variable":
                return self._variable(node, here)
            case "name":
                return step(here, node.value)
            case "condition":
                return self._condition(node, here)
            case "block":
                return self._block(node, here)
            case "bind":
                bound = self.value(node.rhs, here, tolerant=True)
                self.variables[node.lhs.value] = UNKNOWN if bound.is_nothing else bound.shape
                return replace(bound, lack=None)
            case "binary":
                return self._binary(node, here)
            case "unary":
                return self._unary(node, here)
            case "function" | "partial":
                return self._call(node, here)
            case "apply":
                self.value(node.lhs, here)
                return Value(UNKNOWN)
        return Value(UNKNOWN)  # lambda, regex, wildcard, descendant, parent, transform, sort

    def _path(self, node: Any, here: Value) -> Value:
        found = here
        for number, part in enumerate(node.steps):
            if part.type == "variable":
                found = self._variable(part, here, is_function_allowed=len(node.steps) == 1)
            elif part.type == "name" or (part.type == "string" and number):
                found = step(found, part.value)
            elif part.type == "unary" and part.value == "{":
                found = replace(self._built(part, found if number else here), lack=found.lack)
            else:
                found = self._of(part, found) if number == 0 else Value(UNKNOWN)
            if found.text.count(".") == 1 and found.text.startswith("$states.") and found.is_nothing:
                self._missing(found)  # no place for it here, whatever it is used for
                return Value(UNKNOWN)
            if part.stages or part.predicate or part.group or part.focus or part.index:
                found = found if found.is_nothing else self._selected(part, found)
            if self.asked is not None and not found.is_nothing:
                self.asked.add_found(found, node.steps[number + 1 :] if found.shape is UNKNOWN else ())
            if found.is_nothing or found.shape is UNKNOWN:
                break
        return Value(UNKNOWN) if node.group and not found.is_nothing else found

    def _selected(self, part: Any, found: Value) -> Value:
        """`[0]` after a step; other filters give what is unknown."""
        chosen = [*(part.stages or ()), *(part.predicate or ())]
        is_index = len(chosen) == 1 and chosen[0].type == "filter" and chosen[0].expr.type == "number"
        if is_index and not (part.group or part.focus or part.index):
            return item(found, int(chosen[0].expr.value))
        return Value(UNKNOWN)

    def _variable(self, node: Any, here: Value, *, is_function_allowed: bool = True) -> Value:
        name = node.value
        if name in ("", "$"):
            return replace(here, text="$") if not here.is_root else Value(UNKNOWN)
        if name in self.variables:
            return Value(self.variables[name], text=f"${name}")
        if name in self.local or (name in FUNCTIONS and is_function_allowed):
            return Value(UNKNOWN)
        if name in self.assignable:
            return Value(NOTHING, f"${name}", f"${name}")
        self._tell_variable(f"${name}")
        return Value(UNKNOWN)

    def _condition(self, node: Any, here: Value) -> Value:
        self.value(node.condition, here, tolerant=True)
        results = [self._guarded(node.then, node.condition, here, is_true=True, tolerant=True)]
        if node._else is None:
            return Value(UNKNOWN)
        results.append(self._guarded(node._else, node.condition, here, is_true=False, tolerant=True))
        if any(one.is_nothing or one.lack for one in results):
            return Value(UNKNOWN)
        return Value(union(one.shape for one in results))

    def _block(self, node: Any, here: Value) -> Value:
        outer, found = dict(self.variables), Value(NOTHING)
        for expression in node.expressions or ():
            found = self.value(expression, here, tolerant=True)
        self.variables = outer
        return found

    def _binary(self, node: Any, here: Value) -> Value:
        operator = node.value
        is_test = operator in COMPARISON
        if operator == "&":
            return Value(concatenated(*(self._part(side, here).shape for side in (node.lhs, node.rhs))))
        self.value(node.lhs, here, tolerant=is_test)
        if operator in ("and", "or"):
            self._guarded(node.rhs, node.lhs, here, is_true=operator == "and", tolerant=True)
        else:
            self.value(node.rhs, here, tolerant=is_test)
        if operator in ARITHMETIC:
            return Value(Number())
        return Value(Boolean()) if is_test else Value(UNKNOWN)

    def _unary(self, node: Any, here: Value) -> Value:
        if node.value == "{":
            return self._object(node, here)
        if node.value == "[":
            items = [self._part(item, here) for item in node.expressions or ()]
            if any(item.value == ".." for item in node.expressions or ()):
                return Value(Array(Number()))
            if any(not is_one(item) for item in items):
                return Value(Array(UNKNOWN))
            return Value(
                Array(
                    prefix=tuple(item.shape for item in items),
                    items=NOTHING,
                    min_items=len(items),
                    max_items=len(items),
                )
            )
        self.value(node.expression, here)
        return Value(Number()) if node.value == "-" else Value(UNKNOWN)

    def _built(self, node: Any, found: Value) -> Value:
        """`found.{…}`: an object for each item of an array."""
        if not any(isinstance(option, Array) for option in options(found.shape)):
            return self._object(node, replace(found, text="", is_root=False))
        each = union(inner for option in options(found.shape) for inner in items_of(option))
        return Value(sequence([self._object(node, Value(each)).shape]))

    def _object(self, node: Any, here: Value) -> Value:
        members: dict[str, Member] = {}
        is_open = False
        for key, content in node.lhs_object or ():
            value = self._part(content, here)
            if key.type != "string":
                self.value(key, here)
                is_open = True
            elif value.shape is not UNKNOWN or not value.is_nothing:
                absent = Presence.UNTESTED if value.is_untested else Presence.MAYBE
                members[key.value] = Member(value.shape, absent if value.lack else Presence.ALWAYS)
        return Value(Object(members, UNKNOWN if is_open else None))

    def _call(self, node: Any, here: Value) -> Value:
        name = node.procedure.value if node.procedure.type == "variable" else ""
        known = None if name in self.variables else FUNCTIONS.get(name)
        tolerant = name in TOLERANT or known is None
        around = self.asked.functions if self.asked is not None and name in TOLERANT else []
        around.append(name)
        given = [
            self.value(argument, here, tolerant=tolerant).shape
            for number, argument in enumerate(node.arguments or ())
            if argument.type != "lambda" and not (name in HIGHER_ORDER and number)
        ]
        around.pop()
        if name in REFUSED:
            self.told.append(Problem("function", f"${name}", f"'${name}' is refused: {REFUSED[name]}"))
        elif known is not None:
            if fault := arity_fault(name, len(node.arguments or ())):
                self.told.append(Problem("arity", f"${name}", fault))
            gives = known.gives
            return Value(derived(name, given, gives) if isinstance(gives, String) else gives)
        elif name and name not in self.variables and name not in self.local:
            names = tuple(f"${one}" for one in sorted(FUNCTIONS))
            self.told.append(Problem("function", f"${name}", f"'${name}' is no function", names, f"${name}"))
        return Value(UNKNOWN)


def _is_json(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)

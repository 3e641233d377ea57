"""The rules of a Choice state: comparisons of a variable, and And, Or, Not over them."""

import operator
import re
from collections.abc import Callable
from typing import Any

from stepmill.engine import timestamps
from stepmill.engine.errors import RUNTIME, Fault, InvalidDefinition
from stepmill.engine.fields import Fields
from stepmill.engine.paths.jsonpath import NotFound, Path
from stepmill.engine.paths.scope import Scope

Holds = Callable[[Scope], bool]
_Read = Callable[[Any], Any]  # a value as what the operator compares, None when it is of another kind


def _number(value: Any) -> Any:
    return None if isinstance(value, bool) or not isinstance(value, (int, float)) else value


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
_READERS: dict[str, _Read] = {"String": _text, "Numeric": _number, "Timestamp": timestamps.parse}
_KINDS: dict[_Read, str] = {
    _text: "string",
    _number: "number",
    timestamps.parse: "timestamp",
    _boolean: "boolean",
}
_COMPARISONS: dict[str, tuple[_Read, Callable[[Any, Any], bool]]] = {
    f"{kind}{order}": (read, compare) for kind, read in _READERS.items() for order, compare in _ORDERS.items()
} | {"BooleanEquals": (_boolean, operator.eq)}
_TESTS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": lambda value: _number(value) is not None,
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: timestamps.parse(value) is not None,
}
OPERATORS = (*_COMPARISONS, *(f"{name}Path" for name in _COMPARISONS), "StringMatches", "IsPresent", *_TESTS)


def compile_rule(fields: Fields, *, is_top: bool = False) -> Holds:
    """Raises: InvalidDefinition."""
    onward = ("Next",) if is_top else ()
    for name in ("And", "Or", "Not"):
        if name in fields:
            fields.allow(name, *onward, "Comment")
            return _compile_boolean(fields, name)
    operators = [name for name in fields.value if name in OPERATORS]
    fields.allow("Variable", *operators, *onward, "Comment", *(OPERATORS if not operators else ()))
    if len(operators) != 1:
        raise InvalidDefinition(fields.pointer, f"has the operators {operators}; a rule needs exactly one")
    variable = fields.path("Variable")
    if variable is None:
        raise fields.error("Variable", "is missing; give the JSONPath of what is compared")
    return _compile_operator(fields, operators[0], variable)


def _compile_boolean(fields: Fields, name: str) -> Holds:
    if name == "Not":
        inner = compile_rule(Fields(fields.get("Not"), fields.at("Not")))
        return lambda scope: not inner(scope)
    pointer = fields.at(name)
    rules = [
        compile_rule(Fields(value, f"{pointer}/{index}")) for index, value in enumerate(fields.items(name))
    ]
    if name == "And":
        return lambda scope: all(rule(scope) for rule in rules)
    return lambda scope: any(rule(scope) for rule in rules)


def _compile_operator(fields: Fields, name: str, variable: Path) -> Holds:
    if name == "IsPresent":
        wanted = _wanted(fields, name)
        return lambda scope: _is_present(variable, scope) is wanted
    if name in _TESTS:
        wanted, test = _wanted(fields, name), _TESTS[name]
        return lambda scope: test(_look_up(variable, scope)) is wanted
    if name == "StringMatches":
        pattern = _pattern(fields.text(name))
        return lambda scope: _matches(pattern, _look_up(variable, scope))
    if name.endswith("Path"):
        read, compare = _COMPARISONS[name[: -len("Path")]]
        other = fields.path(name) or variable
        return lambda scope: _compare(read, compare, _look_up(variable, scope), _look_up(other, scope))
    read, compare = _COMPARISONS[name]
    constant = fields.get(name)
    if read(constant) is None:
        raise fields.error(name, f"is {constant!r}; a {_KINDS[read]} is needed")
    return lambda scope: _compare(read, compare, _look_up(variable, scope), constant)


def _wanted(fields: Fields, name: str) -> bool:
    value = fields.get(name)
    if not isinstance(value, bool):
        raise fields.error(name, f"is {value!r}; it must be true or false")
    return value


def _look_up(path: Path, scope: Scope) -> Any:
    try:
        return path.find(scope.root_of(path))
    except NotFound:
        reason = "The choice state's condition path references an invalid value."
        raise Fault(RUNTIME, f"Invalid path '{path.text}': {reason}") from None


def _is_present(path: Path, scope: Scope) -> bool:
    try:
        found = path.find(scope.root_of(path))
    except NotFound:
        return False
    return path.keys is not None or found != []


def _compare(read: _Read, compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    """False when either side is of another kind than the operator's."""
    first, second = read(left), read(right)
    return first is not None and second is not None and compare(first, second)


def _pattern(text: str) -> re.Pattern[str]:
    """`*` is any text, `\\*` an asterisk, `\\\\` a backslash."""
    parts = re.findall(r"\\.|\*|[^\\*]+|\\", text, re.DOTALL)
    return re.compile(
        "".join(".*" if part == "*" else re.escape(re.sub(r"^\\(.)", r"\1", part)) for part in parts),
        re.DOTALL,
    )


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None

"""The filters that stand in a pattern's arrays: exact values and `{"prefix": …}` and the like.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import ipaddress
import operator
import re
from collections.abc import Callable
from typing import Any

Test = Callable[[Any], bool]
NUMBER_LIMIT = 5e9
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class InvalidPattern(ValueError):
    """The pattern can not be used; the message says why."""


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def exactly(wanted: Any) -> Test:
    """JSON equality: true is not 1."""
    return lambda value: value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def text_of(name: str, operand: Any) -> str:
    if not isinstance(operand, str):
        raise InvalidPattern(f"{name} match pattern must be a string")
    return operand


def affix(name: str, operand: Any) -> Test:
    """`prefix` and `suffix`, plain or `{"equals-ignore-case": …}`."""
    folds = isinstance(operand, dict)
    if isinstance(operand, dict):
        if list(operand) != ["equals-ignore-case"]:
            raise InvalidPattern(f"{name} match pattern accepts only equals-ignore-case inside")
        operand = operand["equals-ignore-case"]
    wanted = text_of(name, operand)
    wanted = wanted.casefold() if folds else wanted

    def test(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        text = value.casefold() if folds else value
        return text.startswith(wanted) if name == "prefix" else text.endswith(wanted)

    return test


def equals_ignore_case(name: str, operand: Any) -> Test:
    wanted = text_of(name, operand).casefold()
    return lambda value: isinstance(value, str) and value.casefold() == wanted


def wildcard(name: str, operand: Any) -> Test:
    """`*` stands for any characters; `\\*` and `\\\\` for themselves."""
    text = text_of(name, operand)
    pieces: list[str] = []
    for piece in re.findall(r"\\.|\\$|.", text, re.DOTALL):
        if piece == "*":
            if pieces and pieces[-1] == ".*":
                raise InvalidPattern("Consecutive wildcard characters at pos " + str(len(pieces)))
            pieces.append(".*")
        elif piece.startswith("\\"):
            if piece not in ("\\*", "\\\\"):
                raise InvalidPattern("Invalid escape character in wildcard match pattern")
            pieces.append(re.escape(piece[1]))
        else:
            pieces.append(re.escape(piece))
    compiled = re.compile("".join(pieces), re.DOTALL)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def numeric(name: str, operand: Any) -> Test:
    """`["=", 5]`, `[">", 0]` or a range of two comparisons."""
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise InvalidPattern(f'{name} match pattern must be one or two comparisons, e.g. [">", 0, "<=", 5]')
    tests: list[tuple[Callable[[float, float], bool], float]] = []
    for sign, bound in zip(operand[::2], operand[1::2], strict=True):
        if sign not in COMPARISONS:
            raise InvalidPattern(f"Unrecognized numeric range operator: {sign}")
        if not is_number(bound) or abs(bound) > NUMBER_LIMIT:
            raise InvalidPattern(
                f"Value of {sign} must be numeric and within {-NUMBER_LIMIT:.0f} and {NUMBER_LIMIT:.0f}"
            )
        tests.append((COMPARISONS[sign], bound))
    if len(operand) == 4 and not (operand[0].startswith(">") and operand[2].startswith("<")):
        raise InvalidPattern("A numeric range is a lower bound (> or >=) and then an upper bound (< or <=)")
    if len(operand) == 4 and operand[1] >= operand[3]:
        raise InvalidPattern("Bottom must be less than top")
    return lambda value: is_number(value) and all(compare(value, bound) for compare, bound in tests)


def cidr(name: str, operand: Any) -> Test:
    try:
        network = ipaddress.ip_network(text_of(name, operand), strict=False)
    except ValueError as error:
        raise InvalidPattern(f"Malformed CIDR: {operand}") from error

    def test(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return test


def anything_but(name: str, operand: Any) -> Test:
    """Values, a list of values, or one nested filter with one operand or a list of them."""
    if isinstance(operand, dict):
        if len(operand) != 1 or (kind := next(iter(operand))) not in NESTED:
            raise InvalidPattern(f"{name} accepts one of {', '.join(NESTED)} inside")
        inner = operand[kind]
        tests = [NESTED[kind](kind, each) for each in (inner if isinstance(inner, list) else [inner])]
    else:
        values = operand if isinstance(operand, list) else [operand]
        if any(not isinstance(each, str) and not is_number(each) for each in values):
            raise InvalidPattern(f"Inside {name} list, only strings and numbers are allowed")
        tests = [exactly(each) for each in values]
    if not tests:
        raise InvalidPattern("Empty arrays are not allowed")
    return lambda value: not any(test(value) for test in tests)


NESTED: dict[str, Callable[[str, Any], Test]] = {
    "prefix": affix,
    "suffix": affix,
    "equals-ignore-case": equals_ignore_case,
    "wildcard": wildcard,
}
FILTERS: dict[str, Callable[[str, Any], Test]] = {
    **NESTED,
    "anything-but": anything_but,
    "numeric": numeric,
    "cidr": cidr,
}

"""Event patterns: compiled once, asked often.

An array in the event matches when one of its members does; a pattern over an array of objects matches
when one object satisfies all of it.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from stepmill.cloud.service import AwsError
from stepmill.cloud.services.events.filters import FILTERS, InvalidPattern, Test, exactly, is_number

Matcher = Callable[[Any], bool]
SIZE_LIMIT = 4096
# A value of an event that is not there; distinct from null, which is there.
LeafTest = Callable[[list[Any]], bool]


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Matcher:
    """A function from an event to whether it matches.

    Raises: AwsError InvalidEventPatternException that says why.
    """
    try:
        if len(text) > SIZE_LIMIT:
            raise InvalidPattern(f"The pattern has {len(text)} characters; allowed are {SIZE_LIMIT}")
        try:
            pattern = json.loads(text)
        except ValueError as error:
            raise InvalidPattern(f"Unexpected character in the JSON text: {error}") from error
        return compile_object(pattern, "")
    except InvalidPattern as error:
        raise AwsError(
            "InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}"
        ) from error


def compile_object(pattern: Any, where: str) -> Matcher:
    if not isinstance(pattern, dict):
        raise InvalidPattern(
            "Filter is not an object" if not where else f'"{where}" must be an object or an array'
        )
    if not pattern:
        raise InvalidPattern("Empty objects are not allowed")
    tests = [compile_member(key, value) for key, value in pattern.items()]
    return lambda event: isinstance(event, dict) and all(test(event) for test in tests)


def compile_member(key: str, value: Any) -> Matcher:
    if key == "$or" and isinstance(value, list):
        if len(value) < 2:
            raise InvalidPattern("$or must have at least two members")
        choices = [compile_object(each, key) for each in value]
        return lambda event: any(choice(event) for choice in choices)
    if isinstance(value, list):
        leaf = compile_leaf(key, value)
        return lambda event: leaf(leaves(event.get(key, [])))
    inner = compile_object(value, key)

    def test(event: Any) -> bool:
        found = event.get(key)
        return any(inner(each) for each in found) if isinstance(found, list) else inner(found)

    # "exists": false below a member that is absent matches: the leaf is absent too.
    return lambda event: test(event) if key in event else inner({})


def compile_leaf(key: str, choices: list[Any]) -> LeafTest:
    if not choices:
        raise InvalidPattern("Empty arrays are not allowed")
    tests = [compile_choice(key, choice) for choice in choices]
    return lambda values: any(test(values) for test in tests)


def compile_choice(key: str, choice: Any) -> LeafTest:
    if isinstance(choice, dict):
        if len(choice) != 1:
            raise InvalidPattern(f'Only one key allowed in match expression of "{key}"')
        name, operand = next(iter(choice.items()))
        if name == "exists":
            if not isinstance(operand, bool):
                raise InvalidPattern("exists match pattern must be either true or false.")
            return lambda values: bool(values) == operand
        if name not in FILTERS:
            raise InvalidPattern(f"Unrecognized match type {name}")
        return any_of(FILTERS[name](name, operand))
    if choice is None or isinstance(choice, str | bool) or is_number(choice):
        return any_of(exactly(choice))
    raise InvalidPattern(f'Match value of "{key}" must be String, number, true, false, or null')


def any_of(test: Test) -> LeafTest:
    return lambda values: any(test(value) for value in values)


def leaves(value: Any) -> list[Any]:
    """The scalars to compare: the value, or an array's members; an object has none of its own."""
    if isinstance(value, dict):
        return []
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [value]

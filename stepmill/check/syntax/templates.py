"""Texts inside of states: paths and expressions where they are read, and where they are not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stepmill.check.patterns import late_pattern
from stepmill.check.rules.intrinsics import INTRINSIC_UNKNOWN
from stepmill.check.rules.languages import (
    DOLLAR_EXTRA,
    DOLLAR_MISSING,
    JSONATA_OUTSIDE,
    JSONATA_REFERENCE,
    JSONATA_SYNTAX,
    PATH_IN_JSONATA,
)
from stepmill.check.syntax.place import JSONATA, Place, is_expression, is_token, shown
from stepmill.check.syntax.texts import (
    functions_called,
    is_intrinsic_text,
    is_literal_holder,
    is_literal_key,
    is_path_text,
    takes_paths,
    takes_whole_value,
    variable_in,
)

# Fields of a JSONata state in which nothing is evaluated, or whose insides are states of their own.
_NOT_EVALUATED = frozenset(
    {
        "Type",
        "Comment",
        "QueryLanguage",
        "Next",
        "End",
        "Default",
        "Resource",
        "Label",
        "Retry",
        "ItemProcessor",
        "Iterator",
        "Branches",
        "RateControl",
    }
)
_RULE_TEXTS = ("Condition", "Assign", "Output")
_INSIDE = late_pattern(r"\{%.*?\$[A-Za-z].*?%\}", re.DOTALL)
# Fields of JSONata, of a state, a rule or a Catch entry, in which a text is as good as an expression.
_TEXTS_TAKEN = frozenset(["Output", "Assign", "ItemSelector", "Credentials", "Error", "Cause", "Arguments"])
_PLAIN_TEXTS = ("Error", "Cause", "Timestamp")

Parts = tuple[str | int, ...]


def check_texts(place: Place, state: Mapping[str, Any]) -> None:
    """place: of the state; its language decides."""
    is_literal = takes_paths(state.get("Resource"))
    if place.language == JSONATA:
        for parts, value in _evaluated(state):
            _check_jsonata(place, parts, value, is_literal)
        return
    for parts, template in _read(state):
        _check_jsonpath(place, parts, template, is_literal)
    for name in _PLAIN_TEXTS:
        if is_expression(state.get(name)):
            _tell_outside(place, (name,), state[name])


def _evaluated(state: Mapping[str, Any]) -> Iterator[tuple[Parts, Any]]:
    """What JSONata evaluates."""
    for name, value in state.items():
        if name in ("Choices", "Catch"):
            for position, rule in enumerate(value if isinstance(value, list) else ()):
                for key in _RULE_TEXTS:
                    if isinstance(rule, dict) and key in rule:
                        yield (name, position, key), rule[key]
        elif name not in _NOT_EVALUATED:
            yield (name,), value


def _read(state: Mapping[str, Any]) -> Iterator[tuple[Parts, Any]]:
    """JSONPath's payload templates."""
    for name in ("Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials"):
        if name in state:
            yield (name,), state[name]
    for name, inner in (
        ("ItemReader", "Parameters"),
        ("ResultWriter", "Parameters"),
        ("ItemBatcher", "BatchInput"),
    ):
        held = state.get(name)
        if isinstance(held, dict) and inner in held:
            yield (name, inner), held[inner]
    for name in ("Choices", "Catch"):
        rules = state.get(name)
        for position, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict) and "Assign" in rule:
                yield (name, position, "Assign"), rule["Assign"]


def _check_jsonpath(place: Place, parts: Parts, value: Any, is_literal: bool) -> None:
    match value:
        case dict():
            for key, inner in value.items():
                if key.endswith(".$"):
                    _check_dollar(place, (*parts, key), inner)
                else:
                    _check_jsonpath(place, (*parts, key), inner, is_literal or is_literal_holder(key))
        case list():
            for position, inner in enumerate(value):
                _check_jsonpath(place, (*parts, position), inner, is_literal)
        case str() if is_expression(value) and "$" in value:
            _tell_outside(place, parts, value)
        case str() if _is_sent_as_text(place, parts, value, is_literal):
            _tell_dollar_missing(place, parts, value)


def _is_sent_as_text(place: Place, parts: Parts, value: str, is_literal: bool) -> bool:
    """Whether something that would have been read stands where nothing is."""
    if is_intrinsic_text(value):
        return True
    if not value.startswith("$"):
        return False
    key = parts[-1]
    if is_literal or (len(parts) > 1 and isinstance(key, str) and is_literal_key(key)):
        return False
    if value == "$":
        return takes_whole_value(key)
    return is_path_text(value) or _is_variable_text(place, parts, value)


def _is_variable_text(place: Place, parts: Parts, value: str) -> bool:
    """`$name…` of a variable, or in JSONata `$states…` where a text is taken, and nothing around it."""
    name = variable_in(value)
    if name != "states" or place.language != JSONATA:
        return name in place.variables
    return parts[0] in _TEXTS_TAKEN or (len(parts) > 2 and parts[2] in _TEXTS_TAKEN)


def _check_dollar(place: Place, parts: Parts, value: Any) -> None:
    key = str(parts[-1])
    if is_token(value) or (isinstance(value, str) and value.startswith(("$", "States."))):
        _check_functions(place, parts, value)
        return
    if is_expression(value):
        _tell_outside(place, parts, value)
        return
    place.tell(
        DOLLAR_EXTRA,
        f"{key} is {shown(value)}, neither a path nor an intrinsic function; drop the .$ or give one",
        meant=key.removesuffix(".$"),
        available=[key.removesuffix(".$")],
        at=place.at(*parts),
    )


def _check_functions(place: Place, parts: Parts, value: str) -> None:
    """Of a call with tokens in it nothing is read when it is followed; its functions' names are known."""
    if not value.startswith("States.") or "${" not in value:
        return
    from stepmill.check.flow.calls import NAMES

    for name in functions_called(value):
        if name not in NAMES:
            what = f"{parts[-1]} calls {name}, which is no intrinsic function; there are {', '.join(NAMES)}"
            at = place.at(*parts)
            place.tell(INTRINSIC_UNKNOWN, what, available=NAMES, meant=name, is_breaking=False, at=at)
            return


def _tell_dollar_missing(place: Place, parts: Parts, value: str) -> None:
    key = parts[-1]
    if isinstance(key, int):
        what = f"item {key} of {parts[-2]} is the text {shown(value)} itself; paths are not read in arrays, "
        place.tell(DOLLAR_MISSING, f"{what}use States.Array(…) under {parts[-2]}.$", at=place.at(*parts))
        return
    if len(parts) == 1:
        place.tell(
            DOLLAR_MISSING, f"{key} is the text {shown(value)} itself; give an object", at=place.at(key)
        )
        return
    place.tell(
        DOLLAR_MISSING,
        f"{key} is the text {shown(value)} itself; write {key}.$ to have it read",
        available=[f"{key}.$"],
        meant=f"{key}.$",
        at=place.at(*parts),
    )


def _tell_outside(place: Place, parts: Parts, value: str) -> None:
    place.tell(
        JSONATA_OUTSIDE,
        f"{parts[-1]} is the expression {shown(value)}, which JSONPath does not evaluate; "
        "set the state's QueryLanguage to JSONata or give a path",
        at=place.at(*parts),
    )


def _check_jsonata(place: Place, parts: Parts, value: Any, is_literal: bool) -> None:
    match value:
        case dict():
            for key, inner in value.items():
                if key.endswith(".$"):
                    name = key.removesuffix(".$")
                    place.tell(
                        PATH_IN_JSONATA,
                        f"{key} ends in .$, which JSONata does not read; write {name} with a {{% %}} text",
                        meant=name,
                        available=[name],
                        at=place.at(*parts, key),
                    )
                else:
                    _check_jsonata(place, (*parts, key), inner, is_literal or is_literal_holder(key))
        case list():
            for position, inner in enumerate(value):
                _check_jsonata(place, (*parts, position), inner, is_literal)
        case str() if not is_token(value):
            _check_jsonata_text(place, parts, value, is_literal)


def _check_jsonata_text(place: Place, parts: Parts, value: str, is_literal: bool) -> None:
    at, name = place.at(*parts), parts[-1]
    if is_expression(value):
        _check_expression(place, parts, value)
    elif (
        value.startswith("{%")
        or value.endswith("%}")
        or is_expression(value.strip())
        or _INSIDE.search(value)
    ):
        place.tell(
            JSONATA_SYNTAX,
            f"{name} is {shown(value)}, which is not evaluated; "
            "an expression is the whole text, from {% to %}",
            at=at,
        )
    elif _is_sent_as_text(place, parts, value, is_literal):
        meant = "{% $states.input… %} or a function of JSONata"
        if _is_variable_text(place, parts, value):
            meant = f"{{% {value} %}}"
        place.tell(PATH_IN_JSONATA, f"{name} is the text {shown(value)} itself; write {meant}", at=at)


def _check_expression(place: Place, parts: Parts, value: str) -> None:
    from stepmill.check.syntax.expressions import parse

    found = parse(value[2:-2])
    at, name = place.at(*parts), parts[-1]
    if found.error:
        place.tell(JSONATA_SYNTAX, f"{name} {shown(value)}: {found.error}; correct the expression", at=at)
    elif found.references:
        reference = found.references[0]
        meant = f"$states.input.{reference}, or ${reference} for a variable"
        advice = "$states.input" if reference in ("$", "$$") else meant
        place.tell(
            JSONATA_REFERENCE,
            f"{name} {shown(value)} reads {reference!r} from nothing; write {advice}",
            at=at,
        )

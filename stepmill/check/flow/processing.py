"""From a state's input to its output: the fields that every type of state shares.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepmill.check.flow.expressions import evaluate_jsonata, is_jsonata
from stepmill.check.flow.lacking import in_other_items
from stepmill.check.flow.paths import INPUT
from stepmill.check.flow.places import put
from stepmill.check.flow.reading import NOWHERE
from stepmill.check.flow.scope import Scope, path_of, read_text
from stepmill.check.flow.templates import escaped, field_value, render, render_jsonata
from stepmill.check.rule import Rule
from stepmill.check.rules.data_flow import PATH_SYNTAX, PATH_TYPE, RESULT_PATH_CONFLICT, VARIABLE_SCOPE
from stepmill.check.shapes.describe import describe, kind_of
from stepmill.check.shapes.shape import (
    UNKNOWN,
    Member,
    Number,
    Object,
    Shape,
    String,
    Unknown,
    closed,
    options,
)

State = Mapping[str, Any]


def selected(state: State, scope: Scope, pointer: str, field: str = "InputPath") -> Shape:
    """The scope's data after InputPath or OutputPath."""
    if field not in state:
        return scope.data
    path = state[field]
    if path is None:
        return closed()
    return read_text(path, scope, f"{pointer}/{field}") if isinstance(path, str) else UNKNOWN


def effective(state: State, scope: Scope, pointer: str) -> Shape:
    """What a JSONPath state works on. scope: over the data after InputPath."""
    if "Parameters" not in state:
        return scope.data
    return render(state["Parameters"], scope, f"{pointer}/Parameters")


def output(state: State, raw: Shape, result: Shape, scope: Scope, pointer: str) -> Shape:
    """The output of a JSONPath state. raw: its input; result: what it made."""
    if "ResultSelector" in state:
        given = result
        result = render(state["ResultSelector"], scope.over(given), f"{pointer}/ResultSelector")
        if any(in_other_items(given, lack.keys) for lack in scope.report.made_lacks):
            result = (
                UNKNOWN  # its items are taken for each other: what else is read of them is not meant either
            )
    document = placed(state, raw, result, scope, pointer)
    return selected(state, scope.over(document), pointer, "OutputPath")


def placed(state: State, raw: Shape, result: Shape, scope: Scope, pointer: str) -> Shape:
    """The result at its ResultPath in the input; of a state or of one entry of Catch."""
    if "ResultPath" not in state:
        return result
    text, place = state["ResultPath"], f"{pointer}/ResultPath"
    if text is None:
        return raw
    path = path_of(text, scope, place) if isinstance(text, str) else None
    if path is None:
        return UNKNOWN
    if path.root != INPUT or path.keys is None:
        what = f"'{path.text}' does not name one place in the input; write names and indexes after '$'"
        scope.report.tell(PATH_SYNTAX, place, what)
        return UNKNOWN
    made = put(raw, path.keys, _once_inside(raw, path.keys) if result is raw else result)
    if made.lack:
        verb = "is" if made.lack == NOWHERE else "may be"
        what = (
            f"'{path.text}' cannot be written, because what is to hold it {verb} {describe(made.holder)}"
            f"{scope.report.when}; write beside it, or make an object of it before"
        )
        scope.report.tell(RESULT_PATH_CONFLICT, place, what)
        return UNKNOWN
    return made.shape


def _once_inside(data: Shape, keys: tuple[str | int, ...]) -> Shape:
    """Data that is put into itself: nobody knows what it holds there, however often a loop does it again."""
    if not isinstance(data, Object) or not keys or str(keys[0]) not in data.members:
        return data
    inner = data.members[str(keys[0])]
    return Object({**data.members, str(keys[0]): Member(UNKNOWN, inner.presence)}, data.rest)


def assigned(
    holder: State, scope: Scope, pointer: str, outer: frozenset[str], *, is_jsonata: bool = False
) -> Object:
    """The variables after the Assign of a state, rule or Catch entry. outer: names that belong outside."""
    given = holder.get("Assign")
    if not isinstance(given, dict):
        return scope.variables
    place = f"{pointer}/Assign"
    made = (render_jsonata if is_jsonata else render)(given, scope, place)
    for key in given:
        name = str(key).removesuffix(".$")
        if name == "states":
            what = "assigns '$states', which is kept for the state's own data; choose another name"
            scope.report.tell(VARIABLE_SCOPE, f"{place}/{escaped(str(key))}", what)
        elif name in outer:
            what = f"assigns '${name}', which belongs to the states outside; choose another name"
            scope.report.tell(VARIABLE_SCOPE, f"{place}/{escaped(str(key))}", what)
    members = made.members if isinstance(made, Object) else {}
    return Object({**scope.variables.members, **members}, scope.variables.rest)


def states_object(data: Shape, context: Shape, **more: Shape) -> Object:
    """`$states` of JSONata; more: result, errorOutput."""
    return closed(input=data, context=context, **more)


def jsonata_output(holder: State, scope: Scope, pointer: str, otherwise: Shape) -> Shape:
    """Output of a JSONata state, rule or Catch entry."""
    if "Output" not in holder:
        return otherwise
    return render_jsonata(holder["Output"], scope, f"{pointer}/Output")


def check_kind(
    holder: State, field: str, wanted: type[Number] | type[String], scope: Scope, pointer: str
) -> Shape:
    """What a field with a path gives, which must be a number or a text. UNKNOWN when there is none."""
    text = holder.get(field)
    if not isinstance(text, str):
        return UNKNOWN
    place = f"{pointer}/{field}"
    found = field_value(text, scope, place)
    words = "a whole number" if wanted is Number else "a text"
    tell_kind(found, wanted, scope, place, f"'{text}'", words)
    return found


def check_jsonata_kind(
    holder: State, field: str, wanted: type[Number] | type[String], scope: Scope, pointer: str
) -> None:
    """The same of a field with an expression."""
    text = holder.get(field)
    if is_jsonata(text):
        place = f"{pointer}/{field}"
        found = evaluate_jsonata(text, scope, place)
        source = f"'{text if len(text) <= 60 else f'{text[:57]}…'}'"
        tell_kind(found, wanted, scope, place, source, "a number" if wanted is Number else "a text")


def tell_kind(
    found: Shape,
    wanted: type[Shape],
    scope: Scope,
    place: str,
    source: str,
    words: str,
    rule: Rule = PATH_TYPE,
) -> None:
    """A finding when on no account the value is of the kind."""
    kinds = options(found)
    if kinds and not any(isinstance(kind, (wanted, Unknown)) for kind in kinds):
        what = f"{source} gives {kind_of(found)}{scope.report.when}; {words} is needed"
        scope.report.tell(rule, place, what)

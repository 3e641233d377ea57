"""Intrinsic functions over shapes: what a call gives, and what in it must fail.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

from collections.abc import Callable

from stepmill.check.flow.calls import NAMES, PLACEHOLDER, Argument, Call, CallFault, Literal, parse_call
from stepmill.check.flow.functions import FUNCTIONS, ArgumentFault
from stepmill.check.flow.merging import tell_kinds
from stepmill.check.flow.paths import CONTEXT, Path
from stepmill.check.flow.scope import Scope, read
from stepmill.check.flow.texts import has_token, of_pieces
from stepmill.check.rules.intrinsics import INTRINSIC_ARGUMENT
from stepmill.check.shapes.shape import (
    UNKNOWN,
    Boolean,
    Null,
    Number,
    Piece,
    Shape,
    String,
    Union,
    one_piece,
)

# What of the context object changes, and with what: the numbers among it have no pieces to say so.
_VARIES = {("State", "RetryCount"): "retry", ("Map", "Item", "Index"): "item"}
_DIGITS = "0123456789"


def evaluate_text(text: str, scope: Scope, pointer: str) -> Shape:
    """What the call in `text` gives; UNKNOWN after a finding."""
    text = scope.texts.resolved(text)
    try:
        call = parse_call(text)
    except CallFault as fault:
        if not has_token(text):
            scope.report.tell(fault.rule, pointer, str(fault), available=_known(fault), meant=fault.meant)
        return UNKNOWN
    return evaluate(call, scope, pointer)


def _known(fault: CallFault) -> tuple[str, ...]:
    return NAMES if fault.meant else ()


def evaluate(call: Call, scope: Scope, pointer: str) -> Shape:
    def value_of(argument: Argument) -> Shape:
        if isinstance(argument, Literal):
            return scope.texts.of_constant(argument.value)
        if isinstance(argument, Path):
            return read(argument, scope, pointer)
        return evaluate(argument, scope, pointer)

    try:
        if call.name == "Format":
            return _format(call, scope, value_of)
        values = [value_of(argument) for argument in call.arguments]
        if call.name == "JsonMerge":
            tell_kinds(values[0], values[1], scope, pointer)
        return FUNCTIONS[call.name](*values)
    except ArgumentFault as fault:
        scope.report.tell(INTRINSIC_ARGUMENT, pointer, f"gives States.{call.name} {fault}{scope.report.when}")
        return UNKNOWN


def _format(call: Call, scope: Scope, value_of: Callable[[Argument], Shape]) -> Shape:
    template, *arguments = call.arguments
    values = [value_of(argument) for argument in arguments]
    if not isinstance(template, Literal) or not isinstance(template.value, str):
        value_of(template)
        return String()
    waiting = [pieces_of(value, argument) for value, argument in zip(values, arguments, strict=True)]
    pieces: list[str | Piece] = []
    at = 0
    for match in PLACEHOLDER.finditer(template.raw):
        pieces += _texts(template.raw[at : match.start()], scope)
        at = match.end()
        if match[2] and waiting:
            pieces += waiting.pop(0)
        else:
            pieces += (match[1],) if match[1] else _texts(match[0], scope)
    pieces += _texts(template.raw[at:], scope)
    return of_pieces(pieces)


def _texts(text: str, scope: Scope) -> tuple[str | Piece, ...]:
    shape = scope.texts.of_text(text)
    return shape.pieces if isinstance(shape, String) else ()


def pieces_of(shape: Shape, argument: Argument | None = None) -> tuple[str | Piece, ...]:
    """How the value stands in a text; argument: where it was read."""
    if isinstance(argument, Path) and argument.root == CONTEXT:
        varies = _VARIES.get(tuple(str(step) for step in argument.steps))
        if varies is not None:
            return (Piece(frozenset([varies]), 1, None, _DIGITS),)
    match shape:
        case String() if shape.pieces:
            return shape.pieces
        case String():
            return (one_piece(shape),)
        case Number() if shape.values is not None and len(shape.values) == 1:
            (number,) = shape.values
            return (f"{number}",)
        case Number():
            return (Piece(min_length=1),)
        case Boolean() if shape.value is not None:
            return ("true" if shape.value else "false",)
        case Boolean():
            return (Piece(min_length=4, max_length=5),)
        case Null():
            return ("null",)
        case Union():
            return (_any_of([pieces_of(option) for option in shape.options]),)
    return (Piece(),)


def _any_of(ways: list[tuple[str | Piece, ...]]) -> Piece:
    texts = [of_pieces(list(way)) for way in ways]
    longest = [text.max_length for text in texts]
    most = (
        None if None in longest else max((length for length in longest if length is not None), default=None)
    )
    varies = frozenset[str]().union(
        *(piece.varies for way in ways for piece in way if isinstance(piece, Piece))
    )
    held = [frozenset("".join(_held(piece) for piece in way)) for way in ways]
    holds = "".join(sorted(frozenset.intersection(*held)))
    return Piece(varies, min(text.min_length for text in texts), most, holds=holds)


def _held(piece: str | Piece) -> str:
    return piece if isinstance(piece, str) else piece.holds

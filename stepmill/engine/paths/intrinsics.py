"""Calls of intrinsic functions: `States.Format('{}/{}', $.bucket, States.UUID())`."""

import re
from collections.abc import Callable
from typing import Any

from stepmill.engine.errors import INTRINSIC, RUNTIME, Fault
from stepmill.engine.jsontext import dumps

from .functions import FUNCTIONS, FunctionError
from .jsonpath import NotFound, Path, read_path
from .scan import PathSyntax, Scanner, unescape
from .scope import Scope

NESTING_LIMIT = 10
_FUNCTION = re.compile(r"States\.(\w+)\(")

Argument = Callable[[Scope], Any]


class _Miss(Exception):
    """A path among the arguments names nothing."""


def compile_call(text: str) -> Argument:
    """Raises: PathSyntax.

    What it gives raises Fault: States.IntrinsicFailure, or States.Runtime for a path that names nothing.
    """
    scanner = Scanner(text)
    call = _call(scanner, 1)
    scanner.end()

    def evaluate(scope: Scope) -> Any:
        try:
            return call(scope)
        except FunctionError as error:
            raise Fault(INTRINSIC, f"The function '{text}' had the following error: {error}") from None
        except (ValueError, OverflowError, RecursionError) as error:
            raise Fault(INTRINSIC, f"The function '{text}' had the following error: {error}") from None
        except _Miss as miss:
            raise Fault(RUNTIME, f"The function '{text}' had the following error: {miss}") from None

    return evaluate


def _call(scanner: Scanner, depth: int) -> Argument:
    opening = scanner.match(_FUNCTION)
    if opening is None:
        raise scanner.error("a path or a call such as States.Format(…)")
    name = opening[len("States.") : -1]
    if name not in FUNCTIONS:
        raise PathSyntax(
            f"{scanner.text!r}: States.{name} is not an intrinsic function; there are {_names()}"
        )
    if depth > NESTING_LIMIT:
        raise PathSyntax(f"{scanner.text!r}: calls are nested more than {NESTING_LIMIT} deep")
    arguments = _arguments(scanner, depth, keeps_escapes=name == "Format")
    function, fewest, most = FUNCTIONS[name]
    if len(arguments) < fewest or (most is not None and len(arguments) > most):
        allowed = f"{fewest}" if most == fewest else f"{fewest} to {most or 'any number of'}"
        raise PathSyntax(
            f"{scanner.text!r}: States.{name} has {len(arguments)} arguments; it takes {allowed}"
        )
    return lambda scope: function(*[argument(scope) for argument in arguments])


def _names() -> str:
    return ", ".join(f"States.{name}" for name in FUNCTIONS)


def _arguments(scanner: Scanner, depth: int, *, keeps_escapes: bool) -> list[Argument]:
    arguments: list[Argument] = []
    scanner.skip_space()
    while not scanner.take(")"):
        if arguments:
            scanner.need(",")
            scanner.skip_space()
        arguments.append(_argument(scanner, depth, keeps_escapes=keeps_escapes and not arguments))
        scanner.skip_space()
    return arguments


def _argument(scanner: Scanner, depth: int, *, keeps_escapes: bool) -> Argument:
    if scanner.is_next("$"):
        return _looked_up(read_path(scanner))
    if scanner.is_next("'"):
        body = scanner.quoted() or ""
        return _constant(body if keeps_escapes else unescape(body))
    for word, value in (("true", True), ("false", False), ("null", None)):
        if scanner.take(word):
            return _constant(value)
    number = scanner.number()
    return _call(scanner, depth + 1) if number is None else _constant(number)


def _constant(value: Any) -> Argument:
    return lambda _scope: value


def _looked_up(path: Path) -> Argument:
    def evaluate(scope: Scope) -> Any:
        root = scope.root_of(path)
        try:
            return path.find(root)
        except NotFound:
            place = f"for the field '{path.text}' could not be found in the input '{dumps(root)}'"
            raise _Miss(f"The JsonPath argument {place}") from None

    return evaluate

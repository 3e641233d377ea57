"""What a Lambda function takes and returns, read from its handler's type hints. No code is run.

A TypedDict or dataclass of the same file is an object; what is imported from elsewhere, or too clever, is
unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from stepmill.check.shapes.shape import (
    NULL,
    UNKNOWN,
    Array,
    Boolean,
    Member,
    Number,
    Object,
    Presence,
    Shape,
    String,
    closed,
    of_value,
    union,
)
from stepmill.check.subject import Contract

LIMIT_BYTES = 1024 * 1024
DEPTH_LIMIT = 12
SCALARS: Mapping[str, Shape] = {
    "str": String(),
    "bool": Boolean(),
    "int": Number(is_integer=True),
    "float": Number(),
    "None": NULL,
    "dict": Object(rest=UNKNOWN),
    "list": Array(UNKNOWN),
    "Mapping": Object(rest=UNKNOWN),
    "Sequence": Array(UNKNOWN),
}
MAPPINGS = ("dict", "Mapping", "MutableMapping")
SEQUENCES = ("list", "Sequence", "tuple", "set", "frozenset")


def contract_of(file: Path, function: str = "handler") -> Contract | None:
    """The contract of `def handler(event: X, context) -> Y`; None when there is no such function to read."""
    try:
        return None if file.stat().st_size > LIMIT_BYTES else _contract(file.read_bytes(), function)
    except OSError:
        return None


@lru_cache(maxsize=256)
def _contract(code: bytes, function: str) -> Contract | None:
    try:
        module = ast.parse(code)
    except (SyntaxError, ValueError):
        return None
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function:
            taken = node.args.posonlyargs + node.args.args
            hint = taken[0].annotation if taken else None
            return Contract(_Hints(classes).shape(hint), _Hints(classes).shape(node.returns))
    return None


class _Hints:
    """Type hints of one file, as shapes."""

    def __init__(self, classes: Mapping[str, ast.ClassDef]) -> None:
        self._classes = classes
        self._depth = 0

    def shape(self, hint: ast.expr | None) -> Shape:
        self._depth += 1
        try:
            return UNKNOWN if hint is None or self._depth > DEPTH_LIMIT else self._of(hint)
        finally:
            self._depth -= 1

    def _of(self, hint: ast.expr) -> Shape:
        match hint:
            case ast.Constant(value=None):
                return NULL
            case ast.Constant(value=str() as text):
                return self._of_text(text)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return union([self.shape(left), self.shape(right)])
            case ast.Subscript(value=value, slice=inner):
                return self._generic(_name(value), inner)
        name = _name(hint)
        if name in self._classes:
            return self._members(self._classes[name])
        return SCALARS.get(name, UNKNOWN)

    def _of_text(self, text: str) -> Shape:
        try:
            return self.shape(ast.parse(text, mode="eval").body)
        except SyntaxError:
            return UNKNOWN

    def _generic(self, name: str, inner: ast.expr) -> Shape:
        parts = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
        if name in MAPPINGS and len(parts) == 2:
            return Object(rest=self.shape(parts[1]))
        if name in SEQUENCES:
            return Array(self.shape(parts[0]))
        if name == "Optional":
            return union([self.shape(parts[0]), NULL])
        if name == "Union":
            return union([self.shape(part) for part in parts])
        if name == "Literal" and all(isinstance(part, ast.Constant) for part in parts):
            values = [part.value for part in parts if isinstance(part, ast.Constant)]
            known = [value for value in values if value is None or isinstance(value, str | int | float)]
            return union([of_value(value) for value in known]) if len(known) == len(values) else UNKNOWN
        if name in ("NotRequired", "Required", "ReadOnly", "Annotated", "Final"):
            return self.shape(parts[0])
        return UNKNOWN

    def _members(self, node: ast.ClassDef) -> Shape:
        """A TypedDict is closed, with what it inherits; other classes but dataclasses are unknown."""
        bases = [_name(base) for base in node.bases]
        is_total = not any(
            word.arg == "total" and isinstance(word.value, ast.Constant) and word.value.value is False
            for word in node.keywords
        )
        is_dataclass = any("dataclass" in _name(mark) for mark in node.decorator_list)
        members: dict[str, Member] = {}
        for base in bases:
            if base in self._classes:
                inherited = self.shape(ast.Name(base))
                if not isinstance(inherited, Object):
                    return UNKNOWN
                members |= inherited.members
            elif base not in ("TypedDict", "object"):
                return UNKNOWN
        if not is_dataclass and not members and "TypedDict" not in bases:
            return UNKNOWN
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                is_optional = _marker(item.annotation) == "NotRequired" or (
                    not is_total and _marker(item.annotation) != "Required"
                )
                presence = Presence.MAYBE if is_optional else Presence.ALWAYS
                members[item.target.id] = Member(self.shape(item.annotation), presence)
        return Object(members) if members else closed()


def _marker(hint: ast.expr) -> str:
    return _name(hint.value) if isinstance(hint, ast.Subscript) else ""


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return _name(function)
        case ast.Constant(value=None):
            return "None"
    return ""

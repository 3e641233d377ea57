"""What a JSONata condition leaves to be told of the paths that it names.

A path that a condition asks about is no surprise when it is not there: it counts as likely on both ways out.
Only `$exists` says more: where it is false, the path is absent.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from stepmill.check.flow.places import without
from stepmill.check.shapes.shape import (
    UNKNOWN,
    Array,
    Member,
    Never,
    Object,
    Presence,
    Shape,
    Unknown,
    options,
    union,
)

Keys = tuple[str, ...]  # from the variable on: ("states", "input", "order")
_CHILDREN = (
    *("arguments", "lhs", "rhs", "expression", "expressions", "steps", "stages", "predicate", "expr"),
    *("condition", "then", "_else", "lhs_object"),
)
_OF_ALL_MEMBERS = frozenset(["keys", "lookup", "each", "sift", "spread"])


def narrowed(condition: Any, known: Object, assignable: Container[str], *, is_true: bool) -> Object:
    """The variables, `states` among them, where the condition gives true, or where it does not.

    condition: a node of JSONata's tree. assignable: variables that are there on some way, if not on this one.
    """
    waiting = [(condition, is_true)]
    while waiting:
        node, is_wanted = waiting.pop()
        inner, is_turned = inside(node)
        is_wanted = is_wanted is not is_turned
        if inner.type == "binary" and inner.value == ("and" if is_wanted else "or"):
            waiting += [(inner.rhs, is_wanted), (inner.lhs, is_wanted)]
        elif _called(inner) == "exists" and not is_wanted:
            known = _without(known, inner.arguments)
        else:
            known = _asked(inner, known, assignable)
    return known


def _without(known: Object, arguments: Any) -> Object:
    """What is certainly there stays: a machine may check what it has been promised."""
    keys = keys_of(arguments[0]) if len(arguments) == 1 else None
    left = without(known, keys) if keys else known
    return left if isinstance(left, Object) else known


def _asked(tree: Any, known: Object, assignable: Container[str]) -> Object:
    for keys, is_open in _named(tree):
        if keys[0] in known.members or keys[0] in assignable:
            changed = _loosened(known, keys, is_open=is_open)
            known = changed if isinstance(changed, Object) else known
    return known


def inside(node: Any) -> tuple[Any, bool]:
    """Without the parentheses, $boolean and $not around it; whether it is turned to its opposite."""
    is_turned = False
    while True:
        if node.type == "block" and len(node.expressions or ()) == 1:
            node = node.expressions[0]
        elif _called(node) in ("boolean", "not") and len(node.arguments or ()) == 1:
            is_turned = is_turned is not (_called(node) == "not")
            node = node.arguments[0]
        else:
            return node, is_turned


def _called(node: Any) -> str:
    """The name of the function that is called; "" for all that is no such call."""
    is_call = node.type == "function" and node.procedure.type == "variable"
    return str(node.procedure.value) if is_call else ""


def keys_of(node: Any) -> Keys | None:
    """The names from the variable on, as far as there are names; None for what begins with none."""
    first, *others = node.steps if node.type == "path" else [node]
    if first.type != "variable" or first.value in ("", "$"):
        return None
    keys = [first.value]
    for part in others:
        if part.type != "name":
            break
        keys.append(part.value)
    return tuple(keys)


def _named(tree: Any) -> Iterator[tuple[Keys, bool]]:
    """Every path in the tree, and whether all the members there are asked about."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list | tuple):
            waiting += node
        if not hasattr(node, "type"):
            continue
        if node.type in ("path", "variable"):
            keys = keys_of(node)
            if keys:
                yield keys, False
        if _called(node) in _OF_ALL_MEMBERS and node.arguments:
            keys = keys_of(node.arguments[0])
            last = node.arguments[-1]
            if keys and _called(node) == "lookup" and last.type == "string":
                yield (*keys, last.value), False
            elif keys:
                yield keys, True
        waiting += [child for name in _CHILDREN if (child := getattr(node, name, None))]


def _loosened(shape: Shape, keys: Keys, *, is_open: bool) -> Shape:
    """The shape with what the keys name likely there: as it is where it is known, else anything."""
    if not keys:
        return union(_opened(option) for option in options(shape)) if is_open else shape
    return union(_loosened_in(option, keys[0], keys[1:], is_open=is_open) for option in options(shape))


def _loosened_in(option: Shape, key: str, rest: Keys, *, is_open: bool) -> Shape:
    match option:
        case Unknown():
            return option
        case Object():
            held = option.members.get(key)
            if held is None and option.rest is not None:
                return option
            if held is None or isinstance(held.shape, Never):
                return Object({**option.members, key: Member(UNKNOWN, Presence.LIKELY)}, option.rest)
            inner = _loosened(held.shape, rest, is_open=is_open)
            if inner is held.shape and held.presence is _at_least_likely(held):
                return option
            return Object({**option.members, key: Member(inner, _at_least_likely(held))}, option.rest)
        case Array():
            keys = (key, *rest)
            prefix = tuple(_loosened(item, keys, is_open=is_open) for item in option.prefix)
            items = _loosened(option.items, keys, is_open=is_open)
            return Array(items, prefix, option.min_items, option.max_items)
    return UNKNOWN


def _opened(option: Shape) -> Shape:
    """An object that may have any other member too."""
    if not isinstance(option, Object):
        return option
    members = {
        name: Member(member.shape, _at_least_likely(member))
        for name, member in option.members.items()
        if not isinstance(member.shape, Never)
    }
    return Object(members, UNKNOWN)


def _at_least_likely(member: Member) -> Presence:
    is_asked = member.presence in (Presence.MAYBE, Presence.UNTESTED)
    return Presence.LIKELY if is_asked else member.presence

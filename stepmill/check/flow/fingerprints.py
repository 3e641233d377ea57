"""Whether two ways into a state differ in anything that will be read: by a fingerprint of what is read."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from stepmill.check.flow.liveness import Keys, Live
from stepmill.check.shapes.shape import Array, Object, Shape, String, Union

DEPTH_LIMIT = 10


class Tree:
    """Live keys as a tree. is_whole: everything from here on is read. inner: by the names and indexes."""

    __slots__ = ("inner", "is_whole")

    def __init__(self, live: Live) -> None:
        self.is_whole = () in live
        below: dict[str | int, set[Keys]] = {}
        for keys in live:
            if keys:
                below.setdefault(keys[0], set()).add(keys[1:])
        self.inner = [(str(head), tree_of(frozenset(below[head]))) for head in sorted(below, key=str)]


@lru_cache(maxsize=4096)
def tree_of(live: Live) -> Tree:
    """The same keys have the same tree: states in a row read much the same."""
    return Tree(live)


class Fingerprints:
    """names: the members that some path of the machine names; others are not told apart."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self._profiles: dict[tuple[int, int], Hashable] = {}
        self._signatures: dict[int, Hashable] = {}
        self._kept: list[object] = []  # an id means the same only while its owner lives

    def profile(self, shape: Shape, tree: Tree) -> Hashable:
        """What can be read of the shape along the tree: presence and kind, not values."""
        if tree.is_whole:
            return self.signature(shape)
        if not isinstance(shape, (Object, Array, Union)):
            return type(shape).__name__
        key = (id(shape), id(tree))
        if key not in self._profiles:
            self._kept += [shape, tree]
            self._profiles[key] = hash(self._profile(shape, tree))
        return self._profiles[key]

    def _profile(self, shape: Object | Array | Union, tree: Tree) -> Hashable:
        match shape:
            case Union():
                return _either({self.profile(option, tree) for option in shape.options})
            case Object():
                members = [(shape.members.get(name), inner) for name, inner in tree.inner]
                read = [held and (held.presence, self.profile(held.shape, inner)) for held, inner in members]
                return ("object", shape.rest is None, *read)
            case Array():
                parts = [self.profile(item, inner) for _, inner in tree.inner for item in shape.prefix]
                rest = [self.profile(shape.items, inner) for _, inner in tree.inner]
                return ("array", len(shape.prefix), shape.max_items, *parts, *rest)

    def signature(self, shape: Shape, depth: int = 0) -> Hashable:
        """The form of the shape all the way down, without its values."""
        if not isinstance(shape, (Object, Array, Union)):
            if isinstance(shape, String) and shape.parsed is not None:
                return ("json", self.signature(shape.parsed, depth + 1))
            return type(shape).__name__
        if depth > DEPTH_LIMIT:
            return "deep"
        key = id(shape)
        if key not in self._signatures:
            self._kept.append(shape)
            self._signatures[key] = hash(self._signature(shape, depth))
        return self._signatures[key]

    def _signature(self, shape: Object | Array | Union, depth: int) -> Hashable:
        match shape:
            case Union():
                return _either({self.signature(option, depth + 1) for option in shape.options})
            case Object():
                named = [
                    (name, member.presence, self.signature(member.shape, depth + 1))
                    for name, member in shape.members.items()
                    if name in self.names
                ]
                rest = None if shape.rest is None else self.signature(shape.rest, depth + 1)
                return ("object", frozenset(named), rest)
            case Array():
                items = [self.signature(item, depth + 1) for item in (*shape.prefix, shape.items)]
                return ("array", shape.max_items, *items)


def _either(forms: set[Hashable]) -> Hashable:
    """Alternatives of one form are no alternatives."""
    return next(iter(forms)) if len(forms) == 1 else frozenset(forms)

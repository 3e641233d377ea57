"""Objects that are merged: whether a member is of the same kind on both sides."""

from __future__ import annotations

from stepmill.check.flow.scope import Scope
from stepmill.check.rules.intrinsics import MERGE_KINDS_DIFFER
from stepmill.check.shapes.describe import describe
from stepmill.check.shapes.join import merge_objects
from stepmill.check.shapes.shape import Null, Object, Presence, Shape, Unknown, options


def tell_kinds(first: Shape, second: Shape, scope: Scope, pointer: str) -> None:
    for name, default, given in _differing(first, second):
        what = (
            f"merges {name!r} from {describe(default)} here and, when it is given, {describe(given)} there; "
            "make both of one kind"
        )
        scope.report.tell(MERGE_KINDS_DIFFER, pointer, f"{what}{scope.report.when}")


def _differing(first: Shape, second: Shape) -> list[tuple[str, Shape, Shape]]:
    """Members that a merge may take from either side, of one kind here and of another there."""
    one, other = _one_object(first), _one_object(second)
    return [
        (name, member.shape, other.members[name].shape)
        for name, member in one.members.items()
        if name in other.members and other.members[name].presence is not Presence.ALWAYS
        if not _may_be_alike(member.shape, other.members[name].shape)
    ]


def _one_object(shape: Shape) -> Object:
    found = Object()
    for number, option in enumerate(options(shape)):
        if isinstance(option, Object):
            found = merge_objects(found, option) if number else option
    return found


def _may_be_alike(one: Shape, other: Shape) -> bool:
    """null counts as no value."""
    kinds = [{type(option) for option in options(side)} for side in (one, other)]
    if any(not kind or Unknown in kind for kind in kinds):
        return True
    kinds = [kind - {Null} for kind in kinds]
    return not all(kinds) or bool(kinds[0] & kinds[1])

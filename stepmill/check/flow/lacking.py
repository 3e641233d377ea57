"""What is said of a place where a path finds nothing."""

from __future__ import annotations

from stepmill.check.flow.reading import NOWHERE, Reading, follow
from stepmill.check.likeness import close_matches
from stepmill.check.shapes.describe import kind_of
from stepmill.check.shapes.shape import UNKNOWN, Array, Object, Presence, Shape, options

NEAR_NAME = 0.65


def spelled_alike(key: str | int, holder: Shape) -> list[str]:
    """The member that is nearest to the key, if one is near."""
    names = [name for option in options(holder) if isinstance(option, Object) for name in option.members]
    return close_matches(str(key), names, cutoff=NEAR_NAME)


def wrappings(reading: Reading) -> list[str]:
    """The members in which a service puts what another machine or function gave, when that is not known."""
    if reading.lack != NOWHERE or not isinstance(reading.holder, Object):
        return []
    held = {name: reading.holder.members.get(name) for name in ("Output", "Payload")}
    sure = Presence.ALWAYS
    return [name for name, one in held.items() if one and one.presence is sure and one.shape == UNKNOWN]


def in_other_items(root: Shape, keys: tuple[str | int, ...] | None) -> list[tuple[str | int, ...]]:
    """The same keys in other items than the first of them names, where they find something for certain:
    branches of a Parallel are easily taken for each other.
    """
    if not keys or not isinstance(keys[0], int) or len(keys) < 2 or not isinstance(root, Array):
        return []
    places = [(at, *keys[1:]) for at in range(len(root.prefix)) if at != keys[0]]
    return [place for place in places if not follow(root, place).lack and follow(root, keys).lack == NOWHERE]


def lacks_text(place: str, key: str | int, holder: Shape) -> str:
    wanted = "an object" if isinstance(key, str) else "an array"
    if any(kind_of(option) == wanted for option in options(holder)):
        return f"'{place}' has no {f'member {key!r}' if isinstance(key, str) else f'item {key}'}"
    return f"'{place}' is {kind_of(holder)}, not {wanted}"


def may_lack_text(place: str, key: str | int, holder: Shape) -> str:
    wanted = "an object" if isinstance(key, str) else "an array"
    others = [kind_of(option) for option in options(holder)]
    known = dict.fromkeys(kind for kind in others if kind != wanted)
    if known:
        return f"'{place}' may be {' or '.join(known)}"
    return f"'{place}' need not have {f'the member {key!r}' if isinstance(key, str) else f'item {key}'}"

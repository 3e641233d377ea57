"""The light dataclasses behave as the standard's do, in what they share."""

import dataclasses
from collections.abc import Callable
from functools import cached_property
from typing import Any

import pytest

from stepmill.check import records

KINDS: dict[str, Any] = {"standard": dataclasses, "light": records}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def point_of(kind: Any) -> Callable[..., Any]:
    class Point:
        x: int
        label: str = kind.field(default="here", compare=False)
        seen: list[int] = kind.field(default_factory=list, repr=False)

    Point.__qualname__ = "Point"
    return kind.dataclass(frozen=True)(Point)  # type: ignore[no-any-return]


@every_kind
def test_fills_in_what_is_not_given(kind: Any) -> None:
    point = point_of(kind)(3)
    assert (point.x, point.label, point.seen) == (3, "here", [])


@every_kind
def test_makes_a_list_for_each_value(kind: Any) -> None:
    make = point_of(kind)
    make(1).seen.append(2)
    assert make(1).seen == []


@every_kind
@pytest.mark.parametrize("given", [{}, {"x": 1, "y": 2}], ids=["too few", "unknown"])
def test_refuses_what_does_not_fit_its_fields(kind: Any, given: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        point_of(kind)(**given)


@every_kind
def test_is_equal_when_all_fields_but_those_left_out_are(kind: Any) -> None:
    make = point_of(kind)
    assert make(3, "here") == make(3, "there")
    assert make(3) != make(4)
    assert make(3) != point_of(kind)(3)


@every_kind
def test_has_no_equal_when_equality_is_off(kind: Any) -> None:
    class Bag:
        x: int

    make: Callable[[int], Any] = kind.dataclass(eq=False)(Bag)
    assert make(1) != make(1)
    assert len({make(1), make(1)}) == 2


@every_kind
def test_equal_frozen_values_are_one_in_a_set(kind: Any) -> None:
    class Name:
        text: str

    make = kind.dataclass(frozen=True, slots=True)(Name)
    assert len({make("a"), make("a"), make("b")}) == 2


@every_kind
def test_values_that_change_are_in_no_set(kind: Any) -> None:
    class Bag:
        x: int

    with pytest.raises(TypeError, match="unhashable"):
        hash(kind.dataclass()(Bag)(1))


@every_kind
def test_keeps_the_hash_that_a_class_has_itself(kind: Any) -> None:
    class Name:
        text: str

        def __hash__(self) -> int:
            return 7

    assert hash(kind.dataclass(frozen=True)(Name)("a")) == 7


@every_kind
def test_values_without_fields_are_equal_by_their_class(kind: Any) -> None:
    class Null:
        pass

    class Never:
        pass

    null, never = (kind.dataclass(frozen=True, slots=True)(one) for one in (Null, Never))
    assert null() == null()
    assert null() != never()
    assert len({null(), null(), never()}) == 2


@every_kind
def test_orders_by_its_fields_in_turn(kind: Any) -> None:
    class Need:
        action: str
        resource: str

    make = kind.dataclass(frozen=True, order=True)(Need)
    needs = [make("b", "1"), make("a", "2"), make("a", "1")]
    assert sorted(needs) == [make("a", "1"), make("a", "2"), make("b", "1")]


@every_kind
def test_replaces_some_fields_and_keeps_the_others(kind: Any) -> None:
    class Text:
        text: str
        length: int = 0

    make = kind.dataclass(frozen=True)(Text)
    other = kind.replace(make("a", 1), text="b")
    assert (other.text, other.length) == ("b", 1)


@every_kind
def test_what_is_worked_out_of_a_value_does_not_go_along_to_another(kind: Any) -> None:
    class Text:
        text: str

        @cached_property
        def length(self) -> int:
            return len(self.text)

    make = kind.dataclass(frozen=True)(Text)
    made = make("a")
    assert (made.length, hash(made)) == (1, hash(make("a")))
    other = kind.replace(made, text="ab")
    assert (other.length, hash(other)) == (2, hash(make("ab")))


@every_kind
def test_shows_its_fields(kind: Any) -> None:
    assert repr(point_of(kind)(3)) == "Point(x=3, label='here')"


@every_kind
def test_matches_by_position(kind: Any) -> None:
    class Pair:
        left: int
        right: int

    match kind.dataclass(frozen=True)(Pair)(1, 2):
        case object(left=left, right=right):
            assert (left, right) == (1, 2)
    assert Pair.__match_args__ == ("left", "right")  # type: ignore[attr-defined]

"""Joining keeps few alternatives apart, merges many, and a loop that widens comes to rest."""

from stepmill.check.shapes.covering import covers, widen
from stepmill.check.shapes.join import ALTERNATIVES_LIMIT, VALUES_LIMIT, join, merge
from stepmill.check.shapes.shape import (
    NEVER,
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
    options,
    union,
)


def test_texts_with_known_values_become_one_text_with_all_of_them() -> None:
    assert join(of_value("a"), of_value("bcd")) == String(frozenset({"a", "bcd"}), 1, 3)


def test_more_values_than_the_limit_leave_a_text_of_known_length() -> None:
    many = join(*(of_value(f"v{number:02}") for number in range(VALUES_LIMIT + 1)))
    assert many == String(None, 3, 3)


def test_numbers_beyond_the_limit_keep_their_bounds() -> None:
    many = join(*(of_value(number) for number in range(VALUES_LIMIT + 1)))
    assert many == Number(None, 0, VALUES_LIMIT, is_integer=True)


def test_kinds_stand_side_by_side() -> None:
    assert join(NULL, of_value(True), of_value(False), NEVER) == union((NULL, Boolean()))


def test_anything_joined_with_unknown_is_unknown() -> None:
    assert join(closed(a=NULL), UNKNOWN) == UNKNOWN


def test_objects_stand_side_by_side_up_to_the_limit() -> None:
    shapes = [closed(**{f"m{number}": NULL}) for number in range(ALTERNATIVES_LIMIT)]
    assert options(join(*shapes)) == tuple(shapes)
    assert len(options(join(*shapes, closed(one_more=NULL)))) == ALTERNATIVES_LIMIT


def test_a_member_of_only_one_merged_object_is_likely() -> None:
    merged = merge(closed(a=of_value(1), b=NULL), closed(a=of_value(2)))
    assert merged == Object(
        {
            "a": Member(Number(frozenset({1, 2}), 1, 2, is_integer=True)),
            "b": Member(NULL, Presence.LIKELY),
        }
    )


def test_arrays_of_equal_length_are_joined_item_by_item() -> None:
    assert join(of_value([1, "a"]), of_value([1, None])) == Array(
        NEVER, (of_value(1), union((of_value("a"), NULL))), 2, 2
    )


def test_arrays_of_other_lengths_become_an_array_of_any_of_their_items() -> None:
    assert join(of_value([]), of_value(["a"])) == Array(of_value("a"), (), 0, 1)


def test_a_wider_number_covers_a_known_one_but_unknown_covers_nothing_known() -> None:
    assert covers(Number(is_integer=True), of_value(3))
    assert not covers(Number(is_integer=True), of_value(3.5))
    assert not covers(UNKNOWN, of_value(3))


def test_an_object_covers_only_objects_of_the_same_members() -> None:
    assert covers(closed(a=String()), closed(a=of_value("x")))
    assert not covers(closed(a=String()), closed(a=of_value("x"), b=NULL))
    assert not covers(closed(a=String(), b=NULL), closed(a=of_value("x")))


def test_widening_comes_to_rest_when_an_object_nests_itself_for_ever() -> None:
    shape: Shape = closed(history=NULL, made=of_value(0))
    for step in range(40):
        nested = closed(history=shape, made=of_value(step))
        wider = widen(shape, nested)
        if wider == shape:
            break
        shape = wider
    assert shape == closed(history=UNKNOWN, made=Number(is_integer=True))


def test_a_widened_object_opens_when_the_new_one_has_more_members() -> None:
    assert widen(closed(a=NULL), closed(a=NULL, b=NULL)) == Object({"a": Member(NULL)}, UNKNOWN)

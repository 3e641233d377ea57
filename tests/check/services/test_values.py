"""Texts and numbers against a model's constraints."""

from __future__ import annotations

import pytest

from stepmill.check.services import values
from stepmill.check.services.resources import is_placeholder
from stepmill.check.shapes.shape import Number, Piece, String

INSTANCES = [f"ml.{family}.{size}" for family in ("m5", "c5", "p4d") for size in ("large", "xlarge")] * 8


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("ml.m5.large", True),
        ("ml.m9g.xlarge", True),
        ("ml.m5.lage", False),
        ("m5.large", False),
        ("mk.m5.large", False),
        ("large", False),
    ],
)
def test_a_newer_family_of_a_long_list_is_taken(value: str, fits: bool) -> None:
    assert (values.enum_fault(String(frozenset([value])), {"enum": INSTANCES}) == "") is fits


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("[a-z]+", "abc", True),
        ("[a-z]+", "abc!", False),
        ("^[a-z]+$", "abc\n", False),
        (r"\S", "ab c", True),
        (r"\p{Alpha}+", "1", None),
        ("[[:alpha:]]+", "1", None),
        ("[a-z", "1", None),
        ("[a-z]+", "a" * 501, None),
        ("[a-z]+", "<name>", None),
        (r"\w+", "ä", False),
    ],
)
def test_a_pattern_decides_only_what_python_reads_as_java_does(
    pattern: str, value: str, fits: bool | None
) -> None:
    assert values.is_match(pattern, value) is fits


@pytest.mark.parametrize(
    ("shape", "bounds"),
    [
        (String(), (0, None)),
        (String(frozenset(["a", "abc"])), (1, 3)),
        (String(pieces=("ab", Piece(min_length=2, max_length=4))), (4, 6)),
        (String(pieces=("ab", Piece(min_length=2))), (4, None)),
        (String(max_length=5, pieces=("ab", Piece(max_length=40))), (2, 5)),
    ],
)
def test_the_parts_of_a_text_bound_its_length(shape: String, bounds: tuple[int, int | None]) -> None:
    assert values.bounds(shape) == bounds


@pytest.mark.parametrize(
    ("shape", "fault"),
    [
        (Number(frozenset([5.0])), ""),
        (Number(frozenset([11.0])), "is 11"),
        (Number(frozenset([5.0, 11.0])), ""),
        (Number(frozenset([0.0, -1.0])), "is 0"),
        (Number(minimum=11), "is 11 or more"),
        (Number(maximum=0.5), "is 0.5 or less"),
        (Number(), ""),
    ],
)
def test_a_number_is_out_of_range_when_every_value_is(shape: Number, fault: str) -> None:
    assert values.range_fault(shape, {"min": 1, "max": 10}) == fault


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("${Topic}", True),
        ("arn:aws:iam::<account>:role/x", True),
        ("arn:aws:iam::ACCOUNT_ID:role/x", True),
        ("arn:aws:sns:region:account:t", True),
        ("{{resolve}}", True),
        ("{YOUR BUCKET}", True),
        ("%(bucket)s", True),
        ("arn:aws:iam::123456789012:role/x", False),
        ("arn:aws:s3:::bucket", False),
        ("arn:aws:iam::aws:policy/x", False),
        ("arn:aws:sns:us-gov-west-1:123456789012:t", False),
        ("plain", False),
    ],
)
def test_a_placeholder_is_told_from_a_value(text: str, is_open: bool) -> None:
    assert is_placeholder(text) is is_open

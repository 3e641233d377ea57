"""Texts with open parts."""

import pytest

from stepmill.check.permissions.patterns import covers, may_meet

ROLE = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/"
MEET = [
    ("a-*", "a-b"),
    ("*", "arn:aws:s3:::x"),
    ("a?c", "abc"),
    ("x${P}", "x"),
    ("x${P}", "xyz"),
    ("${P}", "${Q}"),
    ("f:${A}", "f:${A}"),
    ("f:${A}*", "f:${A}"),
    ("f:${P}-*", "f:${A}"),
    ("arn:aws:iam::123456789012:role/x", f"{ROLE}x"),
    ("arn:aws:lambda:*:*:function:x", "arn:aws:lambda:us-east-1:123456789012:function:x"),
    ("arn:*", "arn:aws:s3:::x"),
    (f"{ROLE}${{P}}", f"{ROLE}${{A}}"),
    ("${P}", f"{ROLE}${{A}}"),
    ("s3:::b/*", "s3:::b/a/*.csv"),
]
MISS = [
    ("a*", "b*"),
    ("ab", "abc"),
    ("*-train", "*-serve"),
    ("f:${A}", "f:${B}"),
    ("f:${A}:*", "f:${A}"),
    ("f:${A}-x", "f:${A}"),
    ("f:${A}", "f:${P}-${B}"),
    (
        "arn:aws:sns:${AWS::Region}:${AWS::AccountId}:${A}",
        "arn:aws:sns:${AWS::Region}:${AWS::AccountId}:${B}",
    ),
    ("arn:aws:sns:r:1:x", "arn:aws:sqs:r:1:x"),
    (f"{ROLE}${{A}}", f"{ROLE}${{B}}"),
    ("f:${A}", "f:written-down"),
    ("${P}-${Q}-fit-*", "${P}-${Q}-serve-*"),  # the same parameters have the same values
    ("*-fit-${P}", "*-serve-${P}"),
]


def is_resource(name: str) -> bool:
    return name in ("A", "B")


@pytest.mark.parametrize(("first", "second"), MEET)
def test_two_texts_may_be_the_same(first: str, second: str) -> None:
    assert may_meet(first, second, is_resource)
    assert may_meet(second, first, is_resource)


@pytest.mark.parametrize(("first", "second"), MISS)
def test_two_texts_are_never_the_same(first: str, second: str) -> None:
    assert not may_meet(first, second, is_resource)
    assert not may_meet(second, first, is_resource)


def test_a_resource_that_nobody_knows_may_be_any_text() -> None:
    assert may_meet("f:${A}", "f:${B}")


def test_a_pattern_covers_what_is_narrower() -> None:
    assert covers("a/*", "a/b-*")
    assert covers("${A}", "${A}")
    assert not covers("a/b-*", "a/*")

"""JSONata expressions, parsed."""

import pytest

from stepmill.check.syntax.expressions import parse


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("a", ("a",)),
        ("$", ("$",)),
        ("$$.a", ("$$",)),
        ("$count(a)", ("a",)),
        ("$x & b.c", ("b",)),
        ("{'k': a, 'l': $states.input.b}", ("a",)),
        ("[a, b, a]", ("a", "b")),
        ("$x ? a : b", ("a", "b")),
        ("($x := a; $x)", ("a",)),
        ("-a", ("a",)),
        ("$x[a > 1]", ()),
        ("$x.a.(b + $)", ()),
        ("$x{a: b}", ()),
        ("$x^(a)", ()),
        ("$map($x, function($v) { $v.a })", ()),
        ("$x ~> |a|{'b': c}|", ()),
        ("$x.*", ()),
        ("'a'", ()),
        ("$match('a', /b/)", ()),
        ("$parse($states.input.b)", ()),
    ],
    ids=str,
)
def test_finds_what_an_expression_reads_from_nothing(text: str, references: tuple[str, ...]) -> None:
    found = parse(text)
    assert (found.error, found.references) == ("", references)


def test_leaves_an_expression_of_a_hundred_pages_to_aws() -> None:
    found = parse("(" * 100_001)
    assert (found.error, found.references) == ("", ())

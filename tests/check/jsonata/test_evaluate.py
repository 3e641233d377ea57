"""JSONata over shapes: what is given, and what reads nothing."""

import pytest

from stepmill.check.flow.jsonata import Problem, evaluate
from stepmill.check.shapes.shape import (
    NEVER,
    NULL,
    UNKNOWN,
    Array,
    Boolean,
    Member,
    Number,
    Object,
    Piece,
    Presence,
    Shape,
    String,
    Union,
    closed,
    of_value,
)

SOME = Piece(frozenset(["input"]))
INPUT = Object(
    {
        "name": Member(String()),
        "size": Member(Number()),
        "note": Member(String(), Presence.MAYBE),
        "tag": Member(String(), Presence.LIKELY),
        "rows": Member(Array(closed(id=String(), ids=Array(String())))),
        "pair": Member(Array(NEVER, (closed(id=String()), Number()), 2, 2)),
        "a b": Member(NULL),
        "free": Member(UNKNOWN),
    }
)
STATES = closed(input=INPUT, context=closed(Execution=closed(Id=String())))


def run(expression: str, **variables: Shape) -> tuple[Shape, list[Problem]]:
    told: list[Problem] = []
    return evaluate(expression, variables, STATES, told.append), told


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("$states.input.name", String()),
        ("$states.input.`a b`", NULL),
        ("$states.input.tag", String()),
        ("$states.input.free.any.thing", UNKNOWN),
        (
            "$states.context.Execution.Id & '-' & 1",
            String(min_length=1, pieces=(SOME, "-", SOME)),
        ),
        ("'a' & 'b'", of_value("ab")),
        ("$split($states.input.name, '/')[-1]", String()),
        ("['a', 'b'][1]", of_value("b")),
        ("$split($states.input.name, '/')[$ != '']", UNKNOWN),
        ("$states.input.pair[0]{id: 1}", UNKNOWN),
        (
            "'x-' & $substring($uuid(), 0, 8)",
            String(min_length=2, max_length=10, pieces=("x-", Piece(frozenset(["uuid"]), 0, 8))),
        ),
        ("$states.input.size * 2", Number()),
        ("$states.input.size > 2 and $exists($states.input.note)", Boolean()),
        ("'x'", of_value("x")),
        ("null", NULL),
        ("[1, 'a']", of_value([1, "a"])),
        ("[1..3]", Array(Number())),
        ("$states.input.rows.id", Union((String(), Array(String(), (), 2)))),
        ("$states.input.rows.ids", Union((Array(String()), String()))),
        (
            "$states.input.rows.{'key': id, 'n': 1}",
            Union((closed(key=String(), n=of_value(1)), Array(closed(key=String(), n=of_value(1)), (), 2))),
        ),
        ("$states.input.rows.{'key': id}.key", Union((String(), Array(String(), (), 2)))),
        ("$states.input.rows[0].id", String()),
        ("$states.input.pair[1]", Number()),
        ("$states.input.pair[-2].id", String()),
        ("$states.input.name[0]", String()),
        ("$states.input.rows[id='x']", UNKNOWN),
        ("$length($states.input.name)", Number(minimum=0, is_integer=True)),
        ("$states.input.size > 1 ? 'big' : 'small'", Union((of_value("big"), of_value("small")))),
        ("$exists($states.input.nothing) ? $states.input.nothing : 'none'", UNKNOWN),
        ("{'n': $states.input.name, 'm': {'k': 1}}", closed(n=String(), m=of_value({"k": 1}))),
        ("($x := $states.input.name; {'x': $x})", closed(x=String())),
        ("$map($states.input.rows, function($row) { $row.whatever })", UNKNOWN),
        ("$found.deep", Number()),
        ("$merge([$states.input, {'more': 1}])", Object(rest=UNKNOWN)),
        ("$states.input.rows{id: $count(id)}", UNKNOWN),
        ("$states.input.rows^(id)", UNKNOWN),
        ("$states.input.name ~> $uppercase", UNKNOWN),
    ],
)
def test_gives_what_the_expression_gives(expression: str, shape: Shape) -> None:
    assert run(expression, found=closed(deep=Number())) == (shape, [])


NAMES = tuple(
    f"$states.input.{name}" for name in ("name", "size", "note", "tag", "rows", "pair", "`a b`", "free")
)


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        (
            "$states.input.nmae",
            Problem(
                "missing",
                "$states.input.nmae",
                "'$states.input.nmae' is not there; what it is used in gets nothing",
                NAMES,
                "$states.input.nmae",
            ),
        ),
        (
            "{'a': 'x' & $states.input.nmae}",
            Problem(
                "left-out",
                "$states.input.nmae",
                "'$states.input.nmae' is not there; what it is used in gets nothing",
                NAMES,
                "$states.input.nmae",
            ),
        ),
        (
            "$states.input.note",
            Problem(
                "maybe-missing",
                "$states.input.note",
                "may give nothing: '$states.input.note' need not be there",
                tuple(name for name in NAMES if not name.endswith("note")),
            ),
        ),
        (
            "name",
            Problem(
                "missing",
                "name",
                "'name' is not there; what it is used in gets nothing",
                ("$states.input.name",),
                "name",
            ),
        ),
        (
            "$fuond",
            Problem(
                "variable",
                "$fuond",
                "variable '$fuond' is not there; assign it before, in a state that always comes first",
                ("$found", "$states"),
                "$fuond",
            ),
        ),
        (
            "$eval('1')",
            Problem(
                "function",
                "$eval",
                "'$eval' is refused: Step Functions has no $eval; use $parse for JSON text",
            ),
        ),
        (
            "$states.input.pair[2].id",
            Problem(
                "missing",
                "$states.input.pair[2]",
                "'$states.input.pair[2]' is not there; what it is used in gets nothing",
                ("$states.input.pair[0]", "$states.input.pair[1]"),
                "$states.input.pair[2]",
            ),
        ),
        (
            "$count($states.result.rows) > 0",
            Problem(
                "missing",
                "$states.result",
                "'$states.result' is not there; what it is used in gets nothing",
                ("$states.input", "$states.context"),
                "$states.result",
            ),
        ),
        (
            "$error.Cause",
            Problem(
                "variable",
                "$error",
                "variable '$error' is not there; assign it before, in a state that always comes first",
                ("$found", "$states"),
                "$error",
            ),
        ),
        ("$join()", Problem("arity", "$join", "'$join' is given 0 arguments; it takes 1 to 2")),
    ],
)
def test_tells_once_what_is_wrong(expression: str, problem: Problem) -> None:
    assert run(expression, found=NULL) == (UNKNOWN, [problem])


@pytest.mark.parametrize("expression", ["a.b[", "$x :=", "", "'abc", "%.a"])
def test_what_is_no_jsonata_is_one_problem(expression: str) -> None:
    shape, [problem] = run(expression)
    assert (shape, problem.kind, problem.text) == (UNKNOWN, "syntax", expression)


def test_an_unknown_function_is_told_with_the_known_ones() -> None:
    _, [problem] = run("$uppercas('x')")
    assert (problem.kind, problem.message, "$uppercase" in problem.available) == (
        "function",
        "'$uppercas' is no function",
        True,
    )

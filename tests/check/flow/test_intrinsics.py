"""Intrinsic functions over shapes."""

from collections.abc import Mapping
from typing import Any

import pytest

from stepmill.check.finding import Findings
from stepmill.check.flow.frames import Frame, context_object, execution_of, map_context
from stepmill.check.flow.intrinsics import evaluate_text
from stepmill.check.flow.scope import Report, Scope
from stepmill.check.flow.texts import Texts
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
    closed,
    of_value,
    union,
)

FRAME = Frame("", execution_of(UNKNOWN), ("",), item=Member(map_context(UNKNOWN)))
HEX = "0123456789abcdef"
DATA = closed(
    name=of_value("pump"),
    text=String(None, 1, 20),
    list=Array(closed(id=NULL)),
    pair=of_value(["a", "b"]),
    count=Number(minimum=3, is_integer=True),
    zero=of_value(0),
    anything=UNKNOWN,
    either=union((of_value("ab"), NULL)),
)


def evaluate(
    text: str, data: Shape = DATA, substitutions: Mapping[str, Shape] | None = None
) -> tuple[Shape, list[tuple[str, str]]]:
    findings = Findings()
    report = Report("Make", "/States/Make", findings)
    scope = Scope(report, Texts(substitutions), data, context_object(FRAME, "Make", is_task=True))
    shape = evaluate_text(text, scope, "/States/Make/Parameters/made.$")
    return shape, [(finding.rule, finding.message) for finding in findings.found]


def piece(varies: str, least: int = 1, most: int | None = None, alphabet: str = "") -> Piece:
    return Piece(frozenset([varies]), least, most, alphabet)


GIVES: dict[str, Shape] = {
    "States.Format('a-{}-{}', $.name, 3)": of_value("a-pump-3"),
    "States.Format('{}', $.text)": String(None, 1, 20, pieces=(Piece(min_length=1, max_length=20),)),
    "States.Format('{}', $.either)": String(None, 2, 4, pieces=(Piece(min_length=2, max_length=4),)),
    "States.Format('job-{}-{}', $$.Execution.Name, $$.State.RetryCount)": String(
        None, 7, None, pieces=("job-", piece("execution", 1, 80), "-", piece("retry", 1, None, "0123456789"))
    ),
    "States.Format('{}', $$.Map.Item.Index)": String(
        None, 1, None, pieces=(piece("item", 1, None, "0123456789"),)
    ),
    "States.Format('\\{\"a\": {}\\}', true)": of_value('{"a": true}'),
    "States.Format('it\\'s')": of_value("it's"),
    "States.Format($.anything, 1)": String(),
    "States.StringToJson('{\"a\": [1]}')": of_value({"a": [1]}),
    "States.StringToJson(States.JsonToString($.pair))": of_value(["a", "b"]),
    "States.StringToJson($.anything)": UNKNOWN,
    "States.JsonToString($.pair)": String(format="json", parsed=of_value(["a", "b"])),
    "States.Array($.name, null, States.Array())": Array(NEVER, (of_value("pump"), NULL, of_value([])), 3, 3),
    "States.ArrayPartition($.list, 4)": Array(Array(closed(id=NULL), (), 1, 4)),
    "States.ArrayContains($.list, 1)": Boolean(),
    "States.ArrayRange(1, 9, 2)": Array(Number(is_integer=True), (), 5, 5),
    "States.ArrayGetItem($.pair, 1)": of_value("b"),
    "States.ArrayGetItem($.list, $.count)": closed(id=NULL),
    "States.ArrayLength($.pair)": of_value(2),
    "States.ArrayLength($.list)": Number(None, 0, None, is_integer=True),
    "States.ArrayUnique($.pair)": Array(String(frozenset({"a", "b"}), 1, 1)),
    "States.Base64Encode($.name)": String(),
    "States.Base64Decode($.name)": String(),
    "States.Hash($.name, 'SHA-1')": String(None, 40, 40, pieces=(Piece(frozenset(), 40, 40, HEX),)),
    "States.Hash($$.Execution.Id, 'MD5')": String(None, 32, 32, pieces=(piece("execution", 32, 32, HEX),)),
    "States.MathRandom(1, 9)": Number(None, 1, 9, is_integer=True),
    "States.MathAdd($.zero, 1)": Number(None, 1, None, is_integer=True),
    "States.MathAdd($.count, 1)": Number(None, 4, None, is_integer=True),
    "States.MathAdd($.count, -1)": Number(None, None, None, is_integer=True),
    "States.MathAdd(1e999, 1)": Number(is_integer=True),
    "States.StringSplit('a,b;c', ',;')": of_value(["a", "b", "c"]),
    "States.StringSplit($.text, ',')": Array(String()),
    "States.UUID()": String(None, 36, 36, format="uuid", pieces=(piece("uuid", 36, 36, f"{HEX}-"),)),
}

MERGES: dict[str, tuple[Shape, Shape, Shape]] = {
    "the second wins": (closed(a=NULL, b=NULL), closed(b=of_value(1)), closed(a=NULL, b=of_value(1))),
    "a default stays under an optional member": (
        closed(a=NULL),
        Object({"a": Member(of_value(1), Presence.MAYBE)}),
        closed(a=union((NULL, of_value(1)))),
    ),
    "anything over defaults leaves them present but not known": (
        closed(a=NULL),
        UNKNOWN,
        Object({"a": Member(UNKNOWN)}, UNKNOWN),
    ),
    "an optional member without a default stays optional": (
        closed(),
        Object({"a": Member(NULL, Presence.MAYBE)}),
        Object({"a": Member(NULL, Presence.MAYBE)}),
    ),
}

REFUSED: dict[str, tuple[str, str]] = {
    "States.Format('{}', $.name": (
        "intrinsic-syntax",
        "'States.Format('{}', $.name' cannot be read: expected ',' or ')' at character 27, found the end",
    ),
    'States.Format("{}", $.name)': (
        "intrinsic-syntax",
        "'States.Format(\"{}\", $.name)' cannot be read: expected a path, a text in single quotes, a number "
        "or a call such as States.Format(…) at character 15, found '\"{}\", $.name)'",
    ),
    "States.Format('{a}', $.name)": (
        "intrinsic-syntax",
        "has an unescaped '{' in the template '{a}' of States.Format; write \\{",
    ),
    "States.Array(" * 11 + ")" * 11: (
        "intrinsic-syntax",
        "nests calls more than 10 deep; take some out",
    ),
    "States.Uuid()": (
        "intrinsic-unknown",
        "calls States.Uuid, which is no intrinsic function; there are States.Format, States.StringToJson, "
        "States.JsonToString, States.Array, States.ArrayPartition, States.ArrayContains, States.ArrayRange, "
        "States.ArrayGetItem, States.ArrayLength, States.ArrayUnique, States.Base64Encode, "
        "States.Base64Decode, States.Hash, States.JsonMerge, States.MathRandom, States.MathAdd, "
        "States.StringSplit, States.UUID",
    ),
    "States.UUID(1)": ("intrinsic-arity", "gives States.UUID 1 argument; it takes 0"),
    "States.MathRandom(1)": ("intrinsic-arity", "gives States.MathRandom 1 argument; it takes 2 or 3"),
    "States.Format('{} {}', $.name)": (
        "intrinsic-arity",
        "gives States.Format 1 argument for 2 times {} in '{} {}'; give one for each",
    ),
    "States.Hash($.name, 'SHA256')": (
        "intrinsic-argument",
        "gives States.Hash the algorithm 'SHA256'; it takes MD5, SHA-1, SHA-256, SHA-384, SHA-512",
    ),
    "States.JsonMerge($, $, true)": (
        "intrinsic-argument",
        "gives States.JsonMerge true as its third argument; only false is supported, the shallow merge",
    ),
    "States.JsonMerge($.list, $, false)": (
        "intrinsic-argument",
        "gives States.JsonMerge an array; it takes objects",
    ),
    "States.ArrayLength($.name)": (
        "intrinsic-argument",
        'gives States.ArrayLength the text "pump"; it takes an array',
    ),
    "States.ArrayGetItem($.pair, 2)": (
        "intrinsic-argument",
        "gives States.ArrayGetItem the index 2, which is outside of the array; count from 0",
    ),
    "States.ArrayPartition($.list, 0)": (
        "intrinsic-argument",
        "gives States.ArrayPartition chunks of 0; a chunk has at least 1 item",
    ),
    "States.ArrayRange(0, 1000, 1)": (
        "intrinsic-argument",
        "gives States.ArrayRange a range of 1001 items; at most 1000 are allowed",
    ),
    "States.StringToJson('{a')": (
        "intrinsic-argument",
        'gives States.StringToJson the text "{a", which is no JSON; correct it',
    ),
    "States.MathRandom(5, 5)": (
        "intrinsic-argument",
        "gives States.MathRandom the start 5 and the end 5; the start must be below the end",
    ),
    "States.StringSplit($.list, ',')": (
        "intrinsic-argument",
        "gives States.StringSplit an array; it takes a text",
    ),
}


@pytest.mark.parametrize("text", GIVES)
def test_a_call_gives(text: str) -> None:
    assert evaluate(text) == (GIVES[text], [])


@pytest.mark.parametrize("name", MERGES)
def test_a_merge(name: str) -> None:
    first, second, merged = MERGES[name]
    assert evaluate("States.JsonMerge($.a, $.b, false)", closed(a=first, b=second)) == (merged, [])


@pytest.mark.parametrize("text", REFUSED)
def test_a_call_that_cannot_be_made_is_told_once(text: str) -> None:
    rule, message = REFUSED[text]
    assert evaluate(text) == (UNKNOWN, [(rule, f"States.Make: Parameters.made.$ {message}")])


TOKENS: dict[str, Any] = {
    "States.Format('${Prefix}-{}', $.name)": String(
        None, 5, None, pieces=(Piece(token="${Prefix}"), "-pump")
    ),
    "States.MathAdd(1, ${Step})": UNKNOWN,
    "States.Format('${Template}', $.name)": String(pieces=(Piece(token="${Template}"),)),
    "States.StringToJson('${Limits}')": UNKNOWN,
    "States.Hash($.name, '${Algorithm}')": String(None, 32, 128, pieces=(Piece(frozenset(), 32, 128, HEX),)),
}


@pytest.mark.parametrize("text", TOKENS)
def test_a_token_may_be_any_text(text: str) -> None:
    assert evaluate(text) == (TOKENS[text], [])


def test_a_token_of_known_value_is_filled_in() -> None:
    known = {"Step": of_value("2"), "Prefix": of_value("acme")}
    assert evaluate("States.MathAdd($.zero, ${Step})", substitutions=known) == (
        Number(None, 2, None, is_integer=True),
        [],
    )
    assert evaluate("States.Format('${Prefix}')", substitutions=known) == (of_value("acme"), [])

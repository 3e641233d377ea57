"""The intrinsic functions' text."""

from collections.abc import Callable

import pytest

from stepmill import asl
from stepmill.asl import format_, hash_, json_merge, path, string_to_json

Problems = Callable[[Callable[[], object]], list[str]]


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (format_("s3://{}/{}", path("$.bucket"), "it's"), r"States.Format('s3://{}/{}', $.bucket, 'it\'s')"),
        (format_("{{{}}} \\ '", 1.5), r"States.Format('\{{}\} \\ \'', 1.5)"),
        (json_merge({"a": "{"}, path("$$.Execution.Input")),
         r"""States.JsonMerge(States.StringToJson('\{"a": "\{"\}'), $$.Execution.Input, false)"""),
        (string_to_json(path("$.text")), "States.StringToJson($.text)"),
        (asl.json_to_string(path("$.x")), "States.JsonToString($.x)"),
        (hash_(format_("{}", path("$.a")), "SHA-256"), "States.Hash(States.Format('{}', $.a), 'SHA-256')"),
        (asl.uuid(), "States.UUID()"),
        (asl.array("a", None, True, [1]), "States.Array('a', null, true, States.Array(1))"),
        (asl.array_partition(path("$.l"), 4), "States.ArrayPartition($.l, 4)"),
        (asl.array_contains(path("$.l"), "x"), "States.ArrayContains($.l, 'x')"),
        (asl.array_range(1, 9, 2), "States.ArrayRange(1, 9, 2)"),
        (asl.array_get_item(path("$.l"), 0), "States.ArrayGetItem($.l, 0)"),
        (asl.array_length(path("$.l")), "States.ArrayLength($.l)"),
        (asl.array_unique(path("$.l")), "States.ArrayUnique($.l)"),
        (asl.base64_encode("a"), "States.Base64Encode('a')"),
        (asl.base64_decode(path("$.b")), "States.Base64Decode($.b)"),
        (asl.math_add(path("$.n"), -1), "States.MathAdd($.n, -1)"),
        (asl.math_random(1, path("$.n")), "States.MathRandom(1, $.n)"),
        (asl.string_split(path("$.s"), ",/"), "States.StringSplit($.s, ',/')"),
    ],
)  # fmt: skip
def test_writes_the_call(made: asl.Path, text: str) -> None:
    assert made.to_jsonpath() == text


def test_a_template_has_a_hole_for_each_argument(problems: Problems) -> None:
    assert problems(lambda: format_("{}-{}", 1)) == [
        "format_('{}-{}'): has 2 {} but 1 arguments; give one for each"
    ]


def test_a_template_with_names_or_a_single_brace_is_refused(problems: Problems) -> None:
    assert problems(lambda: format_("{name}", 1)) == [
        "format_('{name}'): {name} is not understood by States.Format; write {}"
    ]
    assert problems(lambda: format_("}")) == [
        "format_('}'): Single '}' encountered in format string; write literal braces twice"
    ]


def test_an_argument_that_is_not_json_is_refused(problems: Problems) -> None:
    assert problems(lambda: asl.array(float("nan"))) == [
        "intrinsic: argument nan is not a JSON number; use a finite number"
    ]
    assert problems(lambda: asl.array({"x": path("$.x")})) == [
        "intrinsic: argument {'x': Path('$.x')} is not plain JSON; build objects that hold paths in a "
        "Pass first"
    ]


def test_an_unknown_hash_is_refused(problems: Problems) -> None:
    assert problems(lambda: hash_("a", "SHA256")) == [
        "hash_: algorithm 'SHA256' is unknown; use one of MD5, SHA-1, SHA-256, SHA-384, SHA-512"
    ]

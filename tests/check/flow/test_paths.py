"""JSONPath as Step Functions reads it."""

import pytest

from stepmill.check.flow.paths import Many, Path, PathSyntax, parse_path

READ = {
    "$": Path("$", "$", ()),
    "$.a.b": Path("$.a.b", "$", ("a", "b")),
    "$['a b'].c": Path("$['a b'].c", "$", ("a b", "c")),
    '$["it\\"s"]': Path('$["it\\"s"]', "$", ('it"s',)),
    "$.a[0][-1]": Path("$.a[0][-1]", "$", ("a", 0, -1)),
    "$.[0].a-b_c": Path("$.[0].a-b_c", "$", (0, "a-b_c")),
    "$.größe": Path("$.größe", "$", ("größe",)),
    "$.@type": Path("$.@type", "$", ("@type",)),
    "$$.Execution.Id": Path("$$.Execution.Id", "$$", ("Execution", "Id")),
    "$price.net": Path("$price.net", "price", ("net",)),
    "$.a[*].b": Path("$.a[*].b", "$", ("a", Many("every"), "b")),
    "$.a.*": Path("$.a.*", "$", ("a", Many("every"))),
    "$.a[1:]": Path("$.a[1:]", "$", ("a", Many("slice"))),
    "$.a[:-1:2]": Path("$.a[:-1:2]", "$", ("a", Many("slice"))),
    "$.a[0, 1]": Path("$.a[0, 1]", "$", ("a", Many("indexes", (0, 1)))),
    "$['a','b']": Path("$['a','b']", "$", (Many("names", ("a", "b")),)),
    "$..a": Path("$..a", "$", (Many("names", ("a",), is_deep=True),)),
    "$..*": Path("$..*", "$", (Many("every", is_deep=True),)),
    "$.a[?(@.b == ')' && @.c =~ /x\\)/)].d": Path(
        "$.a[?(@.b == ')' && @.c =~ /x\\)/)].d", "$", ("a", Many("filter"), "d")
    ),
    "$.a.length()": Path("$.a.length()", "$", ("a",), "length"),
}

REFUSED = {
    "": "expected '$' at character 1, found the end",
    "a.b": "expected '$' at character 1, found 'a.b'",
    "$.": "expected a name, '*' or '[' at character 3, found the end",
    "$.a..": "expected a name, '*' or '[' at character 6, found the end",
    "$.a[": "expected an index, a slice, a quoted name, '*' or '?' at character 5, found the end",
    "$.a[b]": "expected an index, a slice, a quoted name, '*' or '?' at character 5, found 'b]'",
    "$.a['b]": "expected a closing ' at character 5, found ''b]'",
    "$.a b": "expected the end of the path at character 4, found ' b'",
    "$.a[?(@.b]": "expected ')' that closes the filter at character 11, found the end",
}


@pytest.mark.parametrize("text", READ)
def test_a_path_is_read_as(text: str) -> None:
    assert parse_path(text) == READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_path_is_refused_with_the_place(text: str) -> None:
    with pytest.raises(PathSyntax) as caught:
        parse_path(text)
    assert str(caught.value) == REFUSED[text]


def test_a_blank_behind_a_path_is_no_part_of_it() -> None:
    assert parse_path("$$.Execution.Name ") == parse_path("$$.Execution.Name")


def test_only_a_path_of_names_and_indexes_has_keys() -> None:
    keys = {text: parse_path(text).keys for text in ("$", "$.a[0]", "$.a[*]", "$.a.length()")}
    assert keys == {"$": (), "$.a[0]": ("a", 0), "$.a[*]": None, "$.a.length()": None}

"""JSONPath as Jayway reads it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepmill.engine.paths.jsonpath import NotFound, compile_path
from stepmill.engine.paths.reference import NoPlace, compile_reference, put
from stepmill.engine.paths.scan import PathSyntax

STORE = {
    "books": [
        {"title": "Sayings", "price": 8, "kind": "ref", "tags": ["a"]},
        {"title": "Sword", "price": 12.5, "kind": "fiction", "isbn": "1"},
        {"title": "Moby", "price": 9, "kind": "fiction", "isbn": None},
    ],
    "odd names": {"a.b": 1, "it's": 2, "ünï": 3},
    "limit": 10,
    "price": 99,
}

FINDS: list[tuple[str, Any]] = [
    ("$", STORE),
    ("$.limit", 10),
    ("$['limit']", 10),
    ('$["limit"]', 10),
    ("$.['limit']", 10),
    ("$.books[0].title", "Sayings"),
    ("$.books.[1].title", "Sword"),
    ("$.books[-1].title", "Moby"),
    ("$['odd names']['a.b']", 1),
    (r"$['odd names']['it\'s']", 2),
    ("$['odd names'].ünï", 3),
    ("$.books[0,2].title", ["Sayings", "Moby"]),
    ("$.books[0:2].title", ["Sayings", "Sword"]),
    ("$.books[1:].price", [12.5, 9]),
    ("$.books[-2:].title", ["Sword", "Moby"]),
    ("$.books[:1].title", ["Sayings"]),
    ("$.books[*].title", ["Sayings", "Sword", "Moby"]),
    ("$.books[0]['title','price']", [{"title": "Sayings", "price": 8}]),
    ("$..price", [99, 8, 12.5, 9]),
    ("$..[0].title", ["Sayings"]),
    ("$.books..title", ["Sayings", "Sword", "Moby"]),
    ("$.books[?(@.price < 10)].title", ["Sayings", "Moby"]),
    ("$.books[?(@.price >= $.limit)].title", ["Sword"]),
    ("$.books[?(@.isbn)].title", ["Sword", "Moby"]),
    ("$.books[?(!@.isbn)].title", ["Sayings"]),
    ("$.books[?(@.isbn == null)].title", ["Moby"]),
    ("$.books[?(@.kind == 'fiction' && @.price < 10)].title", ["Moby"]),
    ("$.books[?(@.kind == 'ref' || (@.price > 12))].title", ["Sayings", "Sword"]),
    ("$.books[?(@.title =~ /s.*/i)].title", ["Sayings", "Sword"]),
    ("$.books[?(@.title in ['Moby', 'Sword'])].price", [12.5, 9]),
    ("$.books[?(@.title nin ['Moby', 'Sword'])].price", [8]),
    ("$.books[?(@.price != 9)].price", [8, 12.5]),
    ("$.books[?(@.tags.length() == 1)].title", ["Sayings"]),
    ("$.books[?(@.missing > 1)]", []),
    ("$.books[*].isbn", ["1", None]),
    ("$.books[7:].title", []),
    ("$.books.length()", 3),
]


@pytest.mark.parametrize(("path", "found"), FINDS, ids=[path for path, _ in FINDS])
def test_a_path_finds(path: str, found: Any) -> None:
    assert compile_path(path).find(STORE) == found


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$.nope", "No results for path: $['nope']"),
        ("$.nope.deeper", "Missing property in path $['nope']"),
        ("$.books[3]", "No results for path: $['books'][3]"),
        ("$.books[-4]", "No results for path: $['books'][-4]"),
        ("$.limit.x", "No results for path: $['limit']['x']"),
        ("$.books.title", "No results for path: $['books']['title']"),
        ("$.limit[0]", "No results for path: $['limit'][0]"),
        ("$.limit.length()", "No length for path: $.limit.length()"),
    ],
)
def test_a_definite_path_that_names_nothing_says_where_it_ends(path: str, reason: str) -> None:
    with pytest.raises(NotFound) as caught:
        compile_path(path).find(STORE)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    "path",
    ["", "a", "$.", "$..", "$[", "$[]", "$['a", "$['a']x", "$[0", "$.a[?(@.b]", "$.a[?()]", "$.a b",
     "$.a[0,]", "$.a[?(@.b =~ 1)]",
     "$.a[?(@.b =~ /(/)]", "$.a[?(@.b == )]", "$.a[?(@.b in [1 2])]", "$['a',]"],
)  # fmt: skip
def test_refuses_a_path_that_cannot_be_read(path: str) -> None:
    with pytest.raises(PathSyntax):
        compile_path(path)


@pytest.mark.parametrize("path", ["$..a", "$.a[*]", "$.a[0:1]", "$.a[-1]", "$['a','b']", "$.a[?(@.b)]"])
def test_refuses_a_reference_path_that_may_name_many_places(path: str) -> None:
    with pytest.raises(PathSyntax, match="may name several places"):
        compile_reference(path)


def test_put_copies_what_it_changes_and_nothing_else() -> None:
    before = {"a": {"b": 1}, "kept": {"c": 2}}
    after = put(before, ["a", "new", "deep"], 3)
    assert after == {"a": {"b": 1, "new": {"deep": 3}}, "kept": {"c": 2}}
    assert before == {"a": {"b": 1}, "kept": {"c": 2}}
    assert after["kept"] is before["kept"]


@pytest.mark.parametrize(
    ("root", "path"), [("text", "$.a"), ([1], "$[1]"), ({"a": 1}, "$.a.b"), ({}, "$.a[0]"), ([1], "$.a")]
)
def test_put_refuses_a_place_that_cannot_be(root: Any, path: str) -> None:
    with pytest.raises(NoPlace):
        put(root, compile_reference(path).keys or [], 1)


NAMES = st.text("abcdé_-1", min_size=1, max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("xy", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


def _places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    """The oracle: every place of a value, walked the plain way."""
    items: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [(at, value), *(place for key, inner in items for place in _places(inner, (*at, key)))]


def _written(keys: tuple[str | int, ...], *, dotted: bool) -> str:
    parts = [f"[{key}]" if isinstance(key, int) else f".{key}" if dotted else f"['{key}']" for key in keys]
    return "$" + "".join(parts)


@given(VALUES, st.booleans())
def test_every_place_of_a_value_is_found_by_its_path(value: Any, dotted: bool) -> None:
    for keys, found in _places(value):
        assert compile_path(_written(keys, dotted=dotted)).find(value) is found


@given(VALUES)
def test_double_dots_find_every_member_of_that_name_in_document_order(value: Any) -> None:
    def members(node: Any) -> list[Any]:
        own = [node["a"]] if isinstance(node, dict) and "a" in node else []
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        return own + [found for child in inner for found in members(child)]

    assert compile_path("$..a").find(value) == members(value)


@given(st.lists(st.integers(), max_size=6), st.none() | st.integers(-8, 8), st.none() | st.integers(-8, 8))
def test_a_slice_is_a_slice(items: list[int], start: int | None, end: int | None) -> None:
    path = f"$[{'' if start is None else start}:{'' if end is None else end}]"
    assert compile_path(path).find(items) == items[start:end]


@given(VALUES, st.lists(NAMES, min_size=1, max_size=3), VALUES)
def test_what_was_put_is_found_there(root: Any, keys: list[str], value: Any) -> None:
    path = compile_reference(_written(tuple(keys), dotted=False))
    try:
        changed = put(root, path.keys or [], value)
    except NoPlace:
        with pytest.raises(NotFound):
            path.find(root)
        return
    assert path.find(changed) is value


@given(st.text("$.[]'\"?()@*:,0a=<>!&|~/ -", max_size=14))
def test_any_text_is_a_path_or_is_refused(text: str) -> None:
    try:
        path = compile_path("$" + text)
    except PathSyntax:
        return
    try:
        path.find({"a": [{"a": 0}, "a"]})
    except NotFound:
        return

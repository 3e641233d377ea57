"""The JSONPath of batch transform: what it selects and what it is not."""

from typing import Any

import pytest

from stepmill.cloud.services.sagemaker.data_paths import BadPath, NothingThere, parse

ROW = ["a", "b", "c", "d", "e", "f", "g"]
VALUE: dict[str, Any] = {"id": 7, "features": [1, 2, 3], "deep": {"x": {"y": 1}, "z": 2}, "odd name": 5}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", ROW),
        ("$[0]", ["a"]),
        ("$[-1]", ["g"]),
        ("$[1:]", ROW[1:]),
        ("$[:-1]", ROW[:-1]),
        ("$[-2:]", ["f", "g"]),
        ("$[1:3]", ["b", "c"]),
        ("$[0,2]", ["a", "c"]),
        ("$[2, 0]", ["c", "a"]),
        ("$[0,5:]", ["a", "f", "g"]),
        ("$[*]", ROW),
        ("$[5:99]", ["f", "g"]),
    ],
)
def test_selects_columns_of_a_row(path: str, expected: list[str]) -> None:
    assert parse(path).of_row(ROW) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", VALUE),
        ("$.id", 7),
        ("$['id']", 7),
        ("$['odd name']", 5),
        ("$.features", [1, 2, 3]),
        ("$.features[0]", 1),
        ("$.features[-1]", 3),
        ("$.features[1:]", [2, 3]),
        ("$.features[0,2]", [1, 3]),
        ("$.features[*]", [1, 2, 3]),
        ("$.deep.x.y", 1),
        ("$.deep['x'].y", 1),
        ("$['id','features']", {"id": 7, "features": [1, 2, 3]}),
        ("$.deep.['x','z']", {"x": {"y": 1}, "z": 2}),
        ("$.deep.*", [{"y": 1}, 2]),
    ],
)
def test_selects_parts_of_a_value(path: str, expected: Any) -> None:
    assert parse(path).of_json(VALUE) == expected


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "does not begin with"),
        ("id", "does not begin with"),
        ("$.", "is not understood from '.' on"),
        ("$..id", "is not understood from '..id' on"),
        ("$[0", "is not understood from '[0' on"),
        ("$[]", "is no list of names, indices and slices"),
        ("$[0,]", "is no list of names, indices and slices"),
        ("$[?(@.a)]", "is no list of names, indices and slices"),
        ("$[0,'a']", "mixes names with indices"),
        ("$[1:][0]", "goes on behind a step that selects several elements"),
        ("$['a','b'].c", "goes on behind a step that selects several elements"),
    ],
)
def test_refuses_what_is_no_path(path: str, message: str) -> None:
    with pytest.raises(BadPath) as caught:
        parse(path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("$.price", "there is no price in an object of id, features, deep, odd name"),
        ("$['id','price']", "there is no price in an object of id, features, deep, odd name"),
        ("$.features[3]", "there is no index 3 among 3 elements"),
        ("$[0]", "an object has names, no indices"),
        ("$.features.x", "'x' is looked for in list"),
        ("$.id.x", "'x' is looked for in int"),
    ],
)
def test_names_what_a_value_lacks(path: str, message: str) -> None:
    with pytest.raises(NothingThere) as caught:
        parse(path).of_json(VALUE)
    assert str(caught.value) == message


@pytest.mark.parametrize("path", ["$[7]", "$[-8]", "$[0,7]"])
def test_a_column_that_is_not_there_is_named(path: str) -> None:
    with pytest.raises(NothingThere, match="among 7 elements"):
        parse(path).of_row(ROW)

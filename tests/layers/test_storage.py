import pytest
from hypothesis import given
from hypothesis import strategies as st
from millkit.storage import Place, PlaceInvalid


@given(key=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_key_comes_back_from_its_uri_unchanged(key: str) -> None:
    assert Place.parse(str(Place("cars", key))) == Place("cars", key)


@pytest.mark.parametrize(
    "key", ["a b.csv", "a+b.csv", "a%2Fb.csv", "../../etc/x", "/a//b/", "a?b#c", "ä/ü.csv"]
)
def test_decodes_and_resolves_nothing(key: str) -> None:
    assert Place.parse(f"s3://cars/{key}") == ("cars", key)


@pytest.mark.parametrize(
    "uri", ["", "s3://", "s3://cars", "s3://cars/", "s3:///key", "cars/key", "https://cars/key"]
)
def test_refuses_what_is_no_address_of_an_object(uri: str) -> None:
    with pytest.raises(PlaceInvalid) as caught:
        Place.parse(uri)
    assert str(caught.value) == f"{uri!r}: is not the address of an object; write s3://<bucket>/<key>"

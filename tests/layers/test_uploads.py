import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from millkit.storage import Place
from millkit.uploads import EventInvalid, Upload, execution_name, upload_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def event(**thing: Any) -> dict[str, Any]:
    return {"detail": {"bucket": {"name": "cars"}, "object": {"key": "a b+c%2F..csv", "etag": "e1", **thing}}}


def test_reads_the_key_as_eventbridge_gives_it() -> None:
    assert upload_of(event()) == Upload(Place("cars", "a b+c%2F..csv"), "e1", False)


def test_prefers_the_version_id_to_the_etag() -> None:
    assert upload_of(event(**{"version-id": "v1"})) == Upload(Place("cars", "a b+c%2F..csv"), "v1", True)


@pytest.mark.parametrize(
    "wrong", [{}, {"detail": None}, {"detail": {"bucket": {"name": "cars"}}}, {"detail": {"object": []}}]
)
def test_refuses_an_event_without_an_object(wrong: dict[str, Any]) -> None:
    with pytest.raises(
        EventInvalid, match=r"^event: lacks .*; expected detail\.bucket\.name, detail\.object\.key"
    ):
        upload_of(wrong)


def test_a_name_begins_with_the_files_name() -> None:
    assert execution_name(Upload(Place("b", "in/Cars 2024 (new).csv"), "v", True)).startswith("cars-2024-ne-")


@given(key=TEXT, version=TEXT)
def test_a_name_fits_into_an_execution_and_into_a_jobs_name(key: str, version: str) -> None:
    name = execution_name(Upload(Place("bucket", key), version, True))
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", name)
    assert len(name) <= 37


@given(st.tuples(TEXT, TEXT, TEXT), st.tuples(TEXT, TEXT, TEXT))
def test_only_the_same_bucket_key_and_version_share_a_name(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    names = [
        execution_name(Upload(Place(bucket, key), version, True)) for bucket, key, version in (one, other)
    ]
    assert (names[0] == names[1]) == (one == other)


def test_parts_of_an_identity_do_not_run_into_each_other() -> None:
    places = [Place("a", "b/c.csv"), Place("a/b", "c.csv")]
    assert len({execution_name(Upload(place, "v", True)) for place in places}) == 2

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

KEYS = ["a", "a/1", "a/2", "a/b/3", "b", "b/4", "c d/ü"]


@pytest.fixture
def filled(s3: Any, bucket: str) -> str:
    for key in reversed(KEYS):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    return bucket


def test_keys_are_listed_in_order_page_by_page(s3: Any, filled: str) -> None:
    pages = list(
        s3.get_paginator("list_objects_v2").paginate(Bucket=filled, PaginationConfig={"PageSize": 3})
    )
    assert [[each["Key"] for each in page["Contents"]] for page in pages] == [KEYS[:3], KEYS[3:6], KEYS[6:]]
    assert [page["KeyCount"] for page in pages] == [3, 3, 1]


@pytest.mark.parametrize("size", [1, 2, 10])
def test_a_delimiter_folds_what_is_below_it(s3: Any, filled: str, size: int) -> None:
    pages = list(
        s3.get_paginator("list_objects_v2").paginate(
            Bucket=filled, Delimiter="/", PaginationConfig={"PageSize": size}
        )
    )
    assert [each["Key"] for page in pages for each in page.get("Contents", [])] == ["a", "b"]
    folded = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]
    assert folded == ["a/", "b/", "c d/"]


def test_a_prefix_and_a_delimiter_show_one_level(s3: Any, filled: str) -> None:
    answer = s3.list_objects_v2(Bucket=filled, Prefix="a/", Delimiter="/")
    assert [each["Key"] for each in answer["Contents"]] == ["a/1", "a/2"]
    assert answer["CommonPrefixes"] == [{"Prefix": "a/b/"}]


def test_start_after_leaves_out_what_is_before(s3: Any, filled: str) -> None:
    answer = s3.list_objects_v2(Bucket=filled, StartAfter="a/b/3")
    assert [each["Key"] for each in answer["Contents"]] == ["b", "b/4", "c d/ü"]


def test_the_first_list_operation_goes_on_from_a_marker(s3: Any, filled: str) -> None:
    pages = s3.get_paginator("list_objects").paginate(Bucket=filled, PaginationConfig={"PageSize": 3})
    assert [each["Key"] for page in pages for each in page["Contents"]] == KEYS


def test_url_encoding_is_done_when_asked_for(s3: Any, filled: str) -> None:
    answer = s3.list_objects_v2(Bucket=filled, Prefix="c d", EncodingType="url")
    assert [each["Key"] for each in answer["Contents"]] == ["c%20d/%C3%BC"]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keys=st.sets(st.text("ab/", min_size=1, max_size=5), max_size=12),
    prefix=st.sampled_from(["", "a", "a/"]),
    size=st.integers(1, 5),
)
def test_pages_and_folds_are_those_of_the_definition(
    s3: Any, bucket: str, keys: set[str], prefix: str, size: int
) -> None:
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    try:
        pages = list(
            s3.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=prefix, Delimiter="/", PaginationConfig={"PageSize": size}
            )
        )
        below = sorted(key for key in keys if key.startswith(prefix))
        plain = [key for key in below if "/" not in key[len(prefix) :]]
        folds = sorted({key[: key.index("/", len(prefix)) + 1] for key in below if key not in plain})
        assert [each["Key"] for page in pages for each in page.get("Contents", [])] == plain
        assert [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])] == folds
    finally:
        for key in keys:
            s3.delete_object(Bucket=bucket, Key=key)

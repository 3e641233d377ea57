"""CBOR as RFC 8949 writes it, read and written; what is malformed is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stepmill.cloud.protocol.cbor import MOST_NESTED, dump, load
from stepmill.cloud.service import AwsError

WHEN = datetime(2013, 3, 21, 20, 4, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        ("00", 0),
        ("1818", 24),
        ("1903e8", 1000),
        ("1b000000e8d4a51000", 1_000_000_000_000),
        ("3863", -100),
        ("fb3ff199999999999a", 1.1),
        ("f4", False),
        ("f6", None),
        ("63c3bc78", "üx"),
        ("4401020304", b"\x01\x02\x03\x04"),
        ("83010203", [1, 2, 3]),
        ("a26161016162820203", {"a": 1, "b": [2, 3]}),
        ("c1fb41d452d9ec200000", datetime(2013, 3, 21, 20, 4, 0, 500_000, tzinfo=UTC)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_reads_and_writes_the_examples_of_the_standard(encoded: str, value: Any) -> None:
    """Source: https://www.rfc-editor.org/rfc/rfc8949.html#name-examples-of-encoded-cbor-da"""
    assert load(bytes.fromhex(encoded)) == value
    assert dump(value) == bytes.fromhex(encoded)


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        ("f93e00", 1.5),
        ("fa47c35000", 100_000.0),
        ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
        ("7f657374726561646d696e67ff", "streaming"),
        ("5f42010243030405ff", b"\x01\x02\x03\x04\x05"),
        ("f7", None),
        ("", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_reads_the_forms_that_others_write(encoded: str, value: Any) -> None:
    assert load(bytes.fromhex(encoded)) == value


@pytest.mark.parametrize(
    "encoded",
    [
        "0000",
        "62c3",
        "19",
        "1b00",
        "81",
        "9f01",
        "a101",
        "81ff",
        "bf01ff",
        "62c328",
        "f8",
        "fb00",
        "1c",
        "ff00",
    ],
)
def test_refuses_what_is_cut_off_or_malformed(encoded: str) -> None:
    with pytest.raises(AwsError, match="The body is not CBOR") as caught:
        load(bytes.fromhex(encoded))
    assert caught.value.code == "SerializationException"


def test_refuses_what_is_nested_too_deeply() -> None:
    assert load(b"\x81" * MOST_NESTED + b"\x00") is not None
    with pytest.raises(AwsError, match=f"nested deeper than {MOST_NESTED}"):
        load(b"\x81" * (MOST_NESTED + 1) + b"\x00")


def test_refuses_to_write_what_has_no_form() -> None:
    for value in (object(), 1 << 64):
        with pytest.raises(TypeError):
            dump(value)
    assert dump(WHEN.replace(tzinfo=None)) == dump(WHEN)

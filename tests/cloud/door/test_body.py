"""Bodies: limits, spooling and the aws-chunked framing."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepmill.cloud.body import BodyWriter
from stepmill.cloud.service import AwsError

FRAMED = (
    b"5;chunk-signature=abc\r\nhello\r\n6;chunk-signature=def\r\n world\r\n0;chunk-signature=0\r\n"
    b"x-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:123\r\n\r\n"
)


def chunked(**extra: str) -> dict[str, str]:
    headers = {"content-encoding": "aws-chunked", "x-amz-decoded-content-length": "11"}
    return headers | {key.replace("_", "-"): value for key, value in extra.items()}


@given(cuts=st.lists(st.integers(min_value=0, max_value=len(FRAMED)), max_size=8))
def test_the_framing_comes_off_wherever_the_pieces_are_cut(cuts: list[int]) -> None:
    headers = chunked(content_encoding="aws-chunked,gzip", content_length=str(len(FRAMED)))
    writer = BodyWriter(headers, 100)
    edges = [0, *sorted(cuts), len(FRAMED)]
    for begin, end in pairwise(edges):
        writer.write(FRAMED[begin:end])
    with writer.finish() as body:
        assert body.read() == b"hello world"
    assert headers == {
        "content-encoding": "gzip",
        "content-length": "11",
        "x-amz-decoded-content-length": "11",
        "x-amz-checksum-crc32": "AAAAAA==",
        "x-amz-trailer-signature": "123",
    }


def test_a_trailer_cannot_set_any_other_header() -> None:
    headers = chunked()
    writer = BodyWriter(headers, 100)
    writer.write(b"b\r\nhello world\r\n0\r\nauthorization: mine\r\nhost: evil\r\n\r\n")
    writer.finish().close()
    assert headers == {"content-length": "11", "x-amz-decoded-content-length": "11"}


@pytest.mark.parametrize(
    ("framed", "code"),
    [
        (FRAMED[:-2], "IncompleteBody"),
        (b"5\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        (b"", "IncompleteBody"),
        (b"xyz\r\nhello", "InvalidRequest"),
        (b"5\r\nhello6\r\n", "InvalidRequest"),
        (b"1" * 20_000, "InvalidRequest"),
    ],
)
def test_refuses_broken_framing(framed: bytes, code: str) -> None:
    writer = BodyWriter(chunked(), 1 << 20)

    def send() -> None:
        writer.write(framed)
        writer.finish()

    with pytest.raises(AwsError) as caught:
        send()
    writer.close()
    assert caught.value.code == code


def test_refuses_what_grows_over_the_limit() -> None:
    writer = BodyWriter({}, 10)
    writer.write(b"0123456789")
    with pytest.raises(AwsError) as caught:
        writer.write(b"0")
    writer.close()
    assert (caught.value.code, caught.value.status) == ("RequestEntityTooLarge", 413)

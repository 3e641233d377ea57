"""How a response leaves: what a transport is given, and when."""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.wire import SHORT_BYTES, JoinedWrites

LONG = b"x" * (SHORT_BYTES + 1)


class Line:
    """The transport below."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


def after(use: Callable[[JoinedWrites, Line], None], *, turns: int = 2) -> Line:
    """The line after the loop came round so often."""

    async def run() -> Line:
        line = Line()
        use(JoinedWrites(cast(asyncio.Transport, line), asyncio.get_running_loop()), line)
        for _ in range(turns):
            await asyncio.sleep(0)
        return line

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("pieces", "written"),
    [
        pytest.param([b"head", b"body"], [b"headbody"], id="two"),
        pytest.param([b"head"], [b"head"], id="one"),
        pytest.param([b"a", b"b", b"c"], [b"ab", b"c"], id="three"),
        pytest.param([b"head", b""], [b"head"], id="no body"),
        pytest.param([b"head", LONG], [b"head", LONG], id="long body"),
        pytest.param([LONG, b"tail"], [LONG, b"tail"], id="tail"),
    ],
)
def test_what_is_short_leaves_with_what_follows(pieces: list[bytes], written: list[bytes]) -> None:
    def use(transport: JoinedWrites, _line: Line) -> None:
        for piece in pieces:
            transport.write(piece)

    assert after(use).written == written


def test_head_and_body_do_not_wait_for_the_loop() -> None:
    def use(transport: JoinedWrites, _line: Line) -> None:
        transport.write(b"head")
        transport.write(b"body")

    assert after(use, turns=0).written == [b"headbody"]


def test_what_is_held_leaves_before_the_line_is_closed() -> None:
    def use(transport: JoinedWrites, _line: Line) -> None:
        transport.write(b"last")
        transport.close()

    line = after(use)
    assert (line.written, line.is_closed) == ([b"last"], True)


def test_nothing_is_written_to_a_line_that_has_closed_meanwhile() -> None:
    def use(transport: JoinedWrites, line: Line) -> None:
        transport.write(b"late")
        line.close()

    assert after(use).written == []


def test_a_response_comes_in_one_piece(cloud: Cloud) -> None:
    with socket.create_connection(("127.0.0.1", cloud.port)) as connection:
        for _ in range(20):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
            assert (head[:12], body[-8:]) == (b"HTTP/1.1 403", b"</Error>")

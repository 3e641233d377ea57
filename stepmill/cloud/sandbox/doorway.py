"""A door into a box: 127.0.0.1 of the box answers on one port, because the box hands its listener out to us.

Nothing else of the host's network is seen from inside. A box without name spaces needs none: it sees the
host's.
"""

import socket
from types import TracebackType

LONGEST_WAIT_S = 30.0


class Doorway:
    """Given to one `Run`, whose box listens on `port`; `listener` is what to accept on."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._ours, self.theirs = socket.socketpair()

    def __enter__(self) -> "Doorway":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ours.close()
        self.theirs.close()

    def listener(self) -> socket.socket | None:
        """Waits until the box is built; None when it has no network of its own, or could not be built."""
        self.theirs.close()
        self._ours.settimeout(LONGEST_WAIT_S)
        try:
            _, descriptors, _, _ = socket.recv_fds(self._ours, 1, 1)
        except OSError:
            return None
        return socket.socket(fileno=descriptors[0]) if descriptors else None

"""Start a model server that listens on 127.0.0.1:<port> of its box, and reach it through $STEPMILL_SOCKET.

Run: python3 -m stepmill.cloud.images.standins.bridge 8080 <command> <argument>...
"""

import contextlib
import os
import socket
import subprocess
import sys
import threading


def copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def join(outside: socket.socket, port: int) -> None:
    with outside:
        try:
            inside = socket.create_connection(("127.0.0.1", port), 5)
        except OSError:
            return  # the server does not listen yet: the caller sees a closed connection and asks again
        with inside:
            inside.settimeout(None)
            back = threading.Thread(target=copy, args=(inside, outside))
            back.start()
            copy(outside, inside)
            back.join()


def accept(port: int) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.environ["STEPMILL_SOCKET"])
        listener.listen(128)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=join, args=(connection, port), daemon=True).start()


def main() -> int:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    server = subprocess.Popen(sys.argv[2:], env=environment)
    threading.Thread(target=accept, args=(int(sys.argv[1]),), daemon=True).start()
    return server.wait()


if __name__ == "__main__":
    sys.exit(main())

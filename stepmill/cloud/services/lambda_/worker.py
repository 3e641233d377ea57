"""One warm child process of a function: one invocation at a time, until it fails, idles too long or is
outdated.
"""

import json
import os
import queue
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from stepmill.cloud.child import kill_group, spawn
from stepmill.cloud.sandbox.box import base_python

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
END_OF_LOG = "\0end\0"
INIT_TIMEOUT_S = 10.0
MOST_LOG_BYTES = 16 << 20
MIB = 1 << 20
# Address space is more than memory in use: libraries and thread stacks are mapped, not touched.
ADDRESS_SPACE_SLACK_BYTES = 384 * MIB


class TimedOut(Exception):
    """The worker was killed: its time was over."""


class Died(Exception):
    """The worker ended by itself, in the words of AWS: `signal: killed` or `exit status 1`."""


@dataclass(frozen=True)
class Setup:
    """All that a worker depends on; `env` is its whole environment, `homes` the folder for its own."""

    handler: str
    code: Path
    layers: list[Path]
    runtime: Path
    env: dict[str, str]
    memory_mb: int
    homes: Path


class Worker:
    """Raises in its constructor: TimedOut, Died; `init_error` holds the error answer of a handler that
    cannot load.
    """

    def __init__(self, setup: Setup, log_stream: str, label: tuple[str, str, str]) -> None:
        self.label = label
        self.log_stream = log_stream
        self.idle_since_s = 0.0
        self.init_error: dict[str, Any] | None = None
        self.memory_kib = 0
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._home = tempfile.mkdtemp(dir=setup.homes)
        started_s = time.perf_counter()
        self._control, theirs = socket.socketpair()
        with theirs:
            self.process = spawn(
                [base_python(), "-I", "-S", str(BOOTSTRAP), str(theirs.fileno())],
                env=setup.env
                | {"HOME": self._home, "TMPDIR": self._home, "AWS_LAMBDA_LOG_STREAM_NAME": log_stream},
                cwd=setup.code,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
            )
        self._reader = threading.Thread(target=self._read_log, args=(self.process.stdout,), daemon=True)
        self._reader.start()
        try:
            self._send(
                {
                    "handler": setup.handler,
                    "paths": [str(setup.code), *(str(layer / "python") for layer in setup.layers)],
                    "runtime": str(setup.runtime),
                    "address_space_bytes": setup.memory_mb * MIB + ADDRESS_SPACE_SLACK_BYTES,
                }
            )
            frame = self._receive(time.monotonic() + INIT_TIMEOUT_S)
        except BaseException:
            self.close()
            raise
        if frame["kind"] != "ready":
            self.init_error = json.loads(frame["body"])
            self.init_error["errorMessage"] = frame.get("message", self.init_error["errorMessage"])
        self.init_ms = (time.perf_counter() - started_s) * 1000
        self.init_log = self.take_log()

    def invoke(
        self, request_id: str, arn: str, payload: str, timeout_s: float, client_context: Any
    ) -> dict[str, Any]:
        """Answer the frame of the handler. Raises: TimedOut, Died; the worker is closed then."""
        try:
            self._send(
                {
                    "id": request_id,
                    "arn": arn,
                    "payload": payload,
                    "timeout_s": timeout_s,
                    "client_context": client_context,
                }
            )
            return self._receive(time.monotonic() + timeout_s)
        except BaseException:
            self.close()
            raise

    def take_log(self) -> list[str]:
        """Lines since the last answer; waits for the mark that the worker sets before each answer."""
        lines: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=5)
            except queue.Empty:
                return lines
            if line is None:
                self._lines.put(None)
                return lines
            if line.endswith(END_OF_LOG):
                if line != END_OF_LOG:
                    lines.append(line.removesuffix(END_OF_LOG))
                return lines
            lines.append(line)

    def close(self) -> None:
        """Safe to call twice."""
        self._control.close()
        kill_group(self.process)
        shutil.rmtree(self._home, ignore_errors=True)

    def _send(self, frame: dict[str, Any]) -> None:
        data = json.dumps(frame).encode()
        try:
            self._control.settimeout(INIT_TIMEOUT_S)
            self._control.sendall(struct.pack(">I", len(data)) + data)
        except OSError:
            raise Died(self._why_it_died()) from None

    def _receive(self, deadline_s: float) -> dict[str, Any]:
        (size,) = struct.unpack(">I", self._read(4, deadline_s))
        frame: dict[str, Any] = json.loads(self._read(size, deadline_s))
        self.memory_kib = frame["memory_kib"]
        return frame

    def _read(self, size: int, deadline_s: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            left_s = deadline_s - time.monotonic()
            try:
                self._control.settimeout(max(left_s, 0.001))
                piece = self._control.recv(min(size - len(data), 1 << 20))
            except TimeoutError:
                raise TimedOut from None
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise Died(self._why_it_died())
            data += piece
        return bytes(data)

    def _why_it_died(self) -> str:
        try:
            code = self.process.wait(2)
        except subprocess.TimeoutExpired:
            return "its control socket was closed"
        if code < 0:
            return "signal: killed" if code == -9 else f"signal: {-code}"
        return f"exit status {code}"

    def _read_log(self, pipe: IO[bytes]) -> None:
        """Lines for `take_log`; of one invocation at most MOST_LOG_BYTES are kept."""
        with pipe:
            rest, kept = b"", 0
            while chunk := os.read(pipe.fileno(), 1 << 16):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    is_end = line.endswith(END_OF_LOG.encode())
                    kept = 0 if is_end else kept + len(line)
                    if is_end or kept <= MOST_LOG_BYTES:
                        self._lines.put(line.decode("utf-8", "replace"))
                rest = rest[-MOST_LOG_BYTES:]
            if rest:
                self._lines.put(rest.decode("utf-8", "replace"))
            self._lines.put(None)

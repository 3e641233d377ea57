"""Watch over a boxed command: its lines, its time, its disk, and the wish to stop it."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from stepmill.cloud.child import kill_group
from stepmill.cloud.sandbox.box import Box, start
from stepmill.cloud.sandbox.doorway import Doorway

LONGEST_LINE_BYTES = 256 * 1024
MOST_LOG_BYTES = 64 << 20
LOOK_EVERY_S = 0.2
MEASURE_EVERY_S = 0.5


@dataclass(frozen=True)
class Ended:
    """`reason` is None when the command ended by itself, else `stopped`, `timed_out`, `disk_full` or
    `files_full`.
    """

    exit_code: int
    reason: str | None = None


class Run:
    """One boxed command under watch. `on_lines` gets its output, stdout and stderr mixed, in batches; with
    `on_errors` that one gets stderr.
    """

    def __init__(
        self,
        box: Box,
        scratch: Path,
        on_lines: Callable[[list[str]], None],
        *,
        most_seconds: float,
        grace_s: float = 10.0,
        name_spaces: bool | None = None,
        on_errors: Callable[[list[str]], None] | None = None,
        doorway: Doorway | None = None,
    ) -> None:
        self._box = box
        self._grace_s = grace_s
        self._deadline = time.monotonic() + most_seconds
        self._wants_stop = threading.Event()
        self.process = start(
            box,
            scratch,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if on_errors else subprocess.STDOUT,
            name_spaces=name_spaces,
            doorway=doorway,
        )
        pipes = [(self.process.stdout, on_lines), (self.process.stderr, on_errors)]
        self._readers = [
            threading.Thread(target=read_lines, args=(pipe, take), daemon=True)
            for pipe, take in pipes
            if pipe
        ]
        for reader in self._readers:
            reader.start()

    def stop(self) -> None:
        """SIGTERM, then SIGKILL when the grace time is over; `wait` answers `stopped`. May be called from
        any thread.
        """
        self._wants_stop.set()

    def wait(self) -> Ended:
        next_measure = time.monotonic()
        reason = None
        while reason is None:
            try:
                self.process.wait(LOOK_EVERY_S if not self._wants_stop.is_set() else 0)
                break
            except subprocess.TimeoutExpired:
                now = time.monotonic()
                if self._wants_stop.is_set():
                    reason = "stopped"
                elif now > self._deadline:
                    reason = "timed_out"
                elif now > next_measure:
                    reason = self._full()
                    next_measure = now + MEASURE_EVERY_S
        if reason in ("stopped", "timed_out"):
            self._terminate()
        code = kill_group(self.process)
        for reader in self._readers:
            reader.join(5)
        return Ended(code, reason or self._full())

    def _terminate(self) -> None:
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):  # the SIGKILL that follows is for this case
            self.process.wait(self._grace_s)

    def _full(self) -> str | None:
        size, count = 0, 0
        for folder in self._box.writable:
            more_bytes, more_files = usage(folder)
            size, count = size + more_bytes, count + more_files
        if size > self._box.limits.disk_bytes:
            return "disk_full"
        return "files_full" if count > self._box.limits.files else None


def read_lines(
    pipe: IO[bytes], on_lines: Callable[[list[str]], None], most_bytes: int = MOST_LOG_BYTES
) -> None:
    """Hand on what a boxed command prints, until it ends.

    Beyond `most_bytes` it is read and dropped: a log is no way to fill the disk.
    """
    with pipe:
        rest, left = b"", most_bytes
        while chunk := os.read(pipe.fileno(), 1 << 16):
            if left < 0:
                continue
            left -= len(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > LONGEST_LINE_BYTES:
                lines, rest = [*lines, rest], b""
            if lines:
                on_lines([as_text(line) for line in lines])
            if left < 0:
                on_lines([f"[the log is longer than {most_bytes} bytes; the rest is dropped]"])
                rest = b""
        if rest:
            on_lines([as_text(rest)])


def as_text(line: bytes) -> str:
    return line[:LONGEST_LINE_BYTES].decode("utf-8", "replace").rstrip("\r")


def usage(folder: Path) -> tuple[int, int]:
    """Bytes on disk and number of entries below a folder; links are not followed, what vanishes is not
    counted.
    """
    size, count = 0, 0
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    count += 1
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
        except FileNotFoundError:
            continue
    return size, count

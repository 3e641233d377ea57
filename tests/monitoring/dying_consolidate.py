"""consolidate.py, with the commit of its window behind it, that is killed at a call to AWS.

KILL_AT counts the calls, KILL_AFTER says whether that one is still made.
"""

import itertools
import os
import signal
import sys
from typing import Any

from millkit import aws, windows

from jobs.monitoring import consolidate

calls = itertools.count(1)


def die(**_: Any) -> None:
    if next(calls) == int(os.environ["KILL_AT"]):
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    moment = "after-call" if os.environ["KILL_AFTER"] == "1" else "before-call"
    for service in consolidate.Clients._fields:  # each is made once
        aws.client(service).meta.events.register(moment, die)
    consolidate.main()
    options = dict(word[2:].split("=", 1) for word in sys.argv[1:] if "=" in word)
    layout = windows.Layout(options["artifacts-bucket"], options["endpoint"])
    s3 = aws.client("s3")
    run = windows.read(s3, layout.run(options["run-id"]))
    if run["outcome"] == "window":
        windows.commit(s3, layout, run["window"], "arn:child")


if __name__ == "__main__":
    main()

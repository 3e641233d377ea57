"""Show the log of a function, job or endpoint.

  stepmill logs notify             a function, by its name or a part of it that fits only one
  stepmill logs notify --follow    go on with what is written from now on; Ctrl-C ends

A job too, by a part of its name; `stepmill history` shows the names. An endpoint has a log once its model
server has written something.
Exit code 2 when nothing has that name, or more than one thing; the names are shown then.
"""

import argparse
import time
from datetime import UTC, datetime
from typing import Any

HELP = "show the log of a function, job or endpoint"
_JOB_GROUPS = tuple(f"/aws/sagemaker/{kind}Jobs" for kind in ("Training", "Processing", "Transform"))
_POLL_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="a function, job, endpoint or log group, or a part of its name")
    parser.add_argument("--follow", action="store_true", help="go on with every line that is written")


def run(args: argparse.Namespace) -> int:
    from stepmill.cli.session import client

    logs = client("logs")
    group, prefix = find(logs, args.name)
    seen = _show(logs, group, prefix, set(), 0)
    while args.follow:
        time.sleep(_POLL_S)
        seen = _show(logs, group, prefix, *seen)
    return 0


def find(logs: Any, name: str) -> tuple[str, str]:
    """The log group, and the beginning of the streams in it, that `name` means. Raises: UserError."""
    from stepmill.cli.lookup import chosen

    groups = [
        one["logGroupName"]
        for page in logs.get_paginator("describe_log_groups").paginate()
        for one in page["logGroups"]
    ]
    places: dict[str, tuple[str, str]] = {}
    for group in groups:
        if group in _JOB_GROUPS:
            for page in logs.get_paginator("describe_log_streams").paginate(logGroupName=group):
                for stream in page["logStreams"]:
                    job = stream["logStreamName"].partition("/")[0]
                    places[job] = (group, job)
        else:
            places[group.rpartition("/")[2]] = (group, "")
    if name in groups:
        return name, ""
    return places[chosen(name, list(places), "log")]


def _show(logs: Any, group: str, prefix: str, seen: set[str], since_ms: int) -> tuple[set[str], int]:
    """Print what is new since then; what to give the next call is returned."""
    request = {"logGroupName": group, "startTime": since_ms}
    if prefix:
        request["logStreamNamePrefix"] = prefix
    for page in logs.get_paginator("filter_log_events").paginate(**request):
        for event in page["events"]:
            if event["eventId"] in seen:
                continue
            seen.add(event["eventId"])
            since_ms = max(since_ms, event["timestamp"])
            at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
            print(f"{at:%Y-%m-%d %H:%M:%S}  {event['message'].rstrip()}", flush=True)
    return seen, since_ms

"""Consolidate: what is new since the last window, as records of one form.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/monitoring/consolidate.py --endpoint stepmill-dev --artifacts-bucket A --data-bucket D \
        --parameter-prefix /stepmill/dev/training --run-id by-hand

A Python shell job of Glue, and the same on a laptop (AWS_ENDPOINT_URL tells where AWS is).

In:  capture/<endpoint>/, realtime/<endpoint>/, scored/<endpoint>/ of the artefacts bucket and
     truth/<endpoint>/ of the data bucket: every version of an object that no window lists
Out: below monitoring/<endpoint>/: plans/<n>.json, what the window is made of, created once;
     records/, joined/ (records with truth), ids/, pending/, seen/, problems/ of the window;
     prepared/<n>.json, to be committed as windows/<n>.json; runs/<run id>.json, which says how it went

A run that finds a plan which was not committed carries that out: it writes what the one that died would have
written. So nothing is lost, and nothing comes twice.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timezone
from typing import Any, NamedTuple

from millkit import aws, job, storage, windows
from millkit.errors import MillError
from millkit.windows import Layout

from jobs.monitoring import bookmark, served
from jobs.monitoring.bookmark import Limits
from jobs.monitoring.window import Window

PROBLEMS = ("regression", "binary", "multiclass")


class Clients(NamedTuple):
    s3: Any
    ssm: Any
    sagemaker: Any


def main(argv: list[str] | None = None) -> None:
    parser = job.Parser(prog="consolidate", description="What is new for the monitor, as records of one form")
    for name in ("endpoint", "artifacts-bucket", "data-bucket", "parameter-prefix", "run-id"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--problem", choices=PROBLEMS, default="regression")
    parser.add_argument("--monitor-image", choices=("own", "aws"), default="own", help="aws reads CSV files")
    parser.add_argument("--lookback-days", type=int, default=30, help="days that are looked at; 0 for all")
    parser.add_argument("--truth-windows", type=int, default=2_200, help="truth and records wait that long")
    parser.add_argument("--max-objects", type=int, default=20_000, help="of one window")
    parser.add_argument("--max-bytes", type=int, default=1 << 30, help="of one window")
    try:
        # Glue adds arguments of its own.
        arguments, _ = parser.parse_known_args(argv)
        clients = Clients(*(aws.client(service) for service in Clients._fields))
        told = consolidate(clients, arguments, datetime.now(timezone.utc))
    except MillError as wrong:
        sys.exit(f"{type(wrong).__name__}: {wrong}")
    print(json.dumps(told))


def consolidate(clients: Clients, arguments: argparse.Namespace, now: datetime) -> dict[str, Any]:
    """What runs/<run id>.json gets."""
    layout = Layout(arguments.artifacts_bucket, arguments.endpoint)
    previous = last_window(clients.s3, layout)
    number = previous.get("window", 0) + 1
    places = bookmark.sources(arguments.artifacts_bucket, arguments.data_bucket, arguments.endpoint)
    plan, is_adopted = find_plan(clients.s3, layout, number), True
    if plan is None:
        is_adopted = False
        new = make_plan(clients, layout, previous, places, arguments, now)
        if new is not None:
            is_adopted = not storage.write_once(
                clients.s3, layout.plan(number), windows.encoded(new), windows.JSON
            )
            plan = windows.read(clients.s3, layout.plan(number)) if is_adopted else new
    if plan is None:
        told: dict[str, Any] = {"outcome": "nothing new", "window": number - 1, "has_more": False}
    else:
        made = Window(clients.s3, clients.sagemaker, layout, plan, previous).make(places)
        told = {
            "outcome": "window",
            "window": number,
            "has_more": is_adopted or bool(plan["left"]),
            "counts": made["counts"],
        }
    windows.write(clients.s3, layout.run(arguments.run_id), told)
    return told


def last_window(s3: Any, layout: Layout) -> dict[str, Any]:
    number = windows.last(s3, layout)
    return windows.read(s3, layout.window(number)) if number else {}


def find_plan(s3: Any, layout: Layout, number: int) -> dict[str, Any] | None:
    try:
        return windows.read(s3, layout.plan(number))
    except storage.ObjectMissing:
        return None


def make_plan(
    clients: Clients, layout: Layout, previous: dict[str, Any], places: list[bookmark.Source],
    arguments: argparse.Namespace, now: datetime,
) -> dict[str, Any] | None:  # fmt: skip
    """Everything that the window depends on; None when nothing is new."""
    limits = Limits(arguments.max_objects, arguments.max_bytes)
    days = bookmark.day_names(now, arguments.lookback_days)
    new = bookmark.find_new(clients.s3, layout, previous.get("seen", {}), places, limits, days)
    if not new.inputs:
        return None
    parameter = f"{arguments.parameter_prefix}/model-package-arn"
    return {
        "window": previous.get("window", 0) + 1,
        "made": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "problem": arguments.problem,
        "truth_windows": arguments.truth_windows,
        "monitor_image": arguments.monitor_image,
        "served": served.history(clients.ssm, clients.sagemaker, parameter, layout.endpoint),
        "inputs": [list(one) for one in new.inputs],
        "left": new.left,
    }


if __name__ == "__main__":
    main()

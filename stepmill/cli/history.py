"""Show what an execution did, event by event.

  stepmill history training           the newest execution of a machine
  stepmill history monday             one execution, by its name or ARN
  stepmill history training --json    the events as AWS gives them

The newest execution is the one that started last, whatever became of it.
"""

import argparse
import json
from typing import Any

from stepmill.cli.errors import UserError

HELP = "show what an execution did, event by event"
_MOST_CHARS = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="EXECUTION|MACHINE", help="an execution's ARN or name, or a machine")
    parser.add_argument("--json", action="store_true", help="print the events as JSON")


def run(args: argparse.Namespace) -> int:
    from stepmill.cli.follow import events_after
    from stepmill.cli.session import client

    stepfunctions = client("stepfunctions")
    arn = execution_arn(stepfunctions, args.name)
    found = stepfunctions.describe_execution(executionArn=arn)
    events = events_after(stepfunctions, arn, 0)
    if args.json:
        print(json.dumps(events, indent=2, default=lambda moment: moment.isoformat()))
    else:
        _table(found, events)
    return 0


def execution_arn(stepfunctions: Any, name: str) -> str:
    """An execution by ARN or name, or the newest one of a machine. Raises: UserError."""
    from stepmill.cli.lookup import machine_arn

    if ":execution:" in name:
        return name
    pages = stepfunctions.get_paginator("list_state_machines").paginate()
    for machine in [one for page in pages for one in page["stateMachines"]]:
        of_machine = stepfunctions.get_paginator("list_executions").paginate(
            stateMachineArn=machine["stateMachineArn"]
        )
        for execution in [one for page in of_machine for one in page["executions"]]:
            if execution["name"] == name:
                return str(execution["executionArn"])
    arn = machine_arn(stepfunctions, name)
    newest = stepfunctions.list_executions(stateMachineArn=arn, maxResults=1)["executions"]
    if not newest:
        raise UserError(f"{arn.rpartition(':')[2]} has not been run yet; start it with `stepmill run`")
    return str(newest[0]["executionArn"])


def _table(found: dict[str, Any], events: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    console.print(f"{found['executionArn']}  {found['status']}", soft_wrap=True, markup=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("id", justify="right")
    table.add_column("at", justify="right")
    for title in ("type", "state or resource", "what"):
        table.add_column(title, overflow="fold")
    begun = events[0]["timestamp"] if events else None
    for event in events:
        seconds = (event["timestamp"] - begun).total_seconds()
        details: dict[str, Any] = next(
            (value for key, value in event.items() if key.endswith("EventDetails")), {}
        )
        where = str(details.get("name") or details.get("resource") or "")
        table.add_row(str(event["id"]), f"{seconds:.2f} s", event["type"], where, _what(details))
    console.print(table, markup=False) if table.row_count else console.print("no events yet")


def _what(details: dict[str, Any]) -> str:
    if "error" in details:
        text = f"{details['error']}: {details.get('cause', '')}"
    else:
        text = str(next((details[key] for key in ("output", "input", "parameters") if key in details), ""))
    return text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]} …"

"""Start an execution of a machine and follow it to its end.

  stepmill run training --input events/training.cars.json
  stepmill run training --input '{"data_uri": "s3://my-data/cars/"}' --logs
  stepmill run training --input events/training.cars.json --name monday --no-follow

Exit code 0 when it SUCCEEDED, 1 when it ended otherwise.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from stepmill.cli.errors import UserError

HELP = "start an execution and follow it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("machine", help="the machine's name, or a part of it that fits only one")
    parser.add_argument("--input", default="{}", metavar="FILE|JSON", help="the input (default {})")
    parser.add_argument("--name", help="the execution's name; a random one otherwise")
    parser.add_argument("--no-follow", action="store_true", help="start it and return")
    parser.add_argument("--logs", action="store_true", help="show the log lines of its jobs while they run")


def run(args: argparse.Namespace) -> int:
    from botocore.exceptions import ClientError
    from rich.console import Console

    from stepmill.cli.follow import follow
    from stepmill.cli.joblogs import JobLogs
    from stepmill.cli.lookup import machine_arn
    from stepmill.cli.session import client

    stepfunctions = client("stepfunctions")
    request = {"stateMachineArn": machine_arn(stepfunctions, args.machine), "input": read_input(args.input)}
    if args.name:
        request["name"] = args.name
    try:
        execution_arn = stepfunctions.start_execution(**request)["executionArn"]
    except ClientError as error:
        raise UserError(error.response["Error"]["Message"]) from error
    console = Console(highlight=False)
    console.print(execution_arn, soft_wrap=True)
    if args.no_follow:
        return 0
    logs = JobLogs(client("logs"), console) if args.logs else None
    try:
        done = follow(stepfunctions, execution_arn, console, logs.began if logs else None)
    finally:
        if logs:
            logs.close()
    _tell(console, done)
    return 0 if done["status"] == "SUCCEEDED" else 1


def read_input(text: str) -> str:
    """JSON as it is, or the content of the file that is named. Raises: UserError."""
    if text.lstrip().startswith(("{", "[", '"')):
        where, document = "--input", text
    else:
        path = Path(text)
        if not path.is_file():
            raise UserError(f"--input: {text} is neither JSON nor a file that is there")
        where, document = str(path), path.read_text("utf-8")
    try:
        json.loads(document)
    except ValueError as error:
        raise UserError(f"{where}: is not JSON: {error}") from error
    return document


def _tell(console: Any, done: dict[str, Any]) -> None:
    seconds = (done["stopDate"] - done["startDate"]).total_seconds()
    colour = "green" if done["status"] == "SUCCEEDED" else "red"
    console.print(f"[{colour}]{done['status']}[/{colour}] after {seconds:.1f} s")
    if "output" in done:
        console.print_json(done["output"])

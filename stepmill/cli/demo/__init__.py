"""Watch the whole system work, on this machine: from an uploaded file to a live model.

  stepmill demo cars                                     804 real used cars, in about a minute
  stepmill demo cars --full                              all of it, in some minutes
  stepmill demo cars --logs                              with the log lines of every job
  stepmill demo houses --csv houses.csv --target price   a table of yours, with a header

It starts the embedded cloud in a folder of its own data (--root), deploys template.yaml, uploads the table,
and follows what that starts: a linear model is registered and goes live, XGBoost challenges it, spoilt data
make a worse model, which is rejected, and a drift is caught and told by e-mail. --full walks all of it:
tuning, a person's approval, autoscaling, two endpoints behind one URL, a scored file, ground truth, drift of
the data and of what counts for the model, a training that this starts, a container of one's own, and a canary
that an alarm takes back. Both deploy examples/NAME/usecase.yaml as `stepmill deploy --use-case` does, but for
what their plots need, such as no wait for alarms. Exit code 0 only if all of that really happened.
"""

import argparse
import json
import math
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from stepmill.cli.errors import UserError
from stepmill.cli.session import ROOT

if TYPE_CHECKING:
    from rich.console import Console

    from stepmill.cli.demo.usecase import Example

HELP = "watch the whole system work: from an uploaded file to a live model"
TEMPLATE = Path("template.yaml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", nargs="?", default="cars", help="an example in examples/, or a name for --csv"
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="a table of yours: CSV with a header")
    parser.add_argument("--target", metavar="COLUMN", help="with --csv: the column to predict")
    parser.add_argument(
        "--rmse-limit",
        type=float,
        help="with --csv: reject models above it (default: 1.5 of the target's deviation)",
    )
    parser.add_argument(
        "--root", type=Path, default=ROOT, help=f"folder for the cloud's data (default {ROOT})"
    )
    parser.add_argument("--full", action="store_true", help="all of it: tuning to a canary that goes back")
    parser.add_argument("--logs", action="store_true", help="show the log lines of every job")


def run(args: argparse.Namespace) -> int:
    check(args)
    from rich.console import Console

    from stepmill.cli.demo import embedded, usecase

    began = time.monotonic()
    console = Console(highlight=False)
    if embedded.claim(args.root):
        console.print(f"[dim]cleared what an earlier demo left in {args.root}[/dim]")
    folder = args.root / "demo" / args.name
    if args.csv is None:
        case = usecase.example(args.name, folder)
    else:
        case = usecase.own(args.name, args.csv, args.target, args.rmse_limit, folder)
    with console.status("starting the embedded cloud") as status, embedded.embedded_cloud(args.root):
        status.stop()
        return play(args, case, folder, console, began)


def play(args: argparse.Namespace, case: "Example", folder: Path, console: "Console", began: float) -> int:
    """The exit code. `began` is a monotonic time in seconds."""
    from rich.markup import escape

    from stepmill.cli.demo import report
    from stepmill.cli.demo.full import Walk
    from stepmill.cli.demo.scenario import Scenario
    from stepmill.cli.demo.stage import PlotBroken, Stage
    from stepmill.cli.deploy import DeployFailed

    stage = Stage(args.root, console, with_logs=args.logs)
    plot = Walk(stage, case, folder) if args.full else Scenario(stage, case, folder)
    try:
        story = plot.play(TEMPLATE)
    except (DeployFailed, PlotBroken) as error:
        console.print(f"[red]✗[/red] {escape(str(error))}")
        report.show_ways(console, args.root)
        return 1
    seconds = time.monotonic() - began
    summary = folder / "summary.json"
    summary.write_text(json.dumps(story.figures(seconds), indent=2) + "\n")
    story.show(console)
    report.show_claims(console, story.claims)
    console.print(f"\n{seconds:.1f} s in all; the figures are in {summary}", soft_wrap=True)
    report.show_ways(console, args.root)
    return 0 if all(story.claims.values()) else 1


def check(args: argparse.Namespace) -> None:
    """Raises: UserError."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,30}", args.name):
        raise UserError(f"name is {args.name!r}; use lower-case letters, digits, - and _, a letter first")
    if not TEMPLATE.is_file():
        raise UserError(f"there is no {TEMPLATE} here; run the demo in the repository's folder")
    if (args.csv is None) != (args.target is None):
        raise UserError("--csv and --target go together: the table, and the column to predict")
    if args.csv is None and args.rmse_limit is not None:
        raise UserError("--rmse-limit goes with --csv; an example has its own limit")
    if args.rmse_limit is not None and not (args.rmse_limit > 0 and math.isfinite(args.rmse_limit)):
        raise UserError(f"--rmse-limit is {args.rmse_limit}; give a number above 0, in the target's unit")

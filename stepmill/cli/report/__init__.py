"""Write one HTML page: what was predicted, what drifted, how good the models were.

  stepmill report                     the page insight.html, from the cloud that runs here
  stepmill report --output page.html  elsewhere; - prints it
  stepmill report --work-group NAME   when there is more than one insight stack

The figures come from the insight stack's named queries (stacks/insight.yaml) through Athena; with
AWS_ENDPOINT_URL set they come from there. The page holds everything: it loads nothing.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from stepmill.cli.errors import UserError
from stepmill.cli.report.page import render
from stepmill.cli.report.queries import MOST_FOUND, Athena, work_group
from stepmill.cli.session import ROOT, client

HELP = "write a page of predictions, drift and model quality"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("insight.html"),
        metavar="FILE",
        help="default: insight.html; - prints",
    )
    parser.add_argument("--work-group", metavar="NAME", help="Athena work group of the named queries")
    parser.add_argument("--alerts", type=int, default=20, metavar="N", help="alerts shown with their rows")
    parser.add_argument("--root", type=Path, default=ROOT, help="the cloud's folder (default: .stepmill)")


def run(args: argparse.Namespace) -> int:
    if not 0 <= args.alerts <= MOST_FOUND:
        raise UserError(f"--alerts is {args.alerts}; give 0 to {MOST_FOUND}")
    athena = client("athena", args.root)
    answers = Athena(athena, work_group(athena, args.work_group)).answers(most_alerts=args.alerts)
    page = render(answers, datetime.now(UTC))
    if str(args.output) == "-":
        sys.stdout.write(page)
        return 0
    try:
        args.output.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{args.output} cannot be written: {error.strerror}; choose another --output"
        ) from None
    print(f"{args.output}: {answers.summary()}")
    return 0

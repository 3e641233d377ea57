"""The end of a demo: tables for people, figures for programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from stepmill.cli.demo.runs import Run
from stepmill.cli.demo.serving import Mail, Price
from stepmill.cli.demo.usecase import Example
from stepmill.cli.demo.watching import Watched
from stepmill.cli.session import ROOT

NUMBERS = ("RMSE", "champion's", "version", "test row", "predicted", "true", "off by")


def watched_figures(watched: Watched) -> dict[str, Any]:
    """One look of the monitor."""
    return {
        "execution_arn": watched.execution_arn,
        "status": watched.status,
        "outcome": watched.outcome,
        "reason": watched.reason,
        "seconds": watched.seconds,
        "violations": watched.violations,
        "report": None if watched.report is None else str(watched.report),
        "mail": None if watched.mail is None else watched.mail.file,
    }


def mail_figures(mails: list[Mail]) -> list[dict[str, str]]:
    return [{"file": mail.file, "to": mail.to, "subject": mail.subject} for mail in mails]


def show_claims(console: Console, claims: dict[str, bool]) -> None:
    for claim, holds in claims.items():
        mark = f"[green]✓[/green] {claim}" if holds else f"[red]✗ not so: {claim}[/red]"
        console.print(mark, soft_wrap=True)


def show_ways(console: Console, root: Path) -> None:
    """Where to look from here: the cloud has stopped, and what it keeps has not gone."""
    where = "" if root == ROOT else f" --root {root}"
    console.print(f"[dim]`stepmill up --no-deploy{where}` starts this cloud again;[/dim]", soft_wrap=True)
    console.print(f"[dim]`stepmill mail latest{where}` shows its last mail.[/dim]", soft_wrap=True)


def show_models(console: Console, case: Example, runs: list[Run]) -> None:
    unit = f" ({case.unit})" if case.unit else ""
    made = table("Models", "model", "version", f"RMSE{unit}", f"champion's{unit}", "verdict")
    for run in runs:
        numbers = (figure(run.rmse), figure(run.champion_rmse))
        made.add_row(run.title, run.number or "–", *numbers, _verdict(run))
    console.print(made, "")


def _verdict(run: Run) -> str:
    if run.status == "FAILED" and run.version:
        return "[yellow]taken back[/yellow]"
    if run.status != "SUCCEEDED":
        return f"[red]{run.status}[/red]"
    return "[green]accepted[/green]" if run.accepted else "[yellow]rejected[/yellow]"


def show_prices(console: Console, case: Example, prices: list[Price]) -> None:
    if not prices:
        return
    title = f"{case.target} from the endpoint"
    made = table(title, "test row", "predicted", "true", "off by")
    for price in prices:
        off = price.predicted - price.true
        made.add_row(str(price.row), figure(price.predicted), figure(price.true), f"{off:+,.2f}")
    console.print(made, "")


def show_pairs(console: Console, title: str, pairs: dict[str, str]) -> None:
    """Of an ARN the part that differs."""
    made = table(title, "name", "value")
    for name, value in pairs.items():
        made.add_row(name, value.rpartition(":")[2] if value.startswith("arn:") else value)
    console.print(made, "")


def show_mails(console: Console, mails: list[Mail]) -> None:
    if not mails:
        return
    made = table(f"E-mails to {mails[0].to}", "subject")
    for mail in mails:
        made.add_row(mail.subject)
    console.print(made, "")


def table(title: str, *columns: str, numbers: Sequence[str] = NUMBERS) -> Table:
    """Narrow, without a frame; `numbers` are what the names of columns with figures begin with."""
    made = Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    for column in columns:
        is_number = column.startswith(tuple(numbers))
        made.add_column(column, overflow="fold", justify="right" if is_number else "left")
    return made


def figure(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"

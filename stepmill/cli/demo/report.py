"""The end of the demo: tables for people, figures for programs."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from stepmill.cli.demo.scenario import Run, Story


def figures(story: Story, seconds: float) -> dict[str, Any]:
    """What summary.json holds."""
    return {
        "example": story.case.name,
        "target": story.case.target,
        "unit": story.case.unit,
        "seconds": round(seconds, 1),
        "runs": [asdict(run) for run in story.runs],
        "prices": [asdict(price) for price in story.prices],
        "parameters": story.parameters,
        "mails": story.mails,
        "claims": story.claims,
    }


def show(console: Console, story: Story, seconds: float, summary: Path) -> None:
    console.print()
    console.print(_models(story))
    if story.prices:
        console.print(_prices(story))
    console.print(_pairs("SSM parameters exported", story.parameters))
    console.print(_mails(story))
    for claim, holds in story.claims.items():
        console.print(f"[green]✓[/green] {claim}" if holds else f"[red]✗ not so: {claim}[/red]")
    console.print(f"\n{seconds:.1f} s in all; the figures are in {summary}", soft_wrap=True)
    console.print(
        "[dim]`stepmill up --no-deploy` starts this cloud again; `stepmill mail latest` shows a mail.[/dim]"
    )


def _models(story: Story) -> Table:
    unit = f" ({story.case.unit})" if story.case.unit else ""
    table = _table("Models", "model", "version", f"RMSE{unit}", f"champion's{unit}", "verdict", "why")
    for run in story.runs:
        version = run.version.rpartition("model-package/")[2] or "–"
        figures = (_figure(run.rmse), _figure(run.champion_rmse))
        table.add_row(run.title, version, *figures, _verdict(run), run.reason)
    return table


def _verdict(run: Run) -> str:
    if run.status != "SUCCEEDED":
        return f"[red]{run.status}[/red]"
    return "[green]accepted[/green]" if run.accepted else "[yellow]rejected[/yellow]"


def _prices(story: Story) -> Table:
    table = _table(f"{story.case.target} from the endpoint", "test row", "predicted", "true", "off by")
    for price in story.prices:
        off = price.predicted - price.true
        table.add_row(str(price.row), _figure(price.predicted), _figure(price.true), f"{off:+,.2f}")
    return table


def _pairs(title: str, pairs: dict[str, str]) -> Table:
    table = _table(title, "name", "value")
    for name, value in pairs.items():
        table.add_row(name, value)
    return table


def _mails(story: Story) -> Table:
    table = _table("E-mails", "to", "subject")
    for mail in story.mails:
        table.add_row(mail["to"], mail["subject"])
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"

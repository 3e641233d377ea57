"""The page of `stepmill report`, from the demo's own cloud."""

from datetime import UTC, datetime
from pathlib import Path

from stepmill.cli.demo.stage import Stage
from stepmill.cli.report.page import render
from stepmill.cli.report.queries import Answers, Athena

MOST_ALERTS = 20


def write_page(stage: Stage, page: Path) -> Answers:
    with stage.console.status("asking Athena"):
        athena = Athena(stage.client("athena"), stage.outputs["InsightWorkGroup"])
        answers = athena.answers(most_alerts=MOST_ALERTS)
    page.write_text(render(answers, datetime.now(UTC)), encoding="utf-8")
    return answers

"""The monitor's part: it is started by hand, what it found is shown, and the mail that says so."""

import json
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from stepmill.cli.demo.serving import Mail
from stepmill.cli.demo.stage import Json, Stage

MACHINE = "ModelMonitorArn"
DRIFT, STABLE = "drift", "stable"
# What lines of the table `violations` call the check of the attributions' ranking.
NDCG = "feature_attribution_drift_check"
MOST_MAIL_LINES = 12
FOOTER = "--"
# A panel takes that from its lines.
FRAME = 4


@dataclass(frozen=True)
class Watched:
    """One window. `violations` are lines of the table `violations`, `ranking` is the one on attributions.

    `made` are keys of what was written, `report` is the page's local copy.
    """

    execution_arn: str
    status: str
    outcome: str
    reason: str
    seconds: float
    violations: list[Json]
    ranking: Json | None
    made: list[str]
    report: Path | None
    mail: Mail | None

    @property
    def drifted(self) -> set[str]:
        """Features whose data have moved."""
        return {str(line["feature"]) for line in self.violations}

    def tells_of(self, features: Sequence[str]) -> bool:
        """Whether a mail names them all."""
        return self.mail is not None and all(name in self.mail.body for name in features)


def by_hand(given: Json) -> Callable[[Stage, str], Json]:
    """Starts the monitor of the first endpoint with those inputs."""
    return lambda stage, machine: stage.run(machine, given | {"endpoint_name": stage.outputs["EndpointName"]})


def look(stage: Stage, report: Path, by: Callable[[Stage, str], Json]) -> Watched:
    """Follow the monitor, as `by` gets hold of an execution; its page goes to `report`.

    When it has found a drift, its mail is waited for.
    """
    folder = f"monitoring/{stage.outputs['EndpointName']}/"
    before, told_before = set(stage.keys(folder)), {mail.file for mail in stage.mails()}
    ended = by(stage, MACHINE)
    made = [key for key in stage.keys(folder) if key not in before]
    output, measured = json.loads(ended.get("output", "{}")), lines(stage, made)
    mail = None
    if output.get("outcome") == DRIFT:
        mail = stage.await_mail(lambda one: one.file not in told_before and one.subject.startswith("Drift"))
    return Watched(
        execution_arn=ended["executionArn"],
        status=ended["status"],
        outcome=output.get("outcome", ""),
        reason=output.get("reason") or ended.get("cause") or ended["status"],
        seconds=(ended["stopDate"] - ended["startDate"]).total_seconds(),
        violations=violated(measured),
        ranking=ranking(measured),
        made=made,
        report=_page(stage, made, report),
        mail=mail,
    )


def lines(stage: Stage, keys: Sequence[str]) -> list[Json]:
    """All that was measured, also within its limit."""
    bucket = stage.outputs["ArtifactsBucketName"]
    return [
        json.loads(line)
        for key in keys
        if "/violations/" in key and key.endswith(".jsonl")
        for line in stage.read(f"s3://{bucket}/{key}").splitlines()
    ]


def violated(measured: Sequence[Json]) -> list[Json]:
    return [line for line in measured if line.get("violated", True)]


def ranking(measured: Sequence[Json]) -> Json | None:
    """The line on the attributions, if they were compared."""
    return next((line for line in measured if line["check_type"] == NDCG), None)


def _page(stage: Stage, keys: Sequence[str], local: Path) -> Path | None:
    """Of what was measured, the page of the data; one model has answered all of a demo's window."""
    pages = [key for key in keys if key.endswith("/data/report.html")]
    if not pages:
        return None
    local.write_bytes(stage.read(f"s3://{stage.outputs['ArtifactsBucketName']}/{pages[-1]}"))
    return local


def show_mail(stage: Stage, mail: Mail) -> None:
    """What people read, without addresses in S3, up to where it becomes long."""
    text = mail.body.partition(f"\n{FOOTER}\n")[0]
    lines = [line for line in text.splitlines() if line.strip() and "://" not in line]
    shown = lines[:MOST_MAIL_LINES]
    more = [f"… {len(lines) - len(shown)} more lines"] if len(lines) > len(shown) else []
    width = stage.console.width - FRAME
    body = "\n".join(part for line in [*shown, *more] for part in _folded(line, width))
    stage.console.print(
        Panel(
            Text(body),
            title=f"[bold]{escape(mail.subject)}[/bold]",
            title_align="left",
            subtitle=f"to {mail.to}",
            subtitle_align="right",
        )
    )


def _folded(line: str, width: int) -> list[str]:
    """Lines of that width; what is folded stands further in than its beginning."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, width, subsequent_indent=indent)


def show(stage: Stage, watched: Watched) -> None:
    """The mail, and where the page lies; without a mail, how the monitor ended."""
    if watched.mail is not None:
        show_mail(stage, watched.mail)
    elif watched.status == "SUCCEEDED":
        stage.done(f"{watched.outcome}: {watched.reason}")
    else:
        stage.failed(watched.status, watched.reason, watched.execution_arn)
    if watched.report is not None:
        stage.done("a page shows how the distributions differ", str(watched.report))
    if watched.ranking is not None:
        told = watched.ranking
        figures = f"NDCG {told['value']:.3f} against a limit of {told['threshold']:g}"
        stage.done(f"ranking of the columns by what they do to the answers: {figures}")


def quality(stage: Stage, watched: Watched) -> dict[str, float]:
    """The metrics of the answers whose truth was known in that window."""
    found = [key for key in watched.made if key.endswith("/quality/statistics.json")]
    if not found:
        return {}
    place = f"s3://{stage.outputs['ArtifactsBucketName']}/{found[-1]}"
    metrics = json.loads(stage.read(place))["regression_metrics"]
    return {name: float(metrics[name]["value"]) for name in ("rmse", "mae")}

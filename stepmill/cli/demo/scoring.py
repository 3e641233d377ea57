"""Rows scored in a batch: a file goes in, and comes back with predictions; what was not scored is told."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from stepmill.cli.demo import report
from stepmill.cli.demo.stage import Stage
from stepmill.cli.demo.usecase import Example

MACHINE = "BatchScoringArn"
CORRUPT_ROW = 7
# What no column of its kind may hold: any text is a category, but a spreadsheet's formula is no value.
CORRUPT = {"numeric": "many", "categorical": "=A1"}
SHOWN_ROWS = 3
MOST_COLUMNS = 5
Row = dict[str, str]


@dataclass(frozen=True)
class Scored:
    """`rows` are the scored ones as they lie in S3, `rejected` have file, row and reason."""

    execution_arn: str
    status: str
    reason: str
    scored_uri: str
    seconds: float
    rows: list[Row]
    rejected: list[Row]
    drifted: list[str]
    retrains: bool


def spoilt(rows: Sequence[Row], kinds: dict[str, str]) -> list[Row]:
    """The rows with one cell that is corrupt: of a numeric column, where there is one.

    kinds: numeric or categorical, of each column as its model has it.
    """
    column = next((name for name, kind in kinds.items() if kind == "numeric"), next(iter(kinds)))
    made = [dict(row) for row in rows]
    made[CORRUPT_ROW][column] = CORRUPT[kinds[column]]
    return made


def score(stage: Stage, file: Path) -> Scored:
    """Upload the file under the scoring prefix, and follow what that starts."""
    uri = stage.upload(file, stage.outputs["ScoringPrefix"])
    ended = stage.watch(MACHINE, lambda document: document.get("data_uri") == uri)
    output = json.loads(ended.get("output", "{}"))
    scored_uri, run_uri = output.get("scored_uri", ""), output.get("run_uri", "")
    return Scored(
        execution_arn=ended["executionArn"],
        status=ended["status"],
        reason=output.get("reason") or ended.get("cause") or ended["status"],
        scored_uri=scored_uri,
        seconds=(ended["stopDate"] - ended["startDate"]).total_seconds(),
        rows=_tables(stage, scored_uri),
        rejected=_tables(stage, f"{run_uri}/report/rejected.csv" if run_uri else ""),
        drifted=list((output.get("figures") or {}).get("drifted") or []),
        retrains=bool(output.get("retraining")),
    )


def _tables(stage: Stage, uri: str) -> list[Row]:
    """All rows of the CSV files whose URIs begin so."""
    if not uri:
        return []
    place = f"s3://{stage.outputs['ArtifactsBucketName']}/"
    texts = [stage.read(place + key).decode() for key in stage.keys(uri.removeprefix(place))]
    return [row for text in texts for row in csv.DictReader(io.StringIO(text))]


def show(stage: Stage, scored: Scored, case: Example) -> None:
    """The first rows, those that were rejected, and what the rule decided."""
    if scored.status != "SUCCEEDED":
        stage.failed(scored.status, scored.reason, scored.execution_arn)
        return
    stage.done(f"{len(scored.rows)} rows scored", scored.scored_uri)
    _show_rows(stage.console, scored, case)
    for row in scored.rejected:
        stage.noted(f"{row['file']}, row {row['row']}: {row['reason']}")
    stage.done(scored.reason)


def _show_rows(console: Console, scored: Scored, case: Example) -> None:
    books = ("inference_id", "event_time", "prediction", "model_package")
    names = [name for name in scored.rows[0] if name not in books][:MOST_COLUMNS] if scored.rows else []
    made = report.table("", *names, case.target, numbers=(case.target,))
    for row in scored.rows[:SHOWN_ROWS]:
        made.add_row(*(row[name] for name in names), report.figure(float(row["prediction"])))
    console.print(made, "")

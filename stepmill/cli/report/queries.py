"""The insight stack's named queries, run through Athena's API."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from stepmill.cli.errors import UserError

SUFFIX = "-insight"
LOOK_AGAIN_S = 0.05
LONGEST_PAUSE_S = 1.0
LIMIT_S = 300.0
MOST_FOUND = 100  # the named query `alerts` gives no more

Row = dict[str, str | None]


@dataclass(frozen=True)
class Alert:
    row: Row
    rows: list[Row]


@dataclass
class Answers:
    """The rows of each named query; `failures` says why one has none."""

    work_group: str
    predictions: list[Row] = field(default_factory=list)
    drift: list[Row] = field(default_factory=list)
    quality: list[Row] = field(default_factory=list)
    errors: list[Row] = field(default_factory=list)
    models: list[Row] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    alerts_left_out: int = 0
    failures: dict[str, str] = field(default_factory=dict)

    def summary(self) -> str:
        counts = {
            "prediction": sum(int(row["predictions"] or 0) for row in self.predictions),
            "monitored window": len({row["window"] for row in self.drift}),
            "model": len(self.models),
        }
        return ", ".join([*(counted(count, name) for name, count in counts.items()), self.alert_count()])

    def alert_count(self) -> str:
        """How many alerts are shown; of how many, unless that is all."""
        found = len(self.alerts) + self.alerts_left_out
        if found >= MOST_FOUND:
            return f"{len(self.alerts)} of {found} or more alerts"
        return (
            f"{len(self.alerts)} of {counted(found, 'alert')}"
            if self.alerts_left_out
            else counted(found, "alert")
        )


def counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"


QUERIES = {
    "predictions": "predictions-over-time",
    "drift": "drift-over-time",
    "quality": "model-quality-over-time",
    "errors": "errors-over-time",
    "models": "model-versions",
}


def work_group(athena: Any, wanted: str | None) -> str:
    """The insight stack's work group. Raises: UserError when there is none, or more than one."""
    pages = (
        athena.get_paginator("list_work_groups").paginate()
        if athena.can_paginate("list_work_groups")
        else [athena.list_work_groups()]
    )
    names = [one["Name"] for page in pages for one in page["WorkGroups"]]
    if wanted is not None:
        if wanted not in names:
            raise UserError(f"there is no work group {wanted!r}; there are {', '.join(sorted(names))}")
        return wanted
    found = sorted(name for name in names if name.endswith(SUFFIX))
    if not found:
        raise UserError("no insight stack is deployed here; deploy the template with `stepmill deploy`")
    if len(found) > 1:
        raise UserError(f"there are {', '.join(found)}; choose one with --work-group")
    return str(found[0])


class QueryFailed(Exception):
    """The text is Athena's reason."""


class Athena:
    """`client` is boto3's; `sleep` and `clock` (seconds) are those of waiting for a query."""

    def __init__(
        self,
        client: Any,
        work_group: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._work_group = work_group
        self._sleep = sleep
        self._clock = clock
        self._named = self._find_queries()

    def answers(self, most_alerts: int) -> Answers:
        """Raises: UserError when a named query is missing."""
        answers = Answers(self._work_group)
        for name, query in QUERIES.items():
            rows = self._try(answers, query)
            setattr(answers, name, rows)
        found = self._try(answers, "alerts")
        answers.alerts_left_out = len(found[most_alerts:])
        for row in found[:most_alerts]:
            place = [_literal(row["endpoint"]), row["window"] or "null"]
            place += [_literal(row["feature"]), _literal(row["model_name"])]
            answers.alerts.append(Alert(row, self._try(answers, "triage-alert", place)))
        return answers

    def _try(self, answers: Answers, query: str, parameters: Sequence[str] = ()) -> list[Row]:
        try:
            return self.ask(query, parameters)
        except QueryFailed as failed:
            answers.failures[query] = str(failed)
            return []

    def ask(self, name: str, parameters: Sequence[str] = ()) -> list[Row]:
        """Raises: QueryFailed; UserError when the stack has no query of the name."""
        if name not in self._named:
            raise UserError(
                f"work group {self._work_group} has no query {name!r}; deploy stacks/insight.yaml again"
            )
        query = self._named[name]
        asked: dict[str, Any] = {"ExecutionParameters": list(parameters)} if parameters else {}
        query_id = self._client.start_query_execution(
            QueryString=query["QueryString"],
            QueryExecutionContext={"Database": query["Database"]},
            WorkGroup=self._work_group,
            **asked,
        )["QueryExecutionId"]
        self._wait(query_id)
        pages = self._client.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
        cells = [
            [cell.get("VarCharValue") for cell in row["Data"]]
            for page in pages
            for row in page["ResultSet"]["Rows"]
        ]
        return [dict(zip(map(str, cells[0]), row, strict=True)) for row in cells[1:]]

    def _wait(self, query_id: str) -> None:
        """Raises: QueryFailed."""
        pause_s, deadline_s = LOOK_AGAIN_S, self._clock() + LIMIT_S
        while True:
            status = self._client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]
            if status["State"] == "SUCCEEDED":
                return
            if status["State"] in ("FAILED", "CANCELLED"):
                raise QueryFailed(status.get("StateChangeReason", status["State"]))
            if self._clock() > deadline_s:
                raise QueryFailed(f"no answer within {LIMIT_S:g} s")
            self._sleep(pause_s)
            pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)

    def _find_queries(self) -> dict[str, dict[str, Any]]:
        pages = self._client.get_paginator("list_named_queries").paginate(WorkGroup=self._work_group)
        ids = [one for page in pages for one in page["NamedQueryIds"]]
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(ids), 50):
            answer = self._client.batch_get_named_query(NamedQueryIds=ids[start : start + 50])
            found |= {one["Name"]: one for one in answer["NamedQueries"]}
        return found


def _literal(text: str | None) -> str:
    return "'" + (text or "").replace("'", "''") + "'"

"""Several endpoints asked at once for the same rows: who answered what, and why others did not.

An endpoint has `timeout_s` in all. What it serves is looked up at first use and again when that look has
aged, beside the request; when it turns out that the model was replaced meanwhile, the rows are encoded anew
and it is asked once more.
"""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from millkit import endpoint_schema, log, steps
from millkit.asked_rows import Row
from millkit.endpoint_schema import EndpointUnusable, Served
from millkit.errors import DataError, MillError
from millkit.features import NUMERIC, Column, number, shortest
from millkit.intake import Intake
from millkit.predictions import numbers

MAX_THREADS = 32
PREDICTION = "prediction"


class Clients(NamedTuple):
    """boto3 clients whose own time-outs are short."""

    runtime: Any
    sagemaker: Any
    s3: Any


class Steps(NamedTuple):
    """The folder of the steps that were deployed, and the name of the one after each model."""

    folder: Path | None = None
    after: str = steps.NONE


class Answer(NamedTuple):
    """One endpoint's, with the rows as its model took them."""

    predictions: list[float]
    rows: Sequence[Row]
    intake: Intake


class Answers(NamedTuple):
    """Predictions by endpoint, and the reasons of those that gave none; both in the endpoints' order.

    `rows` are those of the request as the first of `by` took them.
    """

    by: dict[str, list[float]]
    reasons: dict[str, str]
    rows: list[dict[str, Any]]


class Asker:
    """One for each set of endpoints; kept as long as the process lives."""

    def __init__(
        self, clients: Clients, endpoints: Sequence[str], timeout_s: float, known: Steps | None = None
    ) -> None:
        self.endpoints = tuple(endpoints)
        self._steps = known or Steps()
        self._unknown = ""
        try:
            self._after = steps.load(self._steps.folder, self._steps.after, steps.AFTER)
        except DataError as wrong:
            self._unknown = f"is not asked, for the step after it is none ({wrong})"
        self._clients = clients
        self._timeout_s = timeout_s
        self._served: dict[str, Served] = {}
        self._pool = concurrent.futures.ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="ask")

    def columns(self) -> tuple[list[Column], dict[str, str]]:
        """The raw columns that the usable endpoints need, in the first one's order, and why others are not.

        The first request waits for the look; later ones have it beside them.
        """
        if self._unknown:
            return [], dict.fromkeys(self.endpoints, self._unknown)
        unknown = [endpoint for endpoint in self.endpoints if endpoint not in self._served]
        looks = {endpoint: self._pool.submit(self._look, endpoint) for endpoint in unknown}
        _, reasons = self._collect(looks)
        found: dict[str, Column] = {}
        for endpoint in self.endpoints:
            if endpoint in self._served:
                for column in self._served[endpoint].intake.asked:
                    # A number where one model takes the cell as it is sent.
                    if column.name not in found or column.kind == NUMERIC:
                        found[column.name] = column
        return list(found.values()), reasons

    def ask(
        self, rows: Sequence[Row], columns: Sequence[Column], inference_id: str, reasons: Mapping[str, str]
    ) -> Answers:
        """Ask every endpoint that has no reason against it yet. `columns` are those of the rows.

        Raises:
            RequestInvalid: a model's step does not take a row.
        """
        served = {name: known for name, known in self._served.items() if name not in reasons}
        now_s = time.monotonic()
        looks = {
            endpoint: self._pool.submit(self._renew, endpoint, known)
            for endpoint, known in served.items()
            if not known.is_fresh(now_s)
        }
        taken, unfit = _taken(served, rows)
        calls = {
            endpoint: self._pool.submit(
                self._ask_one, endpoint, served[endpoint], rows, cells, inference_id, looks.get(endpoint)
            )
            for endpoint, cells in taken.items()
        }
        by, failed = self._collect(calls)
        told = {**reasons, **unfit, **failed}
        first: Answer | None = next((by[endpoint] for endpoint in self.endpoints if endpoint in by), None)
        return Answers(
            {endpoint: by[endpoint].predictions for endpoint in self.endpoints if endpoint in by},
            {endpoint: told[endpoint] for endpoint in self.endpoints if endpoint in told},
            first.intake.plain(first.rows, columns) if first else [],
        )

    def _collect(
        self, calls: Mapping[str, concurrent.futures.Future[Any]]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """What came in time, and why the rest did not. A call that is too late ends by its own time-out."""
        deadline_s = time.monotonic() + self._timeout_s
        by, reasons = {}, {}
        for endpoint, call in calls.items():
            try:
                by[endpoint] = call.result(max(0.0, deadline_s - time.monotonic()))
            except concurrent.futures.TimeoutError:
                reasons[endpoint] = f"gave no answer within {self._timeout_s:g} s"
            except EndpointUnusable as unusable:
                reasons[endpoint] = str(unusable)
        return by, reasons

    def _look(self, endpoint: str) -> Served:
        served: Served = _worded(
            lambda: endpoint_schema.look(
                self._clients.sagemaker,
                self._clients.s3,
                endpoint,
                self._served.get(endpoint),
                self._steps.folder,
            )
        )
        self._served[endpoint] = served
        return served

    def _renew(self, endpoint: str, known: Served) -> Served:
        """A look that fails for a moment leaves what is known, unless the endpoint itself is the reason."""
        try:
            return self._look(endpoint)
        except CallFailed as failed:
            log.error("endpoint_not_looked_at", endpoint=endpoint, reason=str(failed))
            return known
        except EndpointUnusable:
            self._served.pop(endpoint, None)
            raise

    def _ask_one(
        self,
        endpoint: str,
        served: Served,
        rows: Sequence[Row],
        cells: Sequence[Row],
        inference_id: str,
        renewal: concurrent.futures.Future[Served] | None,
    ) -> Answer:
        """`cells` are the rows as the model of `served` takes them."""
        failed: EndpointUnusable | None = None
        try:
            found = self._invoke(endpoint, served.intake, cells, inference_id)
        except RowsRefused as refused:
            failed = refused
        if renewal is not None:
            current = renewal.result(self._timeout_s)
        else:
            current = self._renew(endpoint, served) if failed is not None else served
        if not current.intake.is_the_same(served.intake):
            taken, unfit = _taken({endpoint: current}, rows)
            if unfit:
                raise EndpointUnusable(unfit[endpoint])
            return self._invoke(endpoint, current.intake, taken[endpoint], inference_id)
        if failed is not None:
            raise failed
        return found

    def _invoke(self, endpoint: str, intake: Intake, rows: Sequence[Row], inference_id: str) -> Answer:
        runtime = self._clients.runtime
        try:
            lines = [",".join(intake.encoder.encode(row)) for row in rows]
        except KeyError as missing:
            raise EndpointUnusable(f"takes column {missing.args[0]}, which the request has not") from missing
        body = ("\n".join(lines) + "\n").encode()

        def call() -> bytes:
            answer = runtime.invoke_endpoint(
                EndpointName=endpoint, ContentType="text/csv", Body=body, InferenceId=inference_id
            )
            content: bytes = answer["Body"].read()
            return content

        answer: bytes = _worded(call)
        try:
            found = list(numbers(answer.splitlines(), endpoint))
        except MillError as wrong:
            raise EndpointUnusable(
                f"gave an answer that holds no finite numbers ({type(wrong).__name__})"
            ) from wrong
        if len(found) != len(rows):
            raise EndpointUnusable(f"gave {len(found)} predictions for {len(rows)} rows")
        return Answer(self._finished(rows, found), rows, intake)

    def _finished(self, rows: Sequence[Row], found: list[float]) -> list[float]:
        """The predictions as the step after the model leaves them."""
        if self._after is None:
            return found
        name = self._steps.after
        try:
            made = self._after({**row, PREDICTION: shortest(one)} for row, one in zip(rows, found))
        except steps.RowsRefused as refused:
            raise EndpointUnusable(f"gave an answer on which step {name!r} fails") from refused
        except DataError as wrong:
            raise EndpointUnusable(f"gave an answer, but {wrong}") from wrong
        values = [number(row.get(PREDICTION, "")) for row in made]
        finite = [value for value in values if value is not None]
        if len(finite) < len(values):
            raise EndpointUnusable(f"gave an answer of which step {name!r} makes no finite numbers")
        return finite


def _taken(
    served: Mapping[str, Served], rows: Sequence[Row]
) -> tuple[dict[str, Sequence[Row]], dict[str, str]]:
    """The rows as each model takes them, and why others do not. Raises: RequestInvalid."""
    taken, unfit = {}, {}
    for endpoint, known in served.items():
        try:
            taken[endpoint] = known.intake.take(rows)
        except DataError as wrong:
            unfit[endpoint] = f"has a model whose {wrong}"
    return taken, unfit


class CallFailed(EndpointUnusable):
    """AWS or the way there failed; asking again may help."""


class RowsRefused(EndpointUnusable):
    """The model does not take the rows: perhaps it is another one by now."""


def _worded(call: Callable[[], Any]) -> Any:
    """What `call` gives. Raises: EndpointUnusable with a reason that names no row and no address."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except ClientError as wrong:
        code = str(wrong.response["Error"]["Code"])
        status = int(str(wrong.response.get("OriginalStatusCode", 0)))
        if code == "ModelError" and 400 <= status < 500:
            raise RowsRefused(f"refused the rows (status {status})") from wrong
        raise CallFailed(f"failed ({code}{f' {status}' if status else ''})") from wrong
    except (BotoCoreError, OSError) as wrong:
        raise CallFailed(f"could not be reached ({type(wrong).__name__})") from wrong

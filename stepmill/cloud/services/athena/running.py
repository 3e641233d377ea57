"""The queries of this process: each one a thread of the pool with a DuckDB of its own."""

import json
import logging
import tempfile
import threading
import time
from typing import IO, TYPE_CHECKING, Any

import duckdb

from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.services.athena import formatting, records
from stepmill.cloud.services.athena.session import PATH, Session, TableFiles
from stepmill.cloud.services.athena.sources import QueryFailed, check_readable, files_of
from stepmill.cloud.services.athena.statements import TableName
from stepmill.cloud.services.athena.tables import find_execution
from stepmill.cloud.services.athena.types import shown_type

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

log = logging.getLogger(__name__)
# AWS gives a query 30 minutes; a laptop's DuckDB is either done by then or will never be.
LIMIT_S = 600.0
MOST_RESULT_BYTES = 1 << 30
TRIES = 3


class Query:
    """One execution under way."""

    def __init__(self, cloud: "Cloud", query_id: str) -> None:
        self.cloud = cloud
        self.id = query_id
        self.data: dict[str, Any] = find_execution(cloud, query_id)
        self.principal = Principal(self.data["_RoleArn"], self.data["_Session"])
        self.is_stopped = threading.Event()
        self._session: Session | None = None

    def stop(self) -> None:
        self.is_stopped.set()
        if self._session is not None:
            self._session.interrupt()

    def perform(self) -> dict[str, Any]:
        """Write the result into S3; what its record gets. Raises: QueryFailed, duckdb.InterruptException."""
        tables = self._tables()
        scanned = sum(file.size for _, files in tables.values() for file in files)
        cutoff = self.data["_Cutoff"]
        if cutoff is not None and scanned > cutoff:
            raise QueryFailed(
                f"Query cancelled! : Bytes scanned limit was exceeded: {scanned} bytes in its tables, "
                f"{cutoff} allowed by BytesScannedCutoffPerQuery of workgroup {self.data['WorkGroup']}"
            )
        session = self._session = Session()
        try:
            if self.is_stopped.is_set():
                raise duckdb.InterruptException
            database = self.data["QueryExecutionContext"].get("Database", "").lower()
            session.prepare(tables, database, with_path=PATH in self.data["_Sql"])
            with tempfile.TemporaryFile() as file:
                columns = self._write(session, file)
                self._upload(file, columns)
        finally:
            session.close()
        return {"_Columns": columns, "_Scanned": scanned}

    def _tables(self) -> dict[tuple[str, str], TableFiles]:
        """Raises: QueryFailed."""
        found: dict[tuple[str, str], TableFiles] = {}
        for one in self.data["_Tables"]:
            name = TableName(*one)
            try:
                place = {"DatabaseName": name.database, "Name": name.name}
                table = self.cloud.call("glue", "GetTable", place, principal=self.principal)["Table"]
            except AwsError as error:
                if error.code != "EntityNotFoundException":
                    raise QueryFailed(f"PERMISSION_DENIED: {error.message}") from None
                raise QueryFailed(
                    f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{name.database}.{name.name}' does not exist"
                ) from None
            files = files_of(self.cloud, self.principal, table)
            check_readable(self.cloud, self.principal, f"{name.database}.{name.name}", files)
            found[name.database, name.name] = (table, files)
        return found

    def _write(self, session: Session, file: IO[bytes]) -> list[dict[str, str]]:
        described = session.describe(self.data["_Sql"])
        columns = [{"Name": name, "Type": shown_type(kind)} for name, kind in described]
        size = file.write(formatting.line(column["Name"] for column in columns).encode())
        for batch in session.rows(self.data["_Sql"], described):
            rows = [
                formatting.line(
                    formatting.text(value, column["Type"]) for value, column in zip(row, columns, strict=True)
                )
                for row in batch
            ]
            size += file.write("".join(rows).encode())
            if size > MOST_RESULT_BYTES:
                raise QueryFailed(f"EXCEEDED_RESULT_SIZE: more than {MOST_RESULT_BYTES} bytes of result")
        return columns

    def _upload(self, file: IO[bytes], columns: list[dict[str, str]]) -> None:
        """Raises: QueryFailed."""
        bucket, _, key = (
            self.data["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
        )
        file.seek(0)
        try:
            place = {"Bucket": bucket, "Key": key, "ContentType": "application/octet-stream"}
            self.cloud.call("s3", "PutObject", {**place, "Body": file}, principal=self.principal)
            place["Key"] += ".metadata"
            body = json.dumps({"columns": columns}).encode()
            self.cloud.call("s3", "PutObject", {**place, "Body": body}, principal=self.principal)
        except AwsError as error:
            raise QueryFailed(
                f"Access denied when writing output to s3://{bucket}/{key}: {error.code}: {error.message}"
            ) from None


class Running:
    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._queries: dict[str, Query] = {}
        self._lock = threading.Lock()
        self._is_closing = False

    def launch(self, query_id: str) -> None:
        """Safe to call again for a query under way."""
        with self._lock:
            if self._is_closing or query_id in self._queries:
                return
            query = Query(self._cloud, query_id)
            if query.data["Status"]["State"] in records.OVER:
                return
            self._queries[query_id] = query
            self._cloud.pool.submit(self._run, query)

    def stop(self, query_id: str) -> None:
        with self._lock:
            query = self._queries.get(query_id)
        if query is not None:
            query.stop()

    def close(self) -> None:
        """The records stay under way: a query only reads, so the next start runs it again."""
        with self._lock:
            self._is_closing = True
            queries = list(self._queries.values())
        for query in queries:
            query.stop()

    def _run(self, query: Query) -> None:
        records.change(self._cloud, query.id, "RUNNING")
        begun_s = time.monotonic()
        timer = threading.Timer(LIMIT_S, query.stop)
        timer.start()
        changes: dict[str, Any] = {}
        try:
            state, changes = self._conclude(query)
        except duckdb.InterruptException:
            is_late = time.monotonic() - begun_s >= LIMIT_S
            state = "FAILED" if is_late else "CANCELLED"
            changes = {"reason": f"Query timeout: {LIMIT_S:g} s are over"} if is_late else {}
        finally:
            timer.cancel()
            with self._lock:
                self._queries.pop(query.id, None)
        if self._is_closing:
            return
        scanned = changes.pop("_Scanned", 0)
        took_ms = int((time.monotonic() - begun_s) * 1000)
        figures = {"EngineExecutionTimeInMillis": took_ms, "TotalExecutionTimeInMillis": took_ms}
        records.change(
            self._cloud, query.id, state, Statistics={**figures, "DataScannedInBytes": scanned}, **changes
        )

    def _conclude(self, query: Query) -> tuple[str, dict[str, Any]]:
        for left in reversed(range(TRIES)):
            try:
                return "SUCCEEDED", query.perform()
            except QueryFailed as failed:
                # An object that was overwritten meanwhile: the next look finds the new one.
                if "No such file" in str(failed) and left:
                    continue
                return "FAILED", {"reason": str(failed)}
            except duckdb.InterruptException:
                raise
            except Exception as error:
                log.exception("query %s failed inside the embedded cloud", query.id)
                return "FAILED", {"reason": f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}"}
        raise AssertionError("unreachable: the last try answers or raises")

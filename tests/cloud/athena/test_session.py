"""The walls of a query's DuckDB, were a statement to come past the checks before it."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow
import pytest

from stepmill.cloud.services.athena.session import Session
from stepmill.cloud.services.athena.sources import SourceFile
from tests.cloud.athena.things import JSON


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Closed behind one table of one file; another file lies beside it."""
    for name in ("own", "other"):
        (tmp_path / name).write_text('{"id": "a"}\n')
    storage = {"Columns": [{"Name": "id", "Type": "string"}], "SerdeInfo": {"SerializationLibrary": JSON}}
    table = {"DatabaseName": "d", "Name": "t", "StorageDescriptor": storage}
    own = tmp_path / "own"
    session = Session()
    session.prepare({("d", "t"): (table, [SourceFile("s3://b/own", own, 12, ())])}, "d", with_path=False)
    yield session
    session.close()


def test_the_table_is_read(session: Session) -> None:
    assert session.connection.execute("select id from t").fetchall() == [("a",)]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('{folder}/other')",
        "select * from read_text('/etc/passwd')",
        "select * from glob('{folder}/*')",
        "copy (select 1) to '{folder}/made'",
        "attach '{folder}/made.db'",
        "set memory_limit = '8GB'",
        "set enable_external_access = true",
        "install httpfs",
        "select * from secret",
    ],
)
def test_nothing_else_is_reached(session: Session, tmp_path: Path, sql: str) -> None:
    secret = pyarrow.table({"x": [1]})  # DuckDB finds variables of its caller unless it is closed
    with pytest.raises(duckdb.Error):
        session.connection.execute(sql.format(folder=tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "own"]
    assert secret.num_rows == 1

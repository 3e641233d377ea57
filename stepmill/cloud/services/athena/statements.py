"""One SELECT of Athena's dialect: parameters filled in, refused unless it only reads, its tables named.

DuckDB parses it; what the two dialects spell differently is in `dialect`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stepmill.cloud.services.athena.tables import CATALOG, invalid

if TYPE_CHECKING:
    import duckdb

LITERAL = re.compile(
    r"\s*(?:[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|(?:date|timestamp)?\s*'(?:[^']|'')*'|true|false|null)\s*",
    re.IGNORECASE,
)
# Quoted text, quoted names, comments; else one character at a time.
PIECE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|.", re.DOTALL)
TABLE_FUNCTIONS = frozenset({"unnest"})
OTHER_KIND = "Only SELECT statements"


@dataclass(frozen=True)
class TableName:
    database: str
    name: str


@dataclass(frozen=True)
class Statement:
    sql: str
    tables: frozenset[TableName]


def fill_in(sql: str, parameters: list[str]) -> str:
    """`?` by the parameters in their order; each must be one literal. Raises: AwsError."""
    for number, value in enumerate(parameters, start=1):
        if not LITERAL.fullmatch(value):
            raise invalid(
                f"ExecutionParameters {number} is {value!r}; give one literal: "
                "a number, or text in single quotes"
            )
    pieces, left = [], list(parameters)
    for piece in PIECE.findall(sql):
        if piece == "?" and not left:
            raise invalid(
                f"SYNTAX_ERROR: Incorrect number of parameters: {len(parameters)} given, more are expected"
            )
        pieces.append(f"{left.pop(0)}" if piece == "?" else piece)
    if left:
        raise invalid(
            f"SYNTAX_ERROR: Incorrect number of parameters: expected {len(parameters) - len(left)}, "
            f"{len(parameters)} given"
        )
    return "".join(pieces)


def read(connection: "duckdb.DuckDBPyConnection", sql: str, database: str) -> Statement:
    """Raises: AwsError unless the text is one statement that only reads tables."""
    tree = parse(connection, sql)
    ctes = {name.lower() for name in cte_names(tree)}
    tables: set[TableName] = set()
    for node in nodes(tree):
        match node.get("type"):
            case "SHOW_REF":
                raise refused("SHOW, DESCRIBE and SUMMARIZE")
            case "TABLE_FUNCTION":
                function = node["function"].get("function_name", "")
                if function not in TABLE_FUNCTIONS:
                    raise invalid(
                        f"FUNCTION_NOT_FOUND: table function {function} is not registered", "MALFORMED_QUERY"
                    )
            case "BASE_TABLE":
                name, schema, catalog = (node[f"{part}_name"] for part in ("table", "schema", "catalog"))
                if catalog and catalog.lower() != CATALOG.lower():
                    raise invalid(f"CATALOG_NOT_FOUND: Catalog '{catalog}' does not exist", "MALFORMED_QUERY")
                if not schema and name.lower() in ctes:
                    continue
                if not schema and not database:
                    raise invalid(
                        f"MISSING_SCHEMA_NAME: table {name}: give QueryExecutionContext.Database",
                        "MALFORMED_QUERY",
                    )
                tables.add(TableName((schema or database).lower(), name.lower()))
    return Statement(sql.strip().rstrip(";"), frozenset(tables))


def parse(connection: "duckdb.DuckDBPyConnection", sql: str) -> dict[str, Any]:
    """The syntax tree. Raises: AwsError."""
    row = connection.execute("select json_serialize_sql(?)", [sql]).fetchone()
    tree: dict[str, Any] = json.loads(row[0]) if row else {}
    if tree.get("error"):
        message = str(tree.get("error_message", ""))
        if message.startswith(OTHER_KIND):
            raise refused(sql.split(None, 1)[0].upper())
        raise invalid(f"line 1: {message}", "MALFORMED_QUERY")
    if len(tree["statements"]) != 1:
        raise invalid(f"Only one sql statement is allowed. Got: {len(tree['statements'])}", "MALFORMED_QUERY")
    return tree


def refused(what: str) -> Exception:
    return invalid(
        f"Queries of this type are not supported: {what}; the embedded Athena runs SELECT. Make tables in "
        "the stack (AWS::Glue::Table) and write data through S3",
        "NOT_SUPPORTED",
    )


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from nodes(value)


def cte_names(tree: Any) -> Iterator[str]:
    for node in nodes(tree):
        for entry in (node.get("cte_map") or {}).get("map", []):
            yield entry["key"]

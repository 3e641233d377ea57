"""Hive's types of columns as DuckDB's, and DuckDB's types as Athena shows them."""

import re

SCALARS = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "real": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "binary": "BLOB",
}
SIZED = re.compile(r"(varchar|char)\(\d+\)|(decimal\(\d+,\d+\))")
# DuckDB's name, without arguments -> Athena's
SHOWN = {
    "VARCHAR": "varchar",
    "JSON": "varchar",
    "UUID": "varchar",
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "bigint",  # what DuckDB sums whole numbers in
    "UBIGINT": "bigint",
    "FLOAT": "float",
    "DOUBLE": "double",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "TIME": "time",
    "BLOB": "varbinary",
    "INTERVAL": "interval day to second",
}


class UnknownType(ValueError):
    """A column's type that this engine does not read."""


def duck_type(hive: str) -> str:
    """`map<string,array<int>>` -> `MAP(VARCHAR, INTEGER[])`. Raises: UnknownType."""
    text = re.sub(r"\s+", "", hive).lower()
    if text in SCALARS:
        return SCALARS[text]
    if match := SIZED.fullmatch(text):
        return "VARCHAR" if match[1] else str(match[2]).upper()
    kind, _, inner = text.partition("<")
    if inner.endswith(">"):
        parts = split(inner[:-1])
        if kind == "array" and len(parts) == 1:
            return f"{duck_type(parts[0])}[]"
        if kind == "map" and len(parts) == 2:
            return f"MAP({duck_type(parts[0])}, {duck_type(parts[1])})"
        if kind == "struct" and all(":" in part for part in parts):
            members = [part.partition(":") for part in parts]
            return (
                "STRUCT(" + ", ".join(f"{name_of(name)} {duck_type(one)}" for name, _, one in members) + ")"
            )
    raise UnknownType(f"{hive!r} is no type of a column here; use string, double, map<string,string>, ...")


def split(text: str) -> list[str]:
    """At the commas that are not inside of another type."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        if character in "<(":
            depth += 1
        elif character in ">)":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def name_of(column: str) -> str:
    """A quoted identifier."""
    return '"' + column.replace('"', '""') + '"'


def text_of(value: str) -> str:
    """A quoted literal."""
    return "'" + value.replace("'", "''") + "'"


def shown_type(duck: str) -> str:
    if duck.endswith("]"):
        return "array"
    name = duck.partition("(")[0]
    if name in ("MAP", "STRUCT", "DECIMAL"):
        return {"MAP": "map", "STRUCT": "row", "DECIMAL": "decimal"}[name]
    return SHOWN.get(duck, "varchar")

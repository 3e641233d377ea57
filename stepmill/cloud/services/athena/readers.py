"""The formats of a table's files as DuckDB reads them: JSON lines, CSV, regular expressions, Parquet.

A cell that is no value of its column's type is null in text files. Files that end in .gz are unpacked.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from stepmill.cloud.services.athena.sources import QueryFailed, SourceFile
from stepmill.cloud.services.athena.types import UnknownType, duck_type, name_of, text_of

FILE = "$file"
JSON_SERDES = ("org.openx.data.jsonserde.JsonSerDe", "org.apache.hive.hcatalog.data.JsonSerDe")
CSV_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
LAZY_SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
REGEX_SERDE = "org.apache.hadoop.hive.serde2.RegexSerDe"
PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
LONGEST_LINE_BYTES = 64 << 20
# Trailing cells beyond the table's columns are read and dropped, as Hive does.
SPARE_COLUMNS = 256

Columns = list[tuple[str, str]]


def columns_of(table: dict[str, Any]) -> Columns:
    """(name, DuckDB's type) of the columns in the files. Raises: QueryFailed."""
    found = table.get("StorageDescriptor", {}).get("Columns", [])
    try:
        return [(one["Name"], duck_type(one.get("Type", "string"))) for one in found]
    except UnknownType as error:
        raise QueryFailed(f"NOT_SUPPORTED: {table['DatabaseName']}.{table['Name']}: {error}") from None


def select_from(table: dict[str, Any], files: list[SourceFile]) -> str:
    """A SELECT that gives the columns and the file of each row. Raises: QueryFailed."""
    serde = table.get("StorageDescriptor", {}).get("SerdeInfo", {})
    library, options = serde.get("SerializationLibrary", ""), serde.get("Parameters", {})
    properties = {**table.get("Parameters", {}), **options}
    read = READERS.get(library)
    if read is None:
        raise QueryFailed(
            f"NOT_SUPPORTED: {table['DatabaseName']}.{table['Name']}: SerDe {library or '(none)'}; the "
            f"embedded Athena reads {', '.join(one.rpartition('.')[2] for one in READERS)}"
        )
    columns = columns_of(table)
    packed = [file.path for file in files if file.uri.endswith(".gz")]
    plain = [file.path for file in files if not file.uri.endswith(".gz")]
    parts = [
        read(columns, properties, paths, compression)
        for paths, compression in ((plain, "none"), (packed, "gzip"))
        if paths
    ]
    return " union all ".join(parts) if parts else empty(columns)


def empty(columns: Columns) -> str:
    cells = [f"cast(null as {kind}) as {name_of(name)}" for name, kind in columns]
    return f"select {', '.join([*cells, f'cast(null as VARCHAR) as {name_of(FILE)}'])} where false"


def paths_of(paths: list[Path]) -> str:
    return "[" + ", ".join(text_of(str(path)) for path in paths) + "]"


def read_json(columns: Columns, options: dict[str, str], paths: list[Path], compression: str) -> str:
    kinds = ", ".join(f"{text_of(name)}: {text_of(kind)}" for name, kind in columns)
    ignore = options.get("ignore.malformed.json", "false").lower() == "true"
    return (
        f"select * from read_json({paths_of(paths)}, format='newline_delimited', columns={{{kinds}}}, "
        f"compression='{compression}', ignore_errors={str(ignore).lower()}, filename='{FILE}', "
        f"maximum_object_size={LONGEST_LINE_BYTES})"
    )


def read_csv(columns: Columns, options: dict[str, str], paths: list[Path], compression: str) -> str:
    quote, escape = options.get("quoteChar", '"'), options.get("escapeChar", '"')
    escape = quote if escape == "\\\\" or escape == "\\" else escape
    cells = (options.get("separatorChar", ","), quote, escape, "")
    return cells_as_columns(columns, options, paths, compression, *cells)


def read_lazy(columns: Columns, options: dict[str, str], paths: list[Path], compression: str) -> str:
    delimiter = options.get("field.delim", options.get("serialization.format", "\x01"))
    null = options.get("serialization.null.format", "\\N")
    return cells_as_columns(columns, options, paths, compression, delimiter, "", "", null)


def cells_as_columns(
    columns: Columns,
    options: dict[str, str],
    paths: list[Path],
    compression: str,
    delimiter: str,
    quote: str,
    escape: str,
    null: str,
) -> str:
    raw = [f"c{number}" for number in range(len(columns) + SPARE_COLUMNS)]
    source = csv_call(raw, options, paths, compression, delimiter, quote, escape)
    cells = [cell(name, kind, given, null) for (name, kind), given in zip(columns, raw, strict=False)]
    return f"select {', '.join([*cells, name_of(FILE)])} from {source}"


def cell(name: str, kind: str, raw: str, null: str) -> str:
    known = f"nullif({raw}, {text_of(null)})" if null else raw
    value = known if kind == "VARCHAR" else f"try_cast(nullif(trim({known}), '') as {kind})"
    return f"{value} as {name_of(name)}"


def csv_call(
    raw: list[str],
    options: dict[str, str],
    paths: list[Path],
    compression: str,
    delimiter: str,
    quote: str,
    escape: str,
) -> str:
    kinds = ", ".join(f"'{one}': 'VARCHAR'" for one in raw)
    skip = int(options.get("skip.header.line.count", "0"))
    null = "\x02none\x02"  # so that an empty cell is an empty text
    return (
        f"read_csv({paths_of(paths)}, auto_detect=false, columns={{{kinds}}}, delim={text_of(delimiter)}, "
        f"quote={text_of(quote)}, escape={text_of(escape)}, header=false, skip={skip}, "
        f"nullstr={text_of(null)}, null_padding=true, strict_mode=false, compression='{compression}', "
        f"filename='{FILE}', parallel=false)"
    )


def read_regex(columns: Columns, options: dict[str, str], paths: list[Path], compression: str) -> str:
    """One line, one row: the groups of the expression; a line that does not match is a row of nulls."""
    expression = options.get("input.regex", "")
    source = csv_call(["line"], options, paths, compression, "\x01", "", "")
    whole = text_of(f"^(?:{expression})$")
    cells = []
    for number, (name, kind) in enumerate(columns, start=1):
        group, as_name = cell(name, kind, f"regexp_extract(line, {whole}, {number})", "").rsplit(" as ", 1)
        cells.append(f"case when regexp_matches(line, {whole}) then {group} end as {as_name}")
    return f"select {', '.join([*cells, name_of(FILE)])} from {source}"


def read_parquet(columns: Columns, _options: dict[str, str], paths: list[Path], _compression: str) -> str:
    """By name, whatever the order in the files; Parquet packs itself."""
    cells = [f"cast({name_of(name)} as {kind}) as {name_of(name)}" for name, kind in columns]
    source = (
        f"read_parquet({paths_of(paths)}, filename='{FILE}', union_by_name=true, hive_partitioning=false)"
    )
    return f"select {', '.join([*cells, name_of(FILE)])} from {source}"


READERS: dict[str, Callable[[Columns, dict[str, str], list[Path], str], str]] = {
    **dict.fromkeys(JSON_SERDES, read_json),
    CSV_SERDE: read_csv,
    LAZY_SERDE: read_lazy,
    REGEX_SERDE: read_regex,
    PARQUET_SERDE: read_parquet,
}

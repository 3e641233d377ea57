"""A drift to be caught: the rows of a table, with one number far off and a text that nobody has seen."""

import csv
import io
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

UNSEEN = "unheard-of"
MOST_ROWS = 150
# Every second row gets the unseen text.
EVERY = 2
Row = dict[str, str]


@dataclass(frozen=True)
class Shift:
    """`features` are the columns that were moved, `words` say how."""

    features: tuple[str, ...]
    words: str
    rows: list[Row]


def read_rows(table: Path, columns: Sequence[str]) -> list[Row]:
    """At most 150 rows, from all over the table, with these columns only."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    step = -(-len(rows) // MOST_ROWS)
    return [{name: row[name] for name in columns} for row in rows[::step]]


def as_csv(rows: Sequence[Row]) -> str:
    """With a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def shifted(rows: Sequence[Row], kinds: dict[str, str]) -> Shift:
    """`kinds`: numeric or categorical, of each column as its model has it."""
    moved, features, words = [dict(row) for row in rows], [], []
    numeric = [name for name, kind in kinds.items() if kind == "numeric"]
    if numeric:
        name = max(numeric, key=lambda one: len({row[one] for row in rows}))
        words.append(_move(moved, name))
        features.append(name)
    categorical = [name for name, kind in kinds.items() if kind == "categorical"]
    if categorical:
        for row in moved[::EVERY]:
            row[categorical[0]] = UNSEEN
        words.append(f"a {categorical[0]} never seen in every second row")
        features.append(categorical[0])
    return Shift(tuple(features), ", ".join(words), moved)


def _move(rows: list[Row], name: str) -> str:
    """Doubled where that moves it further than its middle half is wide, else raised by its whole range."""
    values = [number for row in rows if (number := _number(row[name])) is not None]
    low, middle, high = statistics.quantiles(values, n=4)
    by = 0.0 if min(values) > 0 and middle > high - low else max(values) - min(values)
    for row in rows:
        number = _number(row[name])
        if number is not None:
            row[name] = f"{number + by if by else 2 * number:.10g}"
    return f"{name} raised by {by:,.6g}" if by else f"{name} doubled"


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None

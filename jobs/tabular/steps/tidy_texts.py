"""Before: texts that differ only in blanks or in upper and lower case become one, as ` SAAB ` and `Saab`.

A column's name stays as it is; a number has no case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def before(rows: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
    for row in rows:
        yield {name: " ".join(cell.split()).lower() for name, cell in row.items()}

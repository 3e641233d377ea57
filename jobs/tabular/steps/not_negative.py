"""After: a prediction below 0 becomes 0, for what cannot be negative: a price, a number of pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def after(rows: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
    for row in rows:
        yield {**row, "prediction": row["prediction"] if float(row["prediction"]) > 0 else "0"}

"""Reads a file of rows. Out: the rows and their number."""

from typing import TypedDict


class Asked(TypedDict):
    bucket: str
    key: str
    batch_size: int


class Row(TypedDict):
    id: str
    amount: float


class Split(TypedDict):
    rows: list[Row]
    count: int


def handler(event: Asked, context: object) -> Split:
    rows = [Row(id=f"{event['key']}-{line}", amount=1.0) for line in range(event["batch_size"])]
    return {"rows": rows, "count": len(rows)}

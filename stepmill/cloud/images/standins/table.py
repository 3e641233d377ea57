"""Read CSV of numbers, saying exactly where it is wrong."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stepmill.cloud.images.standins.contract import ClientError

Matrix = npt.NDArray[np.float32]


def read_files(files: Sequence[Path], *, allow_missing: bool) -> Matrix:
    """(N, 1 + F) float32, the label first. Raises: ClientError for the first row that does not fit."""
    rows: list[list[float]] = []
    for file in files:
        width = len(rows[0]) if rows else None
        rows += parse(file.read_bytes(), file.name, allow_missing=allow_missing, width=width)
    if not rows:
        raise ClientError(f"{files[0].name}: has no rows; at least one is needed")
    if len(rows[0]) < 2:
        raise ClientError(
            f"{files[0].name}: row 1: has {len(rows[0])} column; the label and a feature are needed"
        )
    matrix = np.array(rows, dtype=np.float32)
    if np.isnan(matrix[:, 0]).any():
        row = int(np.isnan(matrix[:, 0]).argmax()) + 1
        raise ClientError(
            f"{files[0].name}: row {row}, column 1: the label is missing; fill it in or drop the row"
        )
    return matrix


def parse(data: bytes, name: str, *, allow_missing: bool, width: int | None = None) -> list[list[float]]:
    """Rows of numbers. Raises: ClientError."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ClientError(
            f"{name}: is no UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from None
    rows = []
    for line_number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        fields = line.split(",")
        width = width or len(fields)
        if len(fields) != width:
            raise ClientError(
                f"{name}: row {line_number}: has {len(fields)} columns instead of {width}; make them equal"
            )
        rows.append(
            [value(field, name, line_number, column, allow_missing) for column, field in enumerate(fields, 1)]
        )
    return rows


def value(field: str, name: str, row: int, column: int, allow_missing: bool) -> float:
    text = field.strip().strip('"')
    if not text and allow_missing:
        return math.nan
    try:
        number = float(text)
    except ValueError:
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise ClientError(
            f"{name}: row {row}, column {column}: {shown!r} is no number; a header is not allowed"
        ) from None
    if math.isinf(number) or (math.isnan(number) and not allow_missing):
        raise ClientError(
            f"{name}: row {row}, column {column}: {text!r} is not finite; replace it or drop the row"
        )
    return number

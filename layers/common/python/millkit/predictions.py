"""Numbers out of a model's answers: what batch transform writes, and truth files.

Reads one number a line or several separated by commas (XGBoost and CSV answers), and JSON documents
`{"predictions": [{"score": 1.5}, ...]}` or `{"score": 1.5}`, one or more of them (Linear Learner).
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/LL-in-formats.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

from millkit.errors import MillError
from millkit.metrics import NumberNotFinite

_DECODER = json.JSONDecoder()
_EXPECTED = '{"predictions": [{"score": 1.5}]}'


class PredictionInvalid(MillError):
    """An answer that holds no number where one is expected."""


def numbers(lines: Iterable[bytes], where: str) -> Iterator[float]:
    """Each number in order.

    Raises:
        PredictionInvalid: a line is neither numbers nor JSON with scores.
        NumberNotFinite: a number is NaN or infinite.
    """
    for row, line in enumerate(lines, 1):
        text = line.decode("utf-8", "replace").strip()
        if not text:
            continue
        values = _scores(text, f"{where}: row {row}") if text[0] in "{[" else text.split(",")
        for value in values:
            yield _number(value, f"{where}: row {row}")


def _scores(text: str, where: str) -> list[Any]:
    found: list[Any] = []
    position = 0
    while position < len(text):
        try:
            document, position = _DECODER.raw_decode(text, position)
            answers = document.get("predictions", [document])
            found += [answer["score"] for answer in answers]
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise PredictionInvalid(
                f"{where}: {text[:60]!r} holds no scores; expected {_EXPECTED}"
            ) from wrong
        position += len(text[position:]) - len(text[position:].lstrip())
    return found


def _number(value: Any, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as wrong:
        raise PredictionInvalid(
            f"{where}: {value!r} is not a number; expected a prediction a line"
        ) from wrong
    if not math.isfinite(number):
        raise NumberNotFinite(f"{where}: is {number}; a model that gives no finite figure cannot be judged")
    return number

"""What a training is told in free form: hyperparameters, their ranges, instances. AWS takes texts there only.

A wrong one would end an execution without a reason of its own: no rule of a machine looks into a map.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from millkit.errors import MillError

KINDS = ("CategoricalParameterRanges", "ContinuousParameterRanges", "IntegerParameterRanges")
COUNTS = ("max_jobs", "parallel_jobs")


class InputInvalid(MillError):
    """An input of an execution that a person must mend."""


def check(settings: Mapping[str, Any]) -> None:
    """Look at `hyperparameters`, `training_instance_types` and `tuning`, which may be None.

    Raises:
        InputInvalid: naming the field, its value and what is allowed.
    """
    tuning = settings["tuning"] or {}
    for field in COUNTS:
        if isinstance(tuning.get(field), float):
            raise _wrong(f"tuning.{field}", tuning[field], "give a whole number")
    ranges = tuning.get("ranges", {})
    for kind, listed in ranges.items():
        if kind not in KINDS or not isinstance(listed, list):
            raise _wrong(f"tuning.ranges.{kind}", listed, f"give lists as {', '.join(KINDS)}")
    free = {
        "hyperparameters": settings["hyperparameters"],
        "training_instance_types": settings["training_instance_types"],
        "tuning.ranges": ranges,
    }
    for field, value in free.items():
        for path, leaf in _leaves(field, value):
            if not isinstance(leaf, str):
                raise _wrong(path, leaf, "give a text")


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(f"{path}.{name}", item)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _leaves(f"{path}[{place}]", item)
    else:
        yield path, value


def _wrong(path: str, value: Any, allowed: str) -> InputInvalid:
    return InputInvalid(f"training: input.{path} is {json.dumps(value)}; {allowed}")

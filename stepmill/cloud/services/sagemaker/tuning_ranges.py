"""What a tuning job may try: its ranges, checked, and the values of its n-th training job.

The n-th values follow from the seed and n alone: a run that was interrupted goes on with the same ones.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
"""

import itertools
import math
import random
from collections.abc import Mapping
from typing import Any

from stepmill.cloud.services.sagemaker.service import invalid

WHERE = "ParameterRanges"
MOST_PARAMETERS = 30
KINDS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")


def check_ranges(ranges: Mapping[str, Any], static: Mapping[str, str], strategy: str) -> None:
    """Raises: AwsError ValidationException naming the range."""
    if ranges.get("AutoParameters"):
        raise invalid(f"{WHERE}.AutoParameters is not supported by the embedded cloud; give a range")
    every = [(kind, one) for kind in KINDS for one in ranges.get(kind, [])]
    if not 1 <= len(every) <= MOST_PARAMETERS:
        raise invalid(f"{WHERE} has {len(every)} ranges; 1 to {MOST_PARAMETERS} are allowed")
    if strategy == "Grid" and any(kind != "CategoricalParameterRanges" for kind, _ in every):
        raise invalid(f"{WHERE}: Grid takes CategoricalParameterRanges only")
    seen: set[str] = set()
    for kind, one in every:
        if one["Name"] in seen or one["Name"] in static:
            other = "StaticHyperParameters" if one["Name"] in static else "another range"
            raise invalid(f"{WHERE}: {one['Name']} is in {kind} and in {other}; leave one of them out")
        seen.add(one["Name"])
        if kind == "CategoricalParameterRanges":
            if len(set(one["Values"])) != len(one["Values"]):
                raise invalid(f"{WHERE}: {one['Name']} has a value twice: {', '.join(one['Values'])}")
        else:
            check_bounds(one, is_integer=kind == "IntegerParameterRanges")


def check_bounds(one: Mapping[str, str], *, is_integer: bool) -> None:
    where, noun = f"{WHERE}: {one['Name']}", "an integer" if is_integer else "a number"
    bounds = []
    for key in ("MinValue", "MaxValue"):
        try:
            value = int(one[key]) if is_integer else float(one[key])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise invalid(f"{where}: {key} {one[key]!r} is not {noun}")
        bounds.append(value)
    low, high = bounds
    if low > high:
        raise invalid(f"{where}: MinValue {one['MinValue']} is above MaxValue {one['MaxValue']}")
    scaling = one.get("ScalingType", "Auto")
    if scaling == "Logarithmic" and low <= 0:
        raise invalid(f"{where}: Logarithmic scaling needs values above 0; MinValue is {one['MinValue']}")
    if scaling == "ReverseLogarithmic" and (is_integer or not 0 <= low <= high < 1):
        raise invalid(f"{where}: ReverseLogarithmic scaling is for continuous values from 0 to below 1")


def combinations(ranges: Mapping[str, Any]) -> int:
    """How many sets of values a grid has."""
    return math.prod(len(one["Values"]) for one in ranges.get("CategoricalParameterRanges", []))


def candidate(config: Mapping[str, Any], seed: int, number: int) -> dict[str, str]:
    """The values of the training job `number` (from 0 on)."""
    ranges = config["ParameterRanges"]
    if config["Strategy"] == "Grid":
        listed = ranges["CategoricalParameterRanges"]
        values = next(itertools.islice(itertools.product(*(one["Values"] for one in listed)), number, None))
        return {one["Name"]: value for one, value in zip(listed, values, strict=True)}
    draw = random.Random(f"{seed}/{number}")  # noqa: S311  values to try are no secret
    chosen = {one["Name"]: draw_integer(one, draw) for one in ranges.get("IntegerParameterRanges", [])}
    for one in ranges.get("ContinuousParameterRanges", []):
        chosen[one["Name"]] = draw_number(one, draw)
    for one in ranges.get("CategoricalParameterRanges", []):
        chosen[one["Name"]] = draw.choice(one["Values"])
    return chosen


def draw_integer(one: Mapping[str, str], draw: random.Random) -> str:
    low, high = int(one["MinValue"]), int(one["MaxValue"])
    if one.get("ScalingType") == "Logarithmic":
        return str(min(high, int(math.exp(draw.uniform(math.log(low), math.log(high + 1))))))
    return str(draw.randint(low, high))


def draw_number(one: Mapping[str, str], draw: random.Random) -> str:
    low, high = float(one["MinValue"]), float(one["MaxValue"])
    match one.get("ScalingType"):
        case "Logarithmic":
            value = math.exp(draw.uniform(math.log(low), math.log(high)))
        case "ReverseLogarithmic":
            value = 1 - math.exp(draw.uniform(math.log(1 - low), math.log(1 - high)))
        case _:
            value = draw.uniform(low, high)
    return repr(min(max(value, low), high))  # rounding must not leave the range

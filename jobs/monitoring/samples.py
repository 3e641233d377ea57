"""Rows that show what has moved: of each violation the first records that its rule picks, in their order.

baseline_drift_check: the value lies where the share of values has grown most; of texts that is one text, of
numbers one of the baseline's tenths, or what is below or above all of them. categorical_values_check: it is
not among the baseline's. completeness_check: it is missing. data_type_check: it is of another type.
extra_column_check: it is there. missing_column_check: any row, as the column is gone from all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from millkit.features import is_missing, number

from jobs.monitoring import distances, records
from jobs.monitoring.baseline import Feature
from jobs.monitoring.column_profile import FRACTIONAL, INTEGRAL, Profile
from jobs.monitoring.comparison import Comparison

NAME = "samples.json"
MOST_CHARACTERS = 200
Shows = Callable[[str], bool]


class Wanted(NamedTuple):
    """One violation, its rule and the rows that were found for it."""

    column: str
    check: str
    shows: Shows
    rows: list[dict[str, Any]]


def pick(
    paths: Iterable[Path], comparisons: Sequence[Comparison], target: str, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit` rows of each violation; records are read until all have theirs."""
    wanted = [
        Wanted(
            one.name, violation["constraint_check_type"], rule(violation["constraint_check_type"], one), []
        )
        for one in comparisons
        for violation in one.violations
    ]
    waiting = wanted if limit > 0 else []
    for _, record in records.read(paths, ["features", "prediction"]) if waiting else ():
        for one in waiting:
            value = record["prediction"] if one.column == target else record["features"].get(one.column)
            if one.shows(records.cell(value).strip()):
                one.rows.append(row(record, value))
        waiting = [one for one in waiting if len(one.rows) < limit]
        if not waiting:
            break
    return [entry(one.column, one.check, one.rows) for one in wanted if one.rows]


def entry(name: str, check: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What samples.json holds of one violation."""
    return {"feature_name": name, "constraint_check_type": check, "rows": rows}


def row(record: dict[str, Any], value: Any) -> dict[str, Any]:
    """What is shown of a record; long texts are cut."""
    shown = {name: record.get(name) for name in ("inference_id", "prediction", "truth")}
    return {name: _short(one) for name, one in (*shown.items(), ("value", value))}


def _short(value: Any) -> Any:
    is_plain = value is None or isinstance(value, (bool, int, float))
    return value if is_plain else records.cell(value)[:MOST_CHARACTERS]


def rule(check: str, comparison: Comparison) -> Shows:
    """Whether a cell shows the violation."""
    feature, profile = comparison.baseline, comparison.current
    if check == "extra_column_check":
        return lambda text: not is_missing(text)
    if feature is None or profile is None:
        return lambda _: True
    if check == "completeness_check":
        return is_missing
    if check == "data_type_check":
        return _is_other_type(feature.inferred_type)
    if check == "categorical_values_check":
        known = feature.domain or frozenset()
        return lambda text: not is_missing(text) and text not in known
    return _has_grown(feature, profile)


def _is_other_type(inferred_type: str) -> Shows:
    def shows(text: str) -> bool:
        value = number(text)
        is_whole = value is not None and value.is_integer()
        is_right = {INTEGRAL: is_whole, FRACTIONAL: value is not None}.get(inferred_type, True)
        return not is_missing(text) and not is_right

    return shows


def _has_grown(feature: Feature, profile: Profile) -> Shows:
    if feature.ranks is None:
        then, now = distances.shares_of_texts(feature.counts or {}, profile.counts)
        grown = sorted({*(feature.counts or {}), *profile.counts})[int(np.argmax(now - then))]
        return lambda text: text == grown
    above, up_to = distances.where_most_grew(feature.ranks, profile.ranks())

    def shows(text: str) -> bool:
        value = None if is_missing(text) else number(text)
        return value is not None and above < value <= up_to

    return shows

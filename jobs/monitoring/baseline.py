"""A baseline read back: statistics.json and constraints.json of data_baseline or of Model Monitor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from millkit.errors import DataError

from jobs.monitoring.column_profile import MAX_TEXTS
from jobs.monitoring.sketch import Ranks, Sketch

REMEDY = "give the two files that data_baseline wrote"


class Feature(NamedTuple):
    """One column as it was, and what is asked of it. `ranks` is of numbers, `counts` of texts."""

    name: str
    inferred_type: str
    completeness: float
    domain: frozenset[str] | None
    config: dict[str, Any]
    present: int
    ranks: Ranks | None
    counts: Mapping[str, int] | None


class Baseline(NamedTuple):
    rows: int
    features: dict[str, Feature]


def read(folder: Path) -> Baseline:
    """Raises: DataError: one of the files is not there or is not in Model Monitor's form."""
    statistics = _document(folder / "statistics.json")
    constraints = _document(folder / "constraints.json")
    try:
        known = {entry["name"]: entry for entry in statistics["features"]}
        config = constraints.get("monitoring_config", {})
        entries = constraints["features"]
        features = {entry["name"]: _feature(entry, known.get(entry["name"], {}), config) for entry in entries}
        return Baseline(statistics["dataset"]["item_count"], features)
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        what = f"are not in the form of Model Monitor ({type(wrong).__name__}: {wrong})"
        raise DataError("statistics.json, constraints.json", what, REMEDY) from wrong


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as wrong:
        raise DataError(path.name, f"cannot be read ({type(wrong).__name__}: {wrong})", REMEDY) from wrong


def _feature(constraint: dict[str, Any], entry: dict[str, Any], config: dict[str, Any]) -> Feature:
    own = constraint.get("monitoring_config_overrides") or constraint.get("monitoringConfigOverrides") or {}
    distribution = {**config.get("distribution_constraints", {}), **own.get("distribution_constraints", {})}
    numbers, texts = entry.get("numerical_statistics", {}), entry.get("string_statistics", {})
    sketch = numbers.get("distribution", {}).get("kll", {}).get("sketch")
    categorical = texts.get("distribution", {}).get("categorical")
    counts = categorical and {bucket["value"]: int(bucket["count"]) for bucket in categorical["buckets"]}
    if texts.get("distinct_count", 0) >= MAX_TEXTS and not counts:
        counts = None
    domains = constraint.get("string_constraints", {}).get("domains")
    return Feature(
        constraint["name"],
        constraint["inferred_type"],
        float(constraint["completeness"]),
        frozenset(domains) if domains else None,
        {**config, **own, "distribution_constraints": distribution},
        int((numbers or texts).get("common", {}).get("num_present", 0)),
        Sketch.from_document(sketch).ranks() if sketch else None,
        counts,
    )

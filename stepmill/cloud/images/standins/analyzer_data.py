"""Data quality, as the analyzer's stand-in sees it: columns held against a baseline's two files.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-violations.html
"""

import math
from collections.abc import Sequence
from typing import Any

from stepmill.cloud.images.standins.contract import ClientError

Columns = dict[str, list[str]]
THRESHOLD = 0.1
# Below so many values on either side a distribution is not compared.
FEWEST = 30


def check(columns: Columns, statistics: Any, constraints: Any) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """What statistics.json is to hold, and the violations. Raises: ClientError: the baseline is none."""
    try:
        known = {entry["name"]: entry for entry in statistics["features"]}
        config = constraints.get("monitoring_config", {})
        violations = []
        for limits in constraints["features"]:
            name = limits["name"]
            told = (
                of_column(columns[name], limits, known.get(name, {}), config)
                if name in columns
                else {"missing_column_check": counts("missing", columns, constraints)}
            )
            violations += [violation(name, *one) for one in told.items()]
        names = {limits["name"] for limits in constraints["features"]}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"{type(error).__name__}: {error}"
        raise ClientError(f"the baseline's files are not in Model Monitor's form ({what})") from None
    for name in columns:
        if name not in names:
            violations.append(violation(name, "extra_column_check", counts("extra", columns, constraints)))
    rows = max(map(len, columns.values()))
    features = [described(name, cells) for name, cells in columns.items()]
    return {"version": 0.0, "dataset": {"item_count": rows}, "features": features}, violations


def violation(name: str, kind: str, description: str) -> dict[str, str]:
    return {"feature_name": name, "constraint_check_type": kind, "description": description}


def counts(what: str, columns: Columns, constraints: Any) -> str:
    return (
        f"There are {what} columns in current dataset. Number of columns in current dataset: {len(columns)}, "
        f"Number of columns in baseline constraints: {len(constraints['features'])}"
    )


def of_column(cells: list[str], limits: Any, known: Any, config: Any) -> dict[str, str]:
    """A description for each check that a column does not pass."""
    present = [cell for cell in cells if cell != ""]
    found = {}
    share = len(present) / max(1, len(cells))
    if share < limits["completeness"]:
        found["completeness_check"] = (
            f"Data completeness requirement is not met. Expected: {limits['completeness']:.1%}. "
            f"Observed: Only {share:.1%} of data is complete."
        )
    if not present:
        return found
    match = sum(fits(cell, limits["inferred_type"]) for cell in present) / len(present)
    least = config.get("datatype_check_threshold", 1.0)
    if match < least:
        found["data_type_check"] = (
            f"Data type match requirement is not met. Expected data type: {limits['inferred_type']}, "
            f"Expected match: {least:.1%}. Observed: Only {match:.1%} of data is {limits['inferred_type']}."
        )
    domain = limits.get("string_constraints", {}).get("domains")
    if domain:
        inside = sum(cell in domain for cell in present) / len(present)
        least = config.get("domain_content_threshold", 1.0)
        if inside < least:
            found["categorical_values_check"] = (
                f"Expected match: {least:.1%}. Observed: Only {inside:.1%} of data is in the domain."
            )
    return found | of_distribution(present, known, config.get("distribution_constraints", {}))


def of_distribution(present: list[str], known: Any, config: Any) -> dict[str, str]:
    """Numbers, at the edges of the baseline's buckets."""
    buckets = known.get("numerical_statistics", {}).get("distribution", {}).get("kll", {}).get("buckets")
    values = [value for cell in present if (value := number(cell)) is not None]
    if config.get("perform_comparison", "Enabled") != "Enabled" or not buckets or len(values) < FEWEST:
        return {}
    whole = sum(bucket["count"] for bucket in buckets)
    if whole < FEWEST:
        return {}
    distance, below = 0.0, 0.0
    for bucket in buckets[:-1]:
        below += bucket["count"]
        now = sum(value <= bucket["upper_bound"] for value in values) / len(values)
        distance = max(distance, abs(below / whole - now))
    threshold = config.get("comparison_threshold", THRESHOLD)
    if distance <= threshold:
        return {}
    words = f"Baseline drift distance: {distance} exceeds threshold: {threshold}"
    return {"baseline_drift_check": words}


def fits(cell: str, kind: str) -> bool:
    value = number(cell)
    if kind == "Integral":
        return value is not None and value.is_integer() and "." not in cell
    return value is not None if kind == "Fractional" else True


def number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def described(name: str, cells: list[str]) -> dict[str, Any]:
    """The column's entry of statistics.json."""
    present = [cell for cell in cells if cell != ""]
    values = [value for cell in present if (value := number(cell)) is not None]
    common = {"num_present": len(present), "num_missing": len(cells) - len(present)}
    if not values or len(values) < len(present):
        texts = {"common": common, "distinct_count": float(len(set(present)))}
        return {"name": name, "inferred_type": "String" if present else "Unknown", "string_statistics": texts}
    kind = "Integral" if all(fits(cell, "Integral") for cell in present) else "Fractional"
    return {
        "name": name,
        "inferred_type": kind,
        "numerical_statistics": {"common": common, **summary(values)},
    }


def summary(values: Sequence[float]) -> dict[str, float]:
    mean = math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    return {"mean": mean, "sum": math.fsum(values), "std_dev": spread, "min": min(values), "max": max(values)}

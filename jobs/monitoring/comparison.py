"""Rows of now held against a baseline: the checks of Model Monitor's monitoring_config, column by column.

Below 30 values on either side a distribution gets no verdict. Not done: Model Monitor's ChiSquared for
categories; L-infinity is taken instead.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-violations.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jobs.monitoring import distances
from jobs.monitoring.baseline import Baseline, Feature
from jobs.monitoring.column_profile import FRACTIONAL, INTEGRAL, STRING, UNKNOWN, Profile
from jobs.monitoring.profiling import Profiles

MIN_VALUES = 30
MAX_NAMED = 5
DEFAULT_THRESHOLD = 0.1
Violation = dict[str, str]


@dataclass
class Comparison:
    """One column, then and now. `distance` is what `threshold` limits; `silence` tells why there is none."""

    name: str
    baseline: Feature | None
    current: Profile | None
    violations: list[Violation] = field(default_factory=list)
    distance: float | None = None
    plain_distance: float | None = None
    psi: float | None = None
    threshold: float | None = None
    silence: str = ""

    def violate(self, check: str, description: str) -> None:
        violation = {"feature_name": self.name, "constraint_check_type": check, "description": description}
        self.violations.append(violation)

    def figures(self) -> dict[str, Any]:
        """The column's entry in figures.json."""
        baseline, current = self.baseline, self.current
        return {
            "name": self.name,
            "inferred_type": current.inferred_type if current else None,
            "baseline_inferred_type": baseline.inferred_type if baseline else None,
            "completeness": _completeness(current) if current else None,
            "baseline_completeness": baseline.completeness if baseline else None,
            "distance": self.distance,
            "threshold": self.threshold,
            "l_infinity": self.plain_distance,
            "psi": self.psi,
            "not_compared": self.silence or None,
            "violations": [violation["constraint_check_type"] for violation in self.violations],
        }


def compare(baseline: Baseline, current: Profiles) -> list[Comparison]:
    """One comparison for each column that either has: the baseline's first, in its order."""
    names = [*baseline.features, *(name for name in current.columns if name not in baseline.features)]
    found = [Comparison(name, baseline.features.get(name), current.columns.get(name)) for name in names]
    counts = (
        f"Number of columns in current dataset: {len(current.columns)}, "
        f"Number of columns in baseline constraints: {len(baseline.features)}"
    )
    for comparison in found:
        if comparison.current is None:
            comparison.silence = "the column is gone"
            told = f"There are missing columns in current dataset. {counts}"
            comparison.violate("missing_column_check", told)
        elif comparison.baseline is None:
            comparison.silence = "the column is new"
            comparison.violate("extra_column_check", f"There are extra columns in current dataset. {counts}")
        else:
            _check(comparison, comparison.baseline, comparison.current, baseline.rows)
    for comparison in found:
        feature = comparison.baseline
        if feature and feature.config.get("evaluate_constraints", "Enabled") != "Enabled":
            comparison.violations = []
    return found


def _check(comparison: Comparison, feature: Feature, profile: Profile, baseline_rows: int) -> None:
    _check_type(comparison, feature, profile)
    _check_completeness(comparison, feature, profile, baseline_rows)
    _check_domain(comparison, feature, profile)
    _check_distribution(comparison, feature, profile)


def _check_type(comparison: Comparison, feature: Feature, profile: Profile) -> None:
    """A whole number is a fraction too, and any cell is a text."""
    kinds = {
        INTEGRAL: profile.integral,
        FRACTIONAL: profile.integral + profile.fractional,
        STRING: profile.present,
        UNKNOWN: profile.present,
    }
    if not profile.present:
        return
    match = kinds.get(feature.inferred_type, profile.present) / profile.present
    threshold = feature.config.get("datatype_check_threshold", 1.0)
    if match < threshold:
        comparison.violate(
            "data_type_check",
            "Data type match requirement is not met. "
            f"Expected data type: {feature.inferred_type}, Expected match: {threshold:.1%}. "
            f"Observed: Only {_under(match)} of data is {feature.inferred_type}.",
        )


def _check_completeness(
    comparison: Comparison, feature: Feature, profile: Profile, baseline_rows: int
) -> None:
    completeness = _completeness(profile)
    if completeness < feature.completeness and not _may_be_chance(feature, profile, baseline_rows):
        comparison.violate(
            "completeness_check",
            "Completeness requirement is not met. "
            f"Expected: {feature.completeness:.1%}. Observed: Only {_under(completeness)} of data is there.",
        )


def _may_be_chance(feature: Feature, profile: Profile, baseline_rows: int) -> bool:
    """Whether rows like the baseline's lack so many cells now and then; a complete column may lack none."""
    if feature.completeness >= 1:
        return False
    then = round((1 - feature.completeness) * baseline_rows)
    now = (profile.missing, profile.present + profile.missing)
    return distances.chance_of_missing(then, baseline_rows, *now) >= distances.RARE


def _check_domain(comparison: Comparison, feature: Feature, profile: Profile) -> None:
    if feature.domain is None or not profile.present or profile.is_capped:
        return
    unknown = {text: count for text, count in profile.counts.items() if text not in feature.domain}
    known = 1 - sum(unknown.values()) / profile.present
    threshold = feature.config.get("domain_content_threshold", 1.0)
    if known < threshold:
        most = sorted(unknown, key=lambda text: (-unknown[text], text))[:MAX_NAMED]
        named = ", ".join(f"{text!r} ({unknown[text]})" for text in most)
        more = f" and {len(unknown) - len(most)} more" if len(unknown) > len(most) else ""
        comparison.violate(
            "categorical_values_check",
            f"Domain content requirement is not met. Expected match: {threshold:.1%}. "
            f"Observed: Only {_under(known)} of data is among the baseline's values. Unknown: {named}{more}.",
        )


def _check_distribution(comparison: Comparison, feature: Feature, profile: Profile) -> None:
    config = feature.config["distribution_constraints"]
    is_numeric = feature.ranks is not None
    comparison.silence = _silence(feature, profile)
    if comparison.silence:
        return
    if feature.ranks is not None:
        ranks = profile.ranks()
        plain = distances.between_numbers(feature.ranks, ranks)
        shares = distances.shares_of_numbers(feature.ranks, ranks)
    else:
        counts: Mapping[str, int] = feature.counts or {}
        plain = distances.between_texts(counts, profile.counts)
        shares = distances.shares_of_texts(counts, profile.counts)
    is_robust = config.get("comparison_method", "Robust") == "Robust"
    distance = distances.beyond_chance(plain, feature.present, profile.present) if is_robust else plain
    key = "comparison_threshold" if is_numeric else "categorical_comparison_threshold"
    threshold = float(config.get(key, config.get("comparison_threshold", DEFAULT_THRESHOLD)))
    comparison.plain_distance, comparison.distance = plain, distance
    comparison.psi, comparison.threshold = distances.psi(*shares), threshold
    if distance > threshold:
        comparison.violate(
            "baseline_drift_check",
            f"Baseline drift distance: {distance:.4f} exceeds threshold: {threshold:g}",
        )


def _silence(feature: Feature, profile: Profile) -> str:
    """Why the distributions cannot be compared; empty when they can."""
    if feature.config["distribution_constraints"].get("perform_comparison", "Enabled") != "Enabled":
        return "the constraints switch it off"
    if not profile.present:
        return "no value is there"
    if profile.is_capped or (feature.ranks is None and feature.counts is None):
        return "too many different texts"
    if (feature.ranks is not None) != profile.is_numeric:
        return f"{feature.inferred_type} has become {profile.inferred_type}"
    if min(profile.present, feature.present) < MIN_VALUES:
        return f"fewer than {MIN_VALUES} values"
    return ""


def _completeness(profile: Profile) -> float:
    return profile.present / (profile.present + profile.missing)


def _under(share: float) -> str:
    """A share below its limit must not be rounded up to it."""
    return f"{int(share * 1000) / 10:.1f}%"

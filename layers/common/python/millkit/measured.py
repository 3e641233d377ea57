"""What the jobs have measured of a window, as lines for SQL: one for each feature and check of each model.

Reads the files of Model Monitor (constraint_violations.json), and figures.json beside them where it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from millkit import storage
from millkit.storage import Place

DRIFT = "baseline_drift_check"
NO_BASELINE = "no_baseline"
NDCG = "feature_attribution_drift_check"
VIOLATIONS, PAGE, SAMPLES = "constraint_violations.json", "report.html", "samples.json"
_METRIC = re.compile(r"Metric (\S+) with (\S+) .* '([^']*)'")
_DISTANCE = re.compile(r"distance: ([-+.\deE]+) exceeds threshold: ([-+.\deE]+)")


class Finding(NamedTuple):
    """One line. value and threshold are None where there is no one figure."""

    feature: str
    check_type: str
    value: float | None
    threshold: float | None
    violated: bool
    description: str
    kind: str  # data, quality or attributions
    psi: float | None = None
    report: str = VIOLATIONS  # the file of the job that is for people


def findings(s3: Any, model: Mapping[str, Any], jobs: Mapping[str, Any]) -> Iterator[Finding]:
    """Everything that was measured of one model: what is violated, and the distances that are not."""
    if model["records"] and not model["has_data"]:
        yield Finding("", NO_BASELINE, None, None, True, f"not compared: {model['silence']}", "data")
    if jobs.get("data"):
        yield from _of_data(s3, model["data_report_uri"])
    if jobs.get("quality"):
        for one in _violations(s3, model["quality_report_uri"]):
            name = str(one.get("metric_name") or "")
            value, limit = _figures(_METRIC, one["description"], 2)
            yield Finding(
                name, one["constraint_check_type"], value, limit, True, one["description"], "quality"
            )
    if jobs.get("attributions"):
        yield from _of_attributions(s3, model["attributions_report_uri"])


def _of_attributions(s3: Any, folder: str) -> Iterator[Finding]:
    """One line, also within its limit; none where there was nothing to compare with."""
    figures = _document(s3, folder, "figures.json")
    if figures.get("ndcg") is not None:
        now, then = (", ".join(figures.get(name, [])) for name in ("now", "then"))
        yield Finding(
            "attributions",
            NDCG,
            figures["ndcg"],
            figures["limit"],
            bool(_violations(s3, folder)),
            f"columns that count most: {now}; in training: {then}",
            "attributions",
            report=PAGE,
        )


def _of_data(s3: Any, folder: str) -> Iterator[Finding]:
    figures_file = _document(s3, folder, "figures.json")
    # AWS's analyzer writes neither figures nor a page.
    report = PAGE if figures_file else VIOLATIONS
    distances = {one["name"]: one for one in figures_file.get("features", [])}
    told = set()
    for one in _violations(s3, folder):
        name, check = one["feature_name"], one["constraint_check_type"]
        figures = distances.get(name, {}) if check == DRIFT else {}
        value, limit = figures.get("distance"), figures.get("threshold")
        if value is None and check == DRIFT:
            value, limit = _figures(_DISTANCE, one["description"], 1)
        told.add((name, check))
        psi = figures.get("psi")
        yield Finding(name, check, value, limit, True, one["description"], "data", psi, report)
    for name, figures in distances.items():
        if figures.get("distance") is not None and (name, DRIFT) not in told:
            words = "within its limit"
            yield Finding(
                name,
                DRIFT,
                figures["distance"],
                figures["threshold"],
                False,
                words,
                "data",
                figures.get("psi"),
                report,
            )


def _violations(s3: Any, folder: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _document(s3, folder, VIOLATIONS).get("violations", [])
    return found


def _document(s3: Any, folder: str, name: str) -> dict[str, Any]:
    """Empty where the file is not there: AWS's analyzer writes no violations when there are none."""
    try:
        content = storage.open_object(s3, Place.parse(f"{folder.rstrip('/')}/{name}")).stream.read()
    except storage.ObjectMissing:
        return {}
    document: dict[str, Any] = json.loads(content)
    return document


def _figures(pattern: re.Pattern[str], text: str, first: int) -> tuple[float | None, float | None]:
    match = pattern.search(text)
    return (_number(match[first]), _number(match[first + 1])) if match else (None, None)


def _number(text: str) -> float | None:
    try:
        return float(text.rstrip("."))
    except ValueError:
        return None


class Samples:
    """Rows for people of one model's violations, `limit` of each at most."""

    def __init__(self, s3: Any, model: Mapping[str, Any], limit: int) -> None:
        self._s3 = s3
        self._model = model
        self._limit = limit
        self._shown: dict[str, dict[tuple[str, str], list[dict[str, Any]]]] = {}
        self._first: dict[str, list[dict[str, Any]]] = {}

    def of(self, finding: Finding) -> list[dict[str, Any]]:
        """Those that the job says show it; where it says none, the first that were measured."""
        if not finding.violated or not self._limit:
            return []
        shown = self._shown_by(finding.kind).get((finding.feature, finding.check_type), [])
        if shown:
            return shown[: self._limit]
        # What was judged may have come in earlier windows: truth is late.
        folder = self._model["joined_uri" if finding.kind == "quality" else "records_uri"]
        if folder not in self._first:
            self._first[folder] = _first(self._s3, folder, self._limit)
        return [sample(record, finding.feature) for record in self._first[folder]]

    def _shown_by(self, kind: str) -> dict[tuple[str, str], list[dict[str, Any]]]:
        if kind not in self._shown:
            found = _document(self._s3, self._model[f"{kind}_report_uri"], SAMPLES).get("samples", [])
            self._shown[kind] = {
                (one["feature_name"], one["constraint_check_type"]): one["rows"] for one in found
            }
        return self._shown[kind]


def _first(s3: Any, folder: str, limit: int) -> list[dict[str, Any]]:
    """The first records below a folder."""
    place = Place.parse(f"{folder}part-00000.jsonl")
    try:
        lines = storage.open_object(s3, place).stream.iter_lines()
        return [json.loads(line) for line in islice(lines, limit)]
    except storage.ObjectMissing:
        return []


def sample(record: Mapping[str, Any], feature: str) -> dict[str, Any]:
    """What a row says of one feature."""
    shown = {name: record.get(name) for name in ("inference_id", "prediction", "truth")}
    return {**shown, "value": record["features"].get(feature)}

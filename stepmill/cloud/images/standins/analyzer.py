"""Stands in for SageMaker Model Monitor's analyzer: rows held against a baseline, in that container's files.

Settings are environment variables, as AWS's schedule and its Python SDK give them: dataset_format,
dataset_source, output_path, baseline_statistics, baseline_constraints, analysis_type, problem_type,
inference_attribute, ground_truth_attribute. Written are statistics.json, and constraint_violations.json when
there are violations.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html

It reads CSV with a header, and needs both files of a baseline. What it does not do: suggest a baseline,
captured data and JSON, classifications, preprocessing scripts, CloudWatch metrics, sketches and standard
deviations in statistics.json. A distribution of numbers is compared at the edges of the baseline's buckets;
one of texts is not compared.
"""

import csv
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stepmill.cloud.images.standins import analyzer_data, analyzer_quality
from stepmill.cloud.images.standins.contract import OPT_ML, ClientError

REFUSED = ("record_preprocessor_script", "post_analytics_processor_script")
FAILED = 255


def main() -> int:
    """0 also with violations; what happened is the job's exit message."""
    try:
        message, status = analyze(os.environ), 0
    except ClientError as error:
        message, status = f"Error: {error}", FAILED
    print(message, flush=True)
    (OPT_ML / "output/message").write_text(message)
    return status


def analyze(settings: Mapping[str, str]) -> str:
    """The message. Raises: ClientError."""
    refuse(settings)
    columns = read(Path(wanted(settings, "dataset_source")))
    limits = document(settings, "baseline_constraints")
    known = document(settings, "baseline_statistics")
    kind = settings.get("analysis_type", "DATA_QUALITY")
    if kind == "DATA_QUALITY":
        statistics, violations = analyzer_data.check(columns, known, limits)
    elif kind == "MODEL_QUALITY":
        names = [wanted(settings, name) for name in ("inference_attribute", "ground_truth_attribute")]
        problem = wanted(settings, "problem_type")
        statistics, violations = analyzer_quality.check(columns, names[0], names[1], problem, limits)
    else:
        raise ClientError(f"analysis_type is {kind!r}; this stand-in does DATA_QUALITY and MODEL_QUALITY")
    output = Path(wanted(settings, "output_path"))
    write(output / "statistics.json", statistics)
    if not violations:
        return "Completed: Job completed successfully with no violations."
    write(output / "constraint_violations.json", {"violations": violations})
    return f"CompletedWithViolations: Job completed successfully with {len(violations)} violations."


def refuse(settings: Mapping[str, str]) -> None:
    """Raises: ClientError for what AWS's container does and this one does not."""
    for name in REFUSED:
        if name in settings:
            raise ClientError(f"{name} is given; this stand-in runs no scripts of a user's")
    if settings.get("publish_cloudwatch_metrics", "Enabled") != "Disabled":
        raise ClientError("publish_cloudwatch_metrics must be Disabled: this stand-in puts no metrics")
    try:
        form = json.loads(wanted(settings, "dataset_format"))["csv"]
        has_header = form.get("header") is True
    except (ValueError, KeyError, TypeError, AttributeError):
        has_header = False
    if not has_header:
        raise ClientError('dataset_format must be {"csv": {"header": true}}; this stand-in reads no other')


def wanted(settings: Mapping[str, str], name: str) -> str:
    if not settings.get(name):
        raise ClientError(f"environment variable {name} is not set")
    return settings[name]


def document(settings: Mapping[str, str], name: str) -> Any:
    path = Path(wanted(settings, name))
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ClientError(f"{name}: {path} cannot be read ({error})") from None


def read(folder: Path) -> dict[str, list[str]]:
    """The cells of each column, from all files below the folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    columns: dict[str, list[str]] = {}
    for file in files:
        with file.open(newline="", encoding="utf-8") as content:
            rows = csv.reader(content)
            header = next(rows, [])
            if columns and list(columns) != header:
                raise ClientError(f"{file.name}: has the columns {header}, another file {list(columns)}")
            columns = columns or {name: [] for name in header}
            for row in rows:
                for name, cell in zip(header, row, strict=False):
                    columns[name].append(cell)
    if not any(columns.values()):
        raise ClientError(f"dataset_source: {folder} holds no rows")
    return columns


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())

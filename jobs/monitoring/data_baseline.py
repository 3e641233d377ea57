"""Data baseline: what training data look like, in the two files of SageMaker Model Monitor.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/monitoring/data_baseline.py --input prepared/baseline --output baseline

In:  <input>/*.csv, one file with a header
Out: <output>/statistics.json and constraints.json
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-statistics.html
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html

The histogram is exact. The file is read twice, row by row; of a column of texts, all texts are counted.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from millkit import job
from millkit.errors import DataError
from millkit.table import Table

from jobs.monitoring.column_profile import Profile, Range

MONITORING_CONFIG = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
    "distribution_constraints": {
        "perform_comparison": "Enabled",
        "comparison_threshold": 0.1,
        "comparison_method": "Robust",
        "categorical_comparison_threshold": 0.1,
        "categorical_drift_method": "LInfinity",
    },
}


def main(argv: list[str] | None = None) -> int:
    parser = job.Parser(prog="data_baseline", description="Statistics and constraints of a data set")
    parser.add_argument("--input", type=Path, default=job.INPUT / "baseline")
    parser.add_argument("--output", type=Path, default=job.OUTPUT)
    return job.main(parser, baseline, argv)


def baseline(arguments: argparse.Namespace) -> None:
    table = open_table(arguments.input)
    ranges = find_ranges(table)
    profiles = profile(table, ranges)
    report(profiles, arguments.output)


def open_table(folder: Path) -> Table:
    files = sorted(folder.glob("*.csv"))
    if len(files) != 1:
        raise DataError(str(folder), f"holds {len(files)} files that end in .csv", "give exactly one")
    return Table(files[0])


def find_ranges(table: Table) -> list[Range]:
    ranges = [Range() for _ in table.columns]
    for row in table.rows():
        for column, cell in zip(ranges, row.cells):
            column.add(cell)
    if not ranges[0].present + ranges[0].missing:
        raise DataError(table.name, "has a header but no data rows", "give the training rows")
    return ranges


def profile(table: Table, ranges: list[Range]) -> list[Profile]:
    profiles = [Profile(name, column) for name, column in zip(table.columns, ranges)]
    for row in table.rows():
        for column, cell in zip(profiles, row.cells):
            column.add(cell)
    return profiles


def report(profiles: list[Profile], output: Path) -> None:
    """Both files, and one line for the log."""
    rows = profiles[0].range.present + profiles[0].range.missing
    statistics: dict[str, Any] = {
        "version": 0.0,
        "dataset": {"item_count": rows},
        "features": [column.statistics() for column in profiles],
    }
    constraints = {
        "version": 0.0,
        "features": [column.constraints() for column in profiles],
        "monitoring_config": MONITORING_CONFIG,
    }
    job.write_json(output / "statistics.json", statistics)
    job.write_json(output / "constraints.json", constraints)
    print(json.dumps({"rows": rows, "features": len(profiles)}))


if __name__ == "__main__":
    sys.exit(main())

"""Data baseline: what training data look like, in the two files of SageMaker Model Monitor.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/monitoring/data_baseline.py --input prepared/baseline --output baseline

In:  the CSV files with a header below <input>, all with the same columns
Out: <output>/statistics.json and constraints.json
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-statistics.html
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html

Each file is read once, in blocks; only a column in which a text turns up after numbers is read again. Memory
holds a block, and of each column a sketch or its different texts: up to 10,000 of them, above that none,
which the line in the log tells as `too_many_texts`. Up to 2,048 numbers the histogram is exact; of more, its
counts up to each bound are off by about .1 % of the rows.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from millkit import job

from jobs.monitoring.profiling import Profiles, of_tables, open_tables

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
    tables = open_tables(arguments.input, must_agree=True)
    profiles = of_tables(tables, remedy="give the training rows")
    report(profiles, arguments.output)


def report(profiles: Profiles, output: Path) -> None:
    """Both files, and one line for the log."""
    constraints = {
        "version": 0.0,
        "features": [column.constraints() for column in profiles.columns.values()],
        "monitoring_config": MONITORING_CONFIG,
    }
    profiles.write(output / "statistics.json")
    job.write_json(output / "constraints.json", constraints)
    print(json.dumps(profiles.line()))


if __name__ == "__main__":
    sys.exit(main())

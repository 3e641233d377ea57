"""Data drift: rows of now held against the training rows' baseline, in the files of SageMaker Model Monitor.

    export PYTHONPATH=.:layers/common/python
    python3 jobs/monitoring/data_drift.py --current records --baseline baseline --output out --label "July"

In:  <current>/**/*.jsonl             records {"features": {raw columns}, "prediction": ...}, or
     <current>/**/*.csv               rows with a header; files may differ in their columns
     <baseline>/statistics.json, constraints.json
     <schema>/features.json           optional: names the target, whose place predictions take
Out: <output>/statistics.json         of the current rows
     <output>/constraint_violations.json   always there; no violations, an empty list
     <output>/figures.json            distance, limit and PSI of each column
     <output>/report.html             one page for people
     <output>/samples.json            with --samples: of each violation that many records that show it
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-violations.html

Predictions are compared with the baseline's targets, as Model Monitor does, also where rows hold the target
too; but fractions for whole numbers are no violation. Columns that only keep the books
(inference_id, event_time, ...) are left out where the baseline has no column of that name.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from millkit import job
from millkit.errors import DataError

from jobs.monitoring import baseline, drift_page, profiling, records, samples
from jobs.monitoring.baseline import Baseline
from jobs.monitoring.column_profile import FRACTIONAL, INTEGRAL, STRING
from jobs.monitoring.comparison import Comparison, compare
from jobs.monitoring.profiling import Profiles

PREDICTION = "prediction"
BOOKKEEPING = (
    *("inference_id", "event_time", "source", "truth"),
    *("endpoint_name", "model_name", "model_package"),
)


def main(argv: list[str] | None = None) -> int:
    parser = job.Parser(prog="data_drift", description="Rows of now held against a baseline")
    parser.add_argument("--current", type=Path, default=job.INPUT / "current")
    parser.add_argument("--baseline", type=Path, default=job.INPUT / "baseline")
    parser.add_argument("--schema", type=Path, default=job.INPUT / "schema")
    parser.add_argument("--label", default="", help="names window and model in the report")
    parser.add_argument("--samples", type=int, default=0, help="records kept of each violation")
    parser.add_argument("--output", type=Path, default=job.OUTPUT)
    return job.main(parser, drift, argv)


def drift(arguments: argparse.Namespace) -> None:
    known = baseline.read(arguments.baseline)
    target = find_target(known, arguments.schema / "features.json")
    known = with_fractions(known, target)
    current = profile(arguments.current, known, target)
    comparisons = compare(known, current)
    report(known, current, comparisons, arguments)
    if arguments.samples:
        paths = records.files_of(arguments.current)
        found = samples.pick(paths, comparisons, target, arguments.samples)
        job.write_json(arguments.output / samples.NAME, {"samples": found})


def find_target(known: Baseline, schema: Path) -> str:
    """The column that predictions stand for: the schema's target, or the baseline's first column."""
    if not schema.is_file():
        return next(iter(known.features), "")
    try:
        return str(json.loads(schema.read_bytes())["target"])
    except (ValueError, KeyError, TypeError) as wrong:
        what = f"does not tell the target ({type(wrong).__name__}: {wrong})"
        raise DataError(schema.name, what, "give the file that preprocess wrote, or none") from wrong


def with_fractions(known: Baseline, target: str) -> Baseline:
    """A model of whole numbers answers with fractions: that is no other type."""
    feature = known.features.get(target)
    if feature is None or feature.inferred_type != INTEGRAL:
        return known
    features = {**known.features, target: feature._replace(inferred_type=FRACTIONAL)}
    return known._replace(features=features)


def profile(folder: Path, known: Baseline, target: str) -> Profiles:
    """The current rows' columns, named as the baseline names them.

    The prediction stands at the target's place, also where rows have both, unless the baseline has it itself.
    """
    as_text = {name for name, feature in known.features.items() if feature.inferred_type == STRING}
    paths = records.files_of(folder)
    if paths:
        return profiling.of_records(paths, target, as_text)
    if target in as_text:
        as_text.add(PREDICTION)
    tables = profiling.open_tables(folder, must_agree=False)
    found = profiling.of_tables(tables, remedy="give rows to compare", as_text=as_text)
    if PREDICTION in found.columns and PREDICTION not in known.features:
        answers = found.columns.pop(PREDICTION)
        answers.name = target
        found.columns.pop(target, None)
        found.columns = {target: answers, **found.columns}
    for name in BOOKKEEPING:
        if name not in known.features:
            found.columns.pop(name, None)
    return found


def report(
    known: Baseline, current: Profiles, comparisons: list[Comparison], arguments: argparse.Namespace
) -> None:
    """The files, and one line for the log."""
    violations = [violation for comparison in comparisons for violation in comparison.violations]
    current.write(arguments.output / "statistics.json")
    job.write_json(arguments.output / "constraint_violations.json", {"violations": violations})
    figures = {
        "label": arguments.label,
        "rows": current.rows,
        "baseline_rows": known.rows,
        "features": [comparison.figures() for comparison in comparisons],
    }
    job.write_json(arguments.output / "figures.json", figures)
    page = drift_page.render(arguments.label, known, current, comparisons)
    (arguments.output / "report.html").write_text(page, encoding="utf-8")
    line = current.line()
    line["violations"] = len(violations)
    line["moved"] = [comparison.name for comparison in comparisons if comparison.violations]
    print(json.dumps(line))


if __name__ == "__main__":
    sys.exit(main())

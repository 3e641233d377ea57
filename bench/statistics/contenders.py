"""The three ways to read one CSV file: alone, with our statistics, with pandas and the same statistics."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from millkit import job
from pyarrow import csv

from jobs.monitoring import data_baseline

SHARES = np.linspace(0, 1, 101)


def arrow(path: str) -> None:
    csv.read_csv(path)


def ours(path: str) -> None:
    folder = Path(path).parent
    code = data_baseline.main(["--input", str(folder), "--output", str(folder.parent / "ours")])
    assert code == 0


def pandas(path: str) -> None:
    table = pd.read_csv(path)
    features = [_statistics(table[name]) for name in table]
    document = {"version": 0.0, "dataset": {"item_count": len(table)}, "features": features}
    job.write_json(Path(path).parents[1] / "pandas" / "statistics.json", document)
    print(json.dumps({"rows": len(table)}))


def _statistics(column: Any) -> dict[str, Any]:
    present = int(column.count())
    common = {"num_present": present, "num_missing": len(column) - present}
    if not pd.api.types.is_numeric_dtype(column):
        counts = column.value_counts()
        buckets = [{"value": text, "count": int(count)} for text, count in counts.items()]
        return {"name": column.name, "common": common, "distinct_count": len(counts), "buckets": buckets}
    known = column.dropna()
    heights, edges = np.histogram(known, 10)
    return {
        "name": column.name,
        "inferred_type": "Integral" if bool((known % 1 == 0).all()) else "Fractional",
        "common": common,
        "mean": float(known.mean()),
        "sum": float(known.sum()),
        "std_dev": float(known.std(ddof=0)),
        "min": float(known.min()),
        "max": float(known.max()),
        "buckets": [edges.tolist(), heights.tolist()],
        "quantiles": known.quantile(SHARES).tolist(),
    }

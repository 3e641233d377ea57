"""What baseline statistics cost: `python -m bench.statistics [rows]`.

One CSV file of 300,000 rows and 12 columns: ten of numbers, two of them with missing cells, and two of texts.
CPU seconds of a process, imports left out, the best of five, taken in turns:
  arrow   pyarrow.csv.read_csv of the file, and nothing else
  ours    statistics.json and constraints.json, as jobs/monitoring/data_baseline.py writes them
  pandas  read_csv, then the same figures: counts, moments, range, 10 buckets, quantiles, counts of texts
Goals: ours at most 1.9 x arrow and .75 x pandas.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5
ARROW_GOAL, PANDAS_GOAL = 1.9, 0.75
MEASURE = """
import resource, sys, time
from bench.statistics.contenders import {name}
begun_s = time.process_time()
{name}(sys.argv[1])
print(time.process_time() - begun_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def write(path: Path, rows: int) -> None:
    chance = np.random.default_rng(7)
    columns: dict[str, object] = {f"price{n}": chance.lognormal(9, 1, rows).round(2) for n in range(4)}
    columns |= {f"count{n}": chance.integers(0, 10 ** (n + 2), rows) for n in range(3)}
    columns["ratio"] = chance.normal(size=rows)
    for name in ("mileage", "age"):
        columns[name] = np.where(chance.random(rows) < 0.1, np.nan, chance.normal(50, 9, rows).round(3))
    columns["make"] = chance.choice(["Saab", "Buick", "Chevrolet", "Pontiac", "Cadillac"], rows)
    columns["type"] = chance.choice(["sedan", "coupe", "wagon", ""], rows, p=[0.5, 0.3, 0.15, 0.05])
    pd.DataFrame(columns).to_csv(path, index=False)


def measure(name: str, file: Path) -> tuple[float, float]:
    """CPU seconds and the most megabytes that the process held."""
    command = [sys.executable, "-c", MEASURE.format(name=name), str(file)]
    path = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common/python'}"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=path)
    seconds, kilobytes = done.stdout.split()[-2:]
    return float(seconds), float(kilobytes) / 1_024


def main(rows: int) -> int:
    names = ("arrow", "ours", "pandas")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data" / "rows.csv"
        file.parent.mkdir()
        write(file, rows)
        print(f"{rows:,} rows, {file.stat().st_size / 1e6:.0f} MB")
        rounds = [{name: measure(name, file) for name in names} for _ in range(ROUNDS)]
    best = {name: min(figures[name][0] for figures in rounds) for name in names}
    held = {name: max(figures[name][1] for figures in rounds) for name in names}
    for name in names:
        ratio = best[name] / best["arrow"]
        print(f"{name:7} {best[name]:6.3f} s CPU, {ratio:4.2f} x arrow, {held[name]:4.0f} MB")
    to_arrow, to_pandas = best["ours"] / best["arrow"], best["ours"] / best["pandas"]
    print(f"ours: {to_arrow:.2f} x arrow (goal {ARROW_GOAL}), {to_pandas:.2f} x pandas (goal {PANDAS_GOAL})")
    return int(to_arrow > ARROW_GOAL or to_pandas > PANDAS_GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000))

"""What batch scoring costs: `python -m bench.batch [rows]`.

One CSV file of 300,000 rows and 12 columns of numbers and texts, and an XGBoost model of 300 trees. CPU
seconds of a process, imports left out, the best of three, taken in turns:
  jobs    prepare_scoring, the model on each part, finish_scoring, with all files between them
  hand    pandas reads the file, XGBoost predicts, pandas writes the file
  line    one row after the other: encoded, predicted, written; of the first rows only, and scaled
Goals: jobs at least 40 x as fast as line, and at most 1.5 x hand. The model's work is the same in all three.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.batch.contenders import LINES, prepare_model
from bench.statistics.__main__ import write

ROUNDS = 3
LINE_GOAL, HAND_GOAL = 40.0, 1.5
TRAINING_ROWS = 20_000
MEASURE = """
import sys, time
from bench.batch.contenders import {name}
run = {name}(sys.argv[1])
begun_s = time.process_time()
run()
print(time.process_time() - begun_s)
"""


def measure(name: str, folder: Path) -> float:
    """CPU seconds."""
    command = [sys.executable, "-c", MEASURE.format(name=name), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def main(rows: int) -> int:
    names = ("jobs", "hand", "line")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        prepare_model(folder, TRAINING_ROWS)
        (folder / "data").mkdir()
        write(folder / "data" / "rows.csv", rows)
        print(f"{rows:,} rows, {(folder / 'data' / 'rows.csv').stat().st_size / 1e6:.0f} MB")
        rounds = [{name: measure(name, folder) for name in names} for _ in range(ROUNDS)]
    each_s = {name: min(one[name] for one in rounds) / rows for name in names}
    each_s["line"] *= rows / LINES
    for name in names:
        print(f"{name:5} {1 / each_s[name]:12,.0f} rows a CPU second")
    faster, of_hand = each_s["line"] / each_s["jobs"], each_s["jobs"] / each_s["hand"]
    print(f"jobs: {faster:.0f} x line (goal {LINE_GOAL:g}), {of_hand:.2f} x hand (goal at most {HAND_GOAL})")
    return int(faster < LINE_GOAL or of_hand > HAND_GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000))

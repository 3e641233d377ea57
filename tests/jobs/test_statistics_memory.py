"""Statistics in a process of its own: what it holds does not grow with the file, whatever is in it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import resource, sys
from jobs.monitoring import data_baseline
code = data_baseline.main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(code)
"""
UNIT = 1 if sys.platform == "darwin" else 1024
MB = 1_000_000


def peak_bytes(folder: Path, rows: int) -> int:
    """Of a run over that many rows of 116 bytes: an identifier, a number, a category."""
    data = folder / str(rows) / "data"
    data.mkdir(parents=True)
    with (data / "rows.csv").open("w") as file:
        file.write("id,number,make\n")
        for number in range(rows):
            file.write(f"customer {number:090},{number * 7_919 % 10_007},{number % 4}\n")
    command = [sys.executable, "-c", PROGRAM, f"--input={data}", f"--output={data.parent / 'out'}"]
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common/python'}"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=path)
    return int(done.stdout.splitlines()[-1]) * UNIT


def test_a_file_four_times_as_long_takes_no_more_memory(tmp_path: Path) -> None:
    small, large = 150_000, 600_000  # 17 MB and 70 MB
    assert peak_bytes(tmp_path, large) - peak_bytes(tmp_path, small) < 20 * MB

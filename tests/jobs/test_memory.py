"""The preprocessing job in a process of its own: what it holds does not grow with the rows it reads.

Only the medians of numeric columns are kept, 8 bytes for each training row and column.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import resource, sys
from jobs.tabular import preprocess
code = preprocess.main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(code)
"""
MAKES = ("Saab", "Buick", "Chevy", "Pontiac")
KEPT_BYTES = 8
UNIT = 1 if sys.platform == "darwin" else 1024


def peak_bytes(folder: Path, rows: int) -> int:
    """Of a whole run over that many rows of 110 bytes, 100 of which are text."""
    data = folder / str(rows) / "data"
    data.mkdir(parents=True)
    with (data / "cars.csv").open("w") as file:
        file.write("Price,Mileage,Make\n")
        for number in range(rows):
            file.write(f"{20_000 - number % 977},{number},{MAKES[number % 4]:100}\n")
    options = ["--target=Price", f"--input={data}", f"--output={data.parent / 'out'}"]
    command = [sys.executable, "-c", PROGRAM, *options]
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common/python'}"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=path)
    return int(done.stdout.splitlines()[-1]) * UNIT


def test_a_file_four_times_as_long_takes_no_more_memory_than_its_medians(tmp_path: Path) -> None:
    small, large = 25_000, 100_000  # 2.8 MB and 11 MB
    grown_bytes = peak_bytes(tmp_path, large) - peak_bytes(tmp_path, small)
    # The array that grows is copied once at a time, and sorted as a list of floats for its median.
    assert grown_bytes < (large - small) * KEPT_BYTES * 10

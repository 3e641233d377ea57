"""How much memory a job holds at most, in a process of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = str(Path(__file__).with_name("peak_program.py"))
MB = 1_000_000


def peak_bytes(module: str, *options: str) -> int:
    """Of a whole run of jobs/<module>.py, which must end well."""
    env = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common/python'}", "PEAK_OF": f"jobs.{module}"}
    command = [sys.executable, PROGRAM, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.splitlines()[-1])

"""CPU of `stepmill check` beside statelint and asl-validator on the same files, in one run.

Run: make judges, then .venv/bin/python -m bench.check [--runs 5]
Cold: a child process; bytecode and extracts of the API models are there from a first run that does not
count. Warm: a second check of the whole repository in this process. Each figure is a median of user +
system time; the programs take turns. The partition is filled in: asl-validator takes no token. The others
look at the form alone: paths, parameters, names, contracts and permissions are ours only.
Goals: a typical machine at most 0.1 s cold, this repository at most 1 s warm; exit code 1 above.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.compile.__main__ import measured
from stepmill.check.reading.context import Given
from stepmill.check.templates import check_repository

ROOT = Path(__file__).parents[2]
TYPICAL = ROOT / "tests" / "accepted" / "sagemaker" / "endpoint_update_or_create.json"
LARGE = ROOT / "statemachines" / "compiled" / "training.asl.json"
TYPICAL_S, REPOSITORY_S = 0.1, 1.0
JUDGES = ROOT / ".venv-judges"


def beside_peers(title: str, machine: Path, folder: Path, runs: int) -> float:
    """Print the table of one machine; our seconds."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "stepmill check": [sys.executable, "-m", "stepmill.cli", "check", str(machine)],
        "statelint": [str(JUDGES / "bin" / "statelint"), str(machine)],
        "asl-validator": ["npx", "--prefix", str(JUDGES), "asl-validator", "--json-path", str(machine)],
    }
    figures = measured(commands, folder, runs)
    print(f"\n{title}")
    ours = figures["stepmill check"]
    for name, figure in figures.items():
        print(f"  {name:<18}{figure:>8.0f} ms CPU {figure / ours:>7.2f} x ours")
    return ours / 1000


def warm_s(runs: int) -> float:
    given = Given()
    check_repository(ROOT, given)
    figures = []
    for _ in range(runs):
        start = time.process_time()
        check_repository(ROOT, given)
        figures.append(time.process_time() - start)
    return median(figures)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5, help="of each program (default: 5)")
    runs = parser.parse_args().runs
    if not (JUDGES / "ready").exists():
        print("bench.check: the peers are missing; run `make judges` first", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        filled = folder / LARGE.name
        filled.write_text(LARGE.read_text().replace("${Partition}", "aws"))
        typical = beside_peers(f"{TYPICAL.name}, cold", TYPICAL, folder, runs)
        beside_peers(f"{LARGE.name}, cold", filled, folder, runs)
    repository = warm_s(runs)
    print(f"\nthis repository, warm: {repository:.2f} s CPU")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  memory {peak_mb:.0f} MB; goals {TYPICAL_S} s and {REPOSITORY_S} s")
    return 0 if typical <= TYPICAL_S and repository <= REPOSITORY_S else 1


if __name__ == "__main__":
    sys.exit(main())

"""CPU of `stepmill compile`, cold, beside a plain json.dumps program that writes the same files.

Run: .venv/bin/python -m bench.compile [--runs 15] [--without-sdk]
Two sets of machines: this repository's, and one of 17 states that is also written with the stepfunctions
SDK imported the ordinary way (in its own environment under build/bench, made once; left out with a word when
that fails). Each figure is the median of user + system time of a child process; the programs take turns, and
bytecode is cached by a first run that does not count, as in any installed package.
Goal: at most 4 times plain; exit code 1 above it.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.compile import programs

GOAL = 4.0


def cpu_ms(command: list[str], folder: Path) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def measured(commands: dict[str, list[str]], folder: Path, runs: int) -> dict[str, float]:
    """Median CPU of each program; they take turns, so that a busy machine slows all alike."""
    figures: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            figure = cpu_ms(command, folder)
            if run:
                figures[name].append(figure)
    return {name: median(values) for name, values in figures.items()}


def compare(title: str, sources: Path, runs: int, *, with_sdk: bool) -> float:
    """Print the table of one set of machines; the ratio of stepmill to plain."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        ours = programs.stepmill(sources, root)
        cpu_ms(ours, root)
        compiled = root / "statemachines" / "compiled"
        commands = {"plain json.dumps": programs.plain(compiled, root / "plain"), "stepmill compile": ours}
        sdk = programs.sdk(root / "sdk.json") if with_sdk else None
        if sdk is not None:
            commands["stepfunctions SDK, ordinary import"] = sdk
        figures = measured(commands, root / "plain", runs)
        for written in compiled.iterdir():
            if written.read_bytes() != (root / "plain" / written.name).read_bytes():
                raise SystemExit(f"{written.name}: the plain program wrote something else")
        if sdk is not None and json.loads((root / "sdk.json").read_text()) != json.loads(
            next(compiled.glob("*.asl.json")).read_text()
        ):
            raise SystemExit("sdk.json: the SDK's program wrote another machine")
    print(f"\n{title}")
    base = figures["plain json.dumps"]
    for name, figure in figures.items():
        print(f"  {name:<36}{figure:>8.0f} ms CPU {figure / base:>7.1f} x")
    return figures["stepmill compile"] / base


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=15, help="of each program (default: 15)")
    parser.add_argument(
        "--without-sdk", action="store_true", help="leave the SDK imported the ordinary way out"
    )
    args = parser.parse_args()
    own = compare("every machine of this repository", Path("statemachines"), args.runs, with_sdk=False)
    compare(
        "one machine of 17 states",
        programs.HERE / "seventeen/statemachines",
        args.runs,
        with_sdk=not args.without_sdk,
    )
    print(f"\ngoal: at most {GOAL:.0f} x; {'met' if own <= GOAL else 'missed'} at {own:.1f} x")
    return 0 if own <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())

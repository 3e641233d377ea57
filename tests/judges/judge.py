"""Independent judges: statelint and asl-validator accept every compiled machine.

Run it: make judges. A judge must also refuse a machine with a known fault, or it judges nothing.
asl-validator refuses tokens in ARNs, so every token is filled first.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
COMPILED = REPOSITORY / "statemachines" / "compiled"
ENVIRONMENT = REPOSITORY / ".venv-judges"
JUDGES = {
    "statelint": (str(ENVIRONMENT / "bin" / "statelint"),),
    "asl-validator": (str(ENVIRONMENT / "node_modules" / ".bin" / "asl-validator"), "--json-path"),
}
FAULTY = {
    "no state of that name": {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}},
    "a state without a type": {"StartAt": "A", "States": {"A": {"End": True}}},
    "a resource that is no ARN": {
        "StartAt": "A",
        "States": {"A": {"Type": "Task", "Resource": "sagemaker", "End": True}},
    },
}
TOKEN = re.compile(r"\$\{([^}]+)\}")
TIME_LIMIT_S = 120


def filled(text: str) -> str:
    """A definition as it would be deployed."""

    def sample(token: re.Match[str]) -> str:
        name = token[1]
        if name == "Partition":
            return "aws"
        return f"arn:aws:service:us-east-1:123456789012:{name}" if name.endswith("Arn") else name

    return TOKEN.sub(sample, text)


def refusal(command: Sequence[str], file: Path) -> str:
    """What a judge says against a file; empty when it accepts it. Raises: RuntimeError when it gives up."""
    done = subprocess.run(
        [*command, str(file)], capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False
    )
    said = f"{done.stdout}{done.stderr}".strip()
    if done.returncode == 0:
        return ""
    if done.returncode == 1 and "Traceback" not in said:
        return said or "refused"
    raise RuntimeError(f"{command[0]}: gave up on {file.name} with exit code {done.returncode}:\n{said}")


def complaints(judges: Mapping[str, Sequence[str]], definitions: Mapping[str, Any]) -> list[str]:
    """One line for each machine that a judge refuses, and for each fault that one lets pass."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "machine.asl.json"
        for judge, command in judges.items():
            for name, definition in definitions.items():
                file.write_text(json.dumps(definition), encoding="utf-8")
                said = refusal(command, file)
                found += [f"{name}: {judge} refuses it: {said}"] if said else []
            for fault, definition in FAULTY.items():
                file.write_text(json.dumps(definition), encoding="utf-8")
                if not refusal(command, file):
                    found.append(f"{judge}: accepts {fault}; it is no judge as it is installed")
    return found


def main() -> int:
    machines = {
        file.name: json.loads(filled(file.read_text())) for file in sorted(COMPILED.glob("*.asl.json"))
    }
    if not machines:
        print(f"{COMPILED}: holds no machine; run make compile", file=sys.stderr)
        return 1
    found = complaints(JUDGES, machines)
    print(*found, sep="\n", file=sys.stderr, end="\n" if found else "")
    print(f"{len(machines)} machines, {len(JUDGES)} judges, {len(found)} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

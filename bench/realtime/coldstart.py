"""CPU time of a cold start: the interpreter and the import of a handler, for every function.

For Predict also with the clients that its first request makes: what there is before the first byte is sent.
"""

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
GOAL = 1.1
ROUNDS = 7
ONE_CLIENT = "import boto3; boto3.client('s3')"
IMPORT = "import handler"
# What the first request makes besides: the clients of two endpoints, their descriptions, and S3.
CLIENTS = """
import handler
queue = "arn:aws:sqs:us-east-1:123456789012:q"
settings = handler.Settings("a", "b", "largest", "none", "5", "bucket", queue)
handler.asker(settings)
handler.kept(settings)
"""


def report() -> float:
    """Prints the figures; the largest ratio to one lazy client."""
    folders = sorted(path.parent for path in (ROOT / "functions").glob("*/handler.py"))
    programs = {"one boto3 client": (ONE_CLIENT, None)} | {one.name: (IMPORT, one) for one in folders}
    programs["predict, clients"] = (CLIENTS, ROOT / "functions/predict")
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, (program, folder) in programs.items():
            taken[name].append(cpu_s(program, folder))
    medians = {name: statistics.median(values) for name, values in taken.items()}
    client = medians.pop("one boto3 client")
    print(f"Cold start, CPU: one boto3 client {client * 1000:.0f} ms; the import of a handler:")
    for name, value in medians.items():
        print(f"  {name:18} {value * 1000:5.0f} ms   {value / client:4.2f} x")
    return max(medians.values()) / client


def cpu_s(program: str, folder: Path | None) -> float:
    """Of a child process, user and system."""
    path = [str(folder), str(ROOT / "layers/common/python")] if folder else []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environ |= {"PYTHONPATH": os.pathsep.join(path), "AWS_DEFAULT_REGION": "us-east-1"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

"""The embedded cloud: seconds until the template is deployed, and a Lambda's cold and warm times.

Run: .venv/bin/python -m bench.cloud
Goals: up with template.yaml deployed within 6 s. A cold invocation starts a child process that imports
boto3; a warm one finds it waiting. For scale, a bare `python -c "import boto3"` is measured beside it.
"""

import io
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from statistics import median
from typing import Any

from bench.engine import servers
from stepmill.cli.deploy import deploy

ROUNDS = 5
WARM_CALLS = 100
HANDLER = "import boto3\n\ndef handler(event, context):\n    return event\n"


def main() -> None:
    began = time.perf_counter()
    with servers.stepmill() as server:
        up_s = time.perf_counter() - began
        done = deploy(
            server.make_client,
            Path("template.yaml"),
            "bench",
            {"NotificationEmail": "team@example.com"},
            print,
        )
        deployed_s = time.perf_counter() - began
        print(f"up {up_s:.2f} s, deployed {deployed_s - up_s:.2f} s, together {deployed_s:.2f} s (goal 6)")
        if not done.is_changed:
            raise SystemExit("bench.cloud: nothing was deployed")
        role = server.make_client("iam").get_role(RoleName="bench")["Role"]["Arn"]
        cold_s, warm_s = invocations(server.make_client("lambda"), role)
    bare_s = median(seconds_of_import() for _ in range(ROUNDS))
    ratio = f"{cold_s / bare_s:.2f} x a bare import of boto3"
    print(f"Lambda cold {cold_s * 1e3:.0f} ms ({ratio}), warm {warm_s * 1e3:.1f} ms")


def invocations(lambda_: Any, role: str) -> tuple[float, float]:
    """Median seconds of a function's first call, and of its later ones."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("handler.py", HANDLER)
    cold, warm = [], []
    for number in range(ROUNDS):
        name = f"bench-{number}"
        lambda_.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="handler.handler",
            Code={"ZipFile": archive.getvalue()},
            Timeout=30,
        )
        cold.append(seconds_of_call(lambda_, name))
        warm += [seconds_of_call(lambda_, name) for _ in range(WARM_CALLS // ROUNDS)]
    return median(cold), median(warm)


def seconds_of_call(lambda_: Any, name: str) -> float:
    began = time.perf_counter()
    answer = lambda_.invoke(FunctionName=name, Payload=b"{}")
    if answer["Payload"].read() != b"{}":
        raise SystemExit(f"bench.cloud: {name} did not answer its event")
    return time.perf_counter() - began


def seconds_of_import() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", "import boto3"], check=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

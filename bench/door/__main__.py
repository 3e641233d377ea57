"""What the front door costs: `python -m bench.door`.

Prints the median time of one call straight to moto and of the same call through the door, taken in
turns, and the calls a second of 50 threads at once. Goal: the door adds at most 3 ms.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from stepmill.cloud.moto_socket import URL, SocketPool, sender

CALLS = 300
THREADS = 50
GOAL_MS = 3.0

SERVE = """
import json, sys, time
from pathlib import Path
from stepmill.cloud.cloud import Cloud
cloud = Cloud.start(Path(sys.argv[1]), port=0)
cloud.moto.await_ready()
owner = cloud.keyring.owner
about = [cloud.endpoint_url, str(cloud.moto.pool.socket_file), owner.access_key_id, owner.secret_access_key]
print(json.dumps(about), flush=True)
sys.stdin.read()
cloud.close()
"""


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as root,
        subprocess.Popen(
            [sys.executable, "-c", SERVE, root], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as server,
    ):
        assert server.stdout is not None
        url, moto_socket, key, secret = json.loads(server.stdout.readline())
        through = client("dynamodb", url, key, secret)
        direct = client("dynamodb", URL, key, secret)
        direct.meta.events.register("before-send", sender(SocketPool(Path(moto_socket))))
        own = client("ssm", url, key, secret)
        own.put_parameter(Name="/bench", Value="x", Type="String")
        calls = {
            "direct": direct.list_tables,
            "door": through.list_tables,
            "own": lambda: own.get_parameter(Name="/bench"),
        }
        times = measure(calls)
        rate = throughput(own)
        server.communicate()
    added = times["door"] - times["direct"]
    print(f"DynamoDB ListTables, median of {CALLS} calls:")
    print(f"  moto {times['direct']:.2f} ms, through the door {times['door']:.2f} ms")
    print(f"  the door adds {added:.2f} ms (goal: at most {GOAL_MS} ms)")
    print(f"SSM GetParameter, which is ours: {times['own']:.2f} ms")
    print(f"  {THREADS} threads at once: {rate:.0f} calls a second")
    return 0 if added <= GOAL_MS else 1


def client(service: str, url: str, key: str, secret: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(max_pool_connections=THREADS),
    )


def measure(calls: dict[str, Any]) -> dict[str, float]:
    """Median milliseconds of each call; they take turns so that a busy machine slows all of them."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(CALLS + 20):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            if number >= 20:  # the first ones open connections and load models
                taken[name].append((time.perf_counter() - began) * 1000)
    return {name: statistics.median(values) for name, values in taken.items()}


def throughput(ssm: Any) -> float:
    with ThreadPoolExecutor(THREADS) as pool:
        began = time.perf_counter()
        list(pool.map(lambda _: ssm.get_parameter(Name="/bench"), range(THREADS * 20)))
        return THREADS * 20 / (time.perf_counter() - began)


if __name__ == "__main__":
    sys.exit(main())

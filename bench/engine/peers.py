"""Our Step Functions beside moto's server and ministack: the same boto3 calls, in one run.

Run: make bench, or .venv/bin/python -m bench.engine.peers [--waiting 10000]
The rounds take turns, each server is called over one warm connection. Prints for each server: transitions
a second of one execution with 1,000 Pass states; seconds for 200 executions of 5 states; threads and memory
while executions wait (10,000 here, 200 in the peers, which keep a thread each). Then the client's own part of
the seconds. Goals: 1.3 x as fast as the faster peer in both; 10,000 waits under 300 MB and 20 threads.
"""

import argparse
import json
import time
import uuid
from itertools import pairwise
from statistics import median
from typing import Any

from bench.engine import servers
from bench.engine.servers import Server

ROUNDS = 5
LIMIT_S = 60.0


def chain(states: int) -> dict[str, Any]:
    names = [f"S{number}" for number in range(states)]
    passes: dict[str, Any] = {name: {"Type": "Pass", "Next": after} for name, after in pairwise(names)}
    return {"StartAt": names[0], "States": passes | {names[-1]: {"Type": "Pass", "End": True}}}


WAIT = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}


def create(server: Server, name: str, definition: dict[str, Any]) -> str:
    answer = server.client.create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=server.role_arn
    )
    return str(answer["stateMachineArn"])


def start(server: Server, machine: str) -> str:
    answer = server.client.start_execution(stateMachineArn=machine, name=str(uuid.uuid4()), input="{}")
    return str(answer["executionArn"])


def await_success(server: Server, execution: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while (status := server.client.describe_execution(executionArn=execution)["status"]) == "RUNNING":
        if time.monotonic() > deadline:
            raise SystemExit(f"{server.name}: {execution} still runs after {LIMIT_S:.0f} s")
        time.sleep(0.005)
    if status != "SUCCEEDED":
        raise SystemExit(f"{server.name}: {execution} ended {status}")


def seconds_of(server: Server, machine: str, executions: int) -> float:
    began = time.perf_counter()
    for execution in [start(server, machine) for _ in range(executions)]:
        await_success(server, execution)
    return time.perf_counter() - began


def measure(running: list[Server]) -> dict[str, dict[str, float]]:
    """Medians for each server by name. The rounds take turns: a slow moment of the machine hits all alike."""
    long = {server.name: create(server, "long", chain(1000)) for server in running}
    short = {server.name: create(server, "short", chain(5)) for server in running}
    long_s: dict[str, list[float]] = {server.name: [] for server in running}
    short_s: dict[str, list[float]] = {server.name: [] for server in running}
    for server in running:
        seconds_of(server, short[server.name], 20)
    for _ in range(ROUNDS):
        for server in running:
            long_s[server.name].append(seconds_of(server, long[server.name], 1))
            short_s[server.name].append(seconds_of(server, short[server.name], 200))
    return {
        name: {"transitions_per_s": 1000 / median(long_s[name]), "200x5_s": median(short_s[name])}
        for name in long_s
    }


def wait_in(server: Server, executions: int) -> dict[str, float]:
    """What so many waiting executions cost the server."""
    sleeper = create(server, "sleeper", WAIT)
    for _ in range(executions):
        start(server, sleeper)
    return {
        "waiting": executions,
        "threads": servers.threads(server.pid),
        "rss_mb": servers.resident_mb(server.pid),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--waiting", type=int, default=10_000, help="waiting executions in ours (10000)")
    waiting = parser.parse_args().waiting
    if not (servers.PEERS / "ministack").exists():
        raise SystemExit("bench.engine.peers: .venv-bench is missing; make it with `make .venv-bench/ready`")
    with (
        servers.moto() as moto,
        servers.ministack() as ministack,
        servers.stepmill() as ours_server,
        servers.constant() as constant,
    ):
        figures = measure([moto, ministack, ours_server, constant])
        client_s = figures.pop("constant")["200x5_s"]
        for server, executions in ((moto, 200), (ministack, 200), (ours_server, waiting)):
            figures[server.name] |= wait_in(server, executions)
    print(f"{'':10} {'1,000 Pass':>14} {'200 x 5':>9} {'waiting':>9} {'threads':>8} {'memory':>9}")
    for name, row in figures.items():
        print(
            f"{name:10} {row['transitions_per_s']:>12,.0f}/s {row['200x5_s']:>7.2f} s {row['waiting']:>9,.0f}"
            f" {row['threads']:>8.0f} {row['rss_mb']:>6.0f} MB"
        )
    ours, peers = figures["stepmill"], [figures["moto"], figures["ministack"]]
    fastest, shortest = max(p["transitions_per_s"] for p in peers), min(p["200x5_s"] for p in peers)
    print(
        f"ratio to the faster peer: 1,000 Pass {ours['transitions_per_s'] / fastest:.2f} x as fast", end=", "
    )
    print(f"200 x 5 {shortest / ours['200x5_s']:.2f} x as fast")
    print(f"of the seconds for 200 x 5 the client's own: {client_s:.2f} s (the same calls, answered at once)")


if __name__ == "__main__":
    main()

"""What the realtime handler and its API add to the slower endpoint: `python -m bench.realtime`.

The same rows are asked, in turns, of each endpoint by a client of botocore, of the handler in this process,
and of the API over HTTP.
Endpoints of this machine share its cores with what asks them. So all but the API is measured once more with
endpoints that think for a while without any work here, as those of AWS do: the goal is held against that.
Then the CPU time of a cold start of every function, beside that of one boto3 client made when it is needed.
Goals: the handler adds at most 5 ms at the median; a cold start costs at most 1.1 times that client's.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.realtime import coldstart
from bench.realtime.serve import ENDPOINTS, NAMES
from bench.realtime.thinking import THINK_MS

ROOT = Path(__file__).parents[2]
CALLS = 300
GOAL_MS = 5.0
CSV = f"{','.join(NAMES)}\n22479,6,4,1,0,1\n"
FEATURES = b"22479,6,4,1,0,1\n"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, started("serve", f"{folder}/root") as server:
        about = json.loads(line_of(server))
        os.environ.update(about["environ"])
        times = measure(calls_of(about), CALLS)
        report("Endpoints of the embedded cloud", times)
        with started("thinking") as elsewhere:
            os.environ["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"] = line_of(elsewhere).strip()
            forget_clients()
            calls = {name: call for name, call in calls_of(about).items() if name != "api"}
            added = report(f"Endpoints that think for {THINK_MS:g} ms", measure(calls, CALLS))
            elsewhere.communicate()
        server.communicate()
    print(f"The handler adds {added:.2f} ms to the slower endpoint (goal: at most {GOAL_MS:g} ms).")
    ratio = coldstart.report()
    return 0 if added <= GOAL_MS and ratio <= coldstart.GOAL else 1


def started(module: str, *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", f"bench.realtime.{module}", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def line_of(process: "subprocess.Popen[bytes]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode()


def forget_clients() -> None:
    """What a new process begins with."""
    from millkit import aws

    from functions.predict import handler

    for cached in (aws.session, aws.client, handler.asker, handler.kept):
        cached.cache_clear()


def calls_of(about: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """What is measured, by name."""
    from millkit import aws

    from functions.predict.handler import handler

    runtime = aws.client("sagemaker-runtime", 5.0, 2)

    def endpoint(name: str) -> Callable[[], Any]:
        def ask() -> bytes:
            answer = runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=FEATURES)
            content: bytes = answer["Body"].read()
            return content

        return ask

    def predict() -> None:
        context = {"requestId": str(uuid.uuid4())}
        event = {"headers": {"content-type": "text/csv"}, "body": CSV, "requestContext": context}
        answer = handler(event, None)
        assert answer["statusCode"] == 200, answer
        assert not json.loads(answer["body"])["degraded"], answer

    return {name: endpoint(name) for name in ENDPOINTS} | {"handler": predict, "api": Api(about).post}


class Api:
    """One connection that stays open, requests signed by botocore."""

    def __init__(self, about: dict[str, Any]) -> None:
        self._about = about
        self._connection = http.client.HTTPConnection(urlsplit(about["url"]).netloc)

    def post(self) -> None:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        environ = self._about["environ"]
        headers = {"content-type": "text/csv", "x-api-key": self._about["key"]}
        asked = AWSRequest("POST", self._about["url"], data=CSV.encode(), headers=headers)
        keys = Credentials(environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"])
        SigV4Auth(keys, "execute-api", environ["AWS_DEFAULT_REGION"]).add_auth(asked)
        self._connection.request(
            "POST", urlsplit(self._about["url"]).path, CSV.encode(), dict(asked.headers.items())
        )
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body


def measure(calls: dict[str, Callable[[], Any]], count: int) -> dict[str, list[float]]:
    """Milliseconds of each, taken in turns after a few that warm up; the handler is silent meanwhile."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    out = sys.stdout
    with Path(os.devnull).open("w") as nowhere:
        sys.stdout = nowhere
        try:
            for number in range(count + 20):
                for name, call in calls.items():
                    begin = time.perf_counter()
                    call()
                    if number >= 20:
                        times[name].append((time.perf_counter() - begin) * 1000)
        finally:
            sys.stdout = out
    return times


def report(title: str, times: dict[str, list[float]]) -> float:
    """Prints the figures; what the handler adds to the slower endpoint, in ms at the median."""
    print(f"{title}, one row, {CALLS} calls of each in turns, ms at p50 / p95:")
    slower = max(statistics.median(times[name]) for name in ENDPOINTS)
    for name, taken in times.items():
        p50, p95 = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
        print(f"  {name:22} {p50:6.2f} / {p95:6.2f}   {p50 / slower:5.2f} x the slower endpoint")
    return statistics.median(times["handler"]) - slower


if __name__ == "__main__":
    sys.exit(main())

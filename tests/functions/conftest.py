"""The functions against moto in this process: real boto3 clients, no network, nothing replaced."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from millkit import aws
from moto import mock_aws

from tests.functions.endpoints import SageMaker, each

REGION = "eu-west-1"
ACCOUNT = "123456789012"


class OneAtATime:
    """A client whose calls are atomic, as AWS's are; moto looks first and writes later, so threads cross."""

    def __init__(self, made: Any) -> None:
        self.exceptions = made.exceptions
        self._made = made
        self._lock = threading.Lock()

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**params: Any) -> Any:
            with self._lock:
                return getattr(self._made, operation)(**params)

        return call


@pytest.fixture
def at_once() -> Callable[[list[Callable[[], Any]]], list[Any]]:
    """Start all calls at the same moment, a thread each; the answers, in the calls' order."""

    def run(calls: list[Callable[[], Any]]) -> list[Any]:
        gate = threading.Barrier(len(calls))

        def call(work: Callable[[], Any]) -> Any:
            gate.wait()
            return work()

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(call, calls))

    return run


@pytest.fixture
def atomic() -> Callable[[Any], Any]:
    return OneAtATime


@pytest.fixture
def deployed_steps(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The steps as a function has them: in the layer of the jobs, whose `python` is on the path."""
    jobs = Path(__file__).parents[2] / "jobs"
    monkeypatch.syspath_prepend(str(jobs / "python"))
    return jobs / "tabular" / "steps"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """The client that the functions use too."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    forget_clients()
    with mock_aws():
        yield aws.client
    forget_clients()


def forget_clients() -> None:
    aws.client.cache_clear()
    aws.session.cache_clear()


@pytest.fixture
def s3(client: Callable[[str], Any]) -> Any:
    """A client of S3, with a bucket named `artifacts`."""
    made = client("s3")
    made.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    return made


@pytest.fixture
def sagemaker(s3: Any) -> SageMaker:
    """Both endpoints serve: `xgb` answers 1000 plus the mileage, `linear` 2000 plus it."""
    made = SageMaker(s3)
    made.serve("xgb", each(1000))
    made.serve("linear", each(2000))
    return made

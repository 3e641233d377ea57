"""A function that dies at any call to AWS, before it or after, is run again: nothing is doubled.

Lambda retries an asynchronous invocation, and the machines retry their tasks.
"""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from millkit import heads, lock, manifest, publishing, uploads
from millkit.storage import Place

WAIT = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 600, "End": True}}})
ROLE = "arn:aws:iam::123456789012:role/r"


class Died(BaseException):
    """As SIGKILL: no handler of errors sees it."""


class Dying:
    """A client that dies at the call of the given number, before or after it has taken effect."""

    def __init__(self, made: Any, at: list[int], is_reply_lost: bool) -> None:
        self.exceptions = made.exceptions
        self._made = made
        self._at = at
        self._is_reply_lost = is_reply_lost

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**params: Any) -> Any:
            self._at[0] -= 1
            if self._at[0] == 0 and not self._is_reply_lost:
                raise Died
            try:
                return getattr(self._made, operation)(**params)
            finally:
                if self._at[0] == 0:
                    raise Died  # an error is a reply too

        return call


Work = Callable[[Callable[[str], Any]], Any]


def survive(client: Callable[[str], Any], work: Work, is_reply_lost: bool) -> list[Any]:
    """The answers of second runs, after a death at call 1, 2, and so on; then that of a whole run."""
    answers = []
    for number in range(1, 100):
        at = [number]
        try:
            answers.append(work(lambda name, at=at: Dying(client(name), at, is_reply_lost)))  # type: ignore[misc]
        except Died:
            answers.append(work(client))
        else:
            return answers
    raise AssertionError("the work never ends")


@pytest.mark.parametrize("is_reply_lost", [False, True])
def test_start_training(client: Callable[[str], Any], s3: Any, is_reply_lost: bool) -> None:
    client("ssm").put_parameter(Name="/use-case", Type="String", Value="{}")
    states = client("stepfunctions")
    machine_arn = states.create_state_machine(name="m", definition=WAIT, roleArn=ROLE)["stateMachineArn"]
    etag = s3.put_object(Bucket="artifacts", Key="cars.csv", Body=b"a")["ETag"].strip('"')
    upload = uploads.Upload(Place("artifacts", "cars.csv"), etag, False)

    def work(get: Callable[[str], Any]) -> Any:
        clients = get("stepfunctions"), get("s3"), get("ssm")
        return uploads.start(*clients, upload, machine_arn=machine_arn, parameter="/use-case")

    answers = survive(client, work, is_reply_lost)
    assert len(answers) == 4
    assert len(set(answers)) == 1
    assert len(states.list_executions(stateMachineArn=machine_arn)["executions"]) == 1


@pytest.mark.parametrize("is_reply_lost", [False, True])
def test_acquire_and_release_lock(client: Callable[[str], Any], is_reply_lost: bool) -> None:
    client("dynamodb").create_table(
        TableName="locks",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
    )

    def take(get: Callable[[str], Any]) -> Any:
        clients = get("dynamodb"), get("stepfunctions")
        return lock.acquire(*clients, table="locks", name="champion", execution_arn="arn:me")

    def give(get: Callable[[str], Any]) -> Any:
        return lock.release(get("dynamodb"), table="locks", name="champion", execution_arn="arn:me")

    assert set(survive(client, take, is_reply_lost)) == {lock.Hold(True, "arn:me", 1)}
    assert set(survive(client, give, is_reply_lost)) == {lock.Hold(False, "", 1)}


@pytest.mark.parametrize("is_reply_lost", [False, True])
def test_seal_model(client: Callable[[str], Any], s3: Any, is_reply_lost: bool) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("model"))
    s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="artifacts", Key="model.tar.gz", Body=content.getvalue())
    uris = "s3://artifacts/model.tar.gz", "s3://artifacts/manifest.json"

    def work(get: Callable[[str], Any]) -> Any:
        return manifest.seal(get("s3"), *uris, {})

    answers = survive(client, work, is_reply_lost)
    # The last run finds the manifest and reads it, which takes two calls more.
    assert len(answers) == 6
    assert len(set(answers)) == 1
    assert len(s3.list_object_versions(Bucket="artifacts")["Versions"]) == 2
    assert manifest.verify(s3, *uris, answers[0].sha256) == answers[0].sha256


@pytest.mark.parametrize("is_reply_lost", [False, True])
def test_check_data(client: Callable[[str], Any], s3: Any, is_reply_lost: bool) -> None:
    s3.put_object(Bucket="artifacts", Key="data/cars.csv", Body=b"Price,Make\n1,Saab\n2,Buick\n")

    def work(get: Callable[[str], Any]) -> Any:
        return heads.check(get("s3"), "s3://artifacts/data", "Price")

    assert set(survive(client, work, is_reply_lost)) == {heads.Found(1, 26)}


@pytest.mark.parametrize("is_reply_lost", [False, True])
def test_publish_jobs(client: Callable[[str], Any], s3: Any, tmp_path: Path, is_reply_lost: bool) -> None:
    for name in ("jobs/tabular/a.py", "jobs/tabular/b.py", "millkit/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)

    def work(get: Callable[[str], Any]) -> Any:
        return publishing.publish(get("s3"), "artifacts", tmp_path / "jobs", tmp_path / "millkit")

    answers = survive(client, work, is_reply_lost)
    assert len(answers) == 5
    assert len(set(answers)) == 1
    assert len(s3.list_objects_v2(Bucket="artifacts")["Contents"]) == 4

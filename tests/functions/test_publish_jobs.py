"""PublishJobs in a child process that has on its path what Lambda gives it: its own folder and its layers."""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from millkit import publishing, wheel

ROOT = Path(__file__).resolve().parents[2]
# moto inside the child: the bucket is made, the function runs, the objects are printed.
CHILD = """
import json, sys
from moto import mock_aws
with mock_aws():
    import handler
    from millkit import aws
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for event in json.load(sys.stdin):
        handler.handler(event, None)
    print(json.dumps([item["Key"] for item in s3.list_objects_v2(Bucket="artifacts").get("Contents", [])]))
"""


class Listener(http.server.BaseHTTPRequestHandler):
    heard: list[Any]

    def do_PUT(self) -> None:
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output quiet."""


@pytest.fixture
def response_url() -> Iterator[str]:
    Listener.heard = []
    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def layers(folder: Path, is_merged: bool) -> list[Path]:
    """The `python` folders: one /opt for both layers (AWS), or a folder for each (embedded cloud)."""
    folders = [folder / "opt"] * 2 if is_merged else [folder / "common", folder / "jobs"]
    for source, target in zip((ROOT / "layers" / "common", ROOT / "jobs"), folders, strict=True):
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return [folder / "python" for folder in dict.fromkeys(folders)]


def run(paths: list[Path], events: list[Any], **environ: str) -> list[str]:
    """Handle the events in a child; the answer is the keys in the bucket then."""
    path = os.pathsep.join(str(path) for path in [ROOT / "functions" / "publish_jobs", *paths])
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": path,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        **environ,
    }
    child = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps(events),
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    keys: list[str] = json.loads(child.stdout.splitlines()[-1])
    return keys


def event(request_type: str, response_url: str, **more: str) -> dict[str, Any]:
    facts = {"RequestType": request_type, "StackId": "s", "RequestId": "r", "LogicalResourceId": "JobsCode"}
    return {**facts, "ResponseURL": response_url, "ResourceProperties": {"ServiceToken": "f"}, **more}


@pytest.mark.parametrize("is_merged", [True, False])
def test_publishes_the_jobs_and_millkit_and_tells_where(
    tmp_path: Path, response_url: str, is_merged: bool
) -> None:
    create = event("Create", response_url)
    keys = run(layers(tmp_path, is_merged), [create, create], ARTIFACTS_BUCKET="artifacts")
    prefix = Listener.heard[0]["Data"]["CodeUri"].removeprefix("s3://artifacts/")
    sources = [*(ROOT / "jobs").rglob("*.py"), *(ROOT / "layers/common/python/millkit").glob("*.py")]
    names = [str(path.relative_to(ROOT)).replace("layers/common/python/", "") for path in sources]
    assert keys == sorted(prefix + name for name in [*names, wheel.FILE])
    steps = {f"jobs/tabular/steps/{name}.py" for name in ("not_negative", "tidy_texts")}
    assert {"jobs/tabular/preprocess.py", "millkit/table.py", *steps} <= set(names)
    assert [(told["Status"], told["PhysicalResourceId"]) for told in Listener.heard] == [
        ("SUCCESS", f"s3://artifacts/{prefix}")
    ] * 2


def test_a_delete_leaves_the_code_to_those_who_run_it(tmp_path: Path, response_url: str) -> None:
    events = [
        event("Create", response_url),
        event("Delete", response_url, PhysicalResourceId="s3://artifacts/code/x/"),
    ]
    keys = run(layers(tmp_path, True), events, ARTIFACTS_BUCKET="artifacts")
    assert len(keys) > 10
    assert Listener.heard[1] == {
        "StackId": "s",
        "RequestId": "r",
        "LogicalResourceId": "JobsCode",
        "Status": "SUCCESS",
        "PhysicalResourceId": "s3://artifacts/code/x/",
        "Data": {},
    }


def test_a_missing_setting_is_told_to_cloudformation(tmp_path: Path, response_url: str) -> None:
    assert run(layers(tmp_path, True), [event("Create", response_url)]) == []
    assert [(told["Status"], told["Reason"]) for told in Listener.heard] == [
        (
            "FAILED",
            "EnvironmentIncomplete: environment lacks ARTIFACTS_BUCKET; set them in stacks/jobs.yaml",
        )
    ]


class Bucket:
    """The one call of S3 that publishing makes."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        self.objects[Key] = Body


def code(folder: Path, job: bytes) -> tuple[Path, Path]:
    for name, content in (("jobs/tabular/a.py", job), ("millkit/b.py", b"b"), ("jobs/python/c.py", b"c")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "jobs" / "notes.txt").write_text("no folder")
    (folder / "jobs" / "tabular" / "notes.txt").write_text("no code")
    return folder / "jobs", folder / "millkit"


def test_the_place_follows_from_the_content(tmp_path: Path) -> None:
    bucket = Bucket()
    first = publishing.publish(bucket, "b", *code(tmp_path, b"1"))
    again = publishing.publish(bucket, "b", *code(tmp_path, b"1"))
    changed = publishing.publish(bucket, "b", *code(tmp_path, b"2"))
    assert first == again != changed
    prefixes = [uri.removeprefix("s3://b/") for uri in (first, changed)]
    wheels = [bucket.objects.pop(prefix + wheel.FILE) for prefix in prefixes]
    assert wheels[0] != wheels[1]
    assert bucket.objects == {
        prefixes[0] + "jobs/tabular/a.py": b"1",
        prefixes[0] + "millkit/b.py": b"b",
        prefixes[1] + "jobs/tabular/a.py": b"2",
        prefixes[1] + "millkit/b.py": b"b",
    }


def test_the_wheel_is_the_same_for_the_same_files_and_is_imported_as_it_is(tmp_path: Path) -> None:
    files = {"jobs/one/a.py": b"VALUE = 1\n", "lone.py": b""}
    packed = wheel.build(files)
    assert packed == wheel.build(dict(reversed(files.items())))
    (tmp_path / wheel.FILE).write_bytes(packed)
    program = "import jobs.one.a, lone; print(jobs.one.a.VALUE)"
    environ = {"PYTHONPATH": str(tmp_path / wheel.FILE)}
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1\n"


def test_layers_without_a_job_are_refused(tmp_path: Path) -> None:
    (tmp_path / "python" / "millkit").mkdir(parents=True)
    (tmp_path / "python" / "a.py").touch()
    paths = [str(tmp_path / "python"), str(tmp_path / "gone" / "python"), str(tmp_path)]
    with pytest.raises(publishing.CodeMissing) as caught:
        publishing.jobs_folder(paths)
    assert str(caught.value) == "no layer on the path holds a job; attach the jobs layer"

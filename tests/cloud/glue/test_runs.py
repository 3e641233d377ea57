"""Runs of Python shell jobs: what the script sees, what is told of its end."""

import io
import json
import time
import zipfile
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.glue.things import BUCKET, OVER, definition, get, lines, make, put, role, run, start, until


def zipped(**files: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return data.getvalue()


def test_a_script_acts_as_the_role_of_its_job_through_the_door(cloud: Cloud) -> None:
    source = f"""
import boto3
print(boto3.client("sts").get_caller_identity()["Arn"])
boto3.client("s3").put_object(Bucket="{BUCKET}", Key="made", Body=b"x" * 3_000_000)
"""
    done = run(cloud, "acts", source)
    assert done["JobRunState"] == "SUCCEEDED", done
    caller = f"arn:aws:sts::{cloud.account}:assumed-role/glue-role/GlueJobRunnerSession"
    assert lines(cloud, "output", done["Id"]) == [caller]
    assert len(get(cloud, "made")) == 3_000_000


def test_a_script_may_do_what_its_role_may_and_no_more(cloud: Cloud) -> None:
    poor = role(cloud, "poor-glue", action="s3:GetObject")
    done = run(
        cloud,
        "poor",
        f"import boto3; boto3.client('s3').delete_object(Bucket='{BUCKET}', Key='x')",
        Role=poor,
    )
    assert done["JobRunState"] == "FAILED"
    assert "AccessDenied" in done["ErrorMessage"]


def test_a_script_reaches_nothing_but_the_door(cloud: Cloud) -> None:
    source = """
import os, socket
from urllib.parse import urlparse
port = urlparse(os.environ["AWS_ENDPOINT_URL"]).port
for place in (("10.0.0.1", 80), ("127.0.0.1", port + 1), ("127.0.0.1", port)):
    try:
        socket.create_connection(place, 2).close()
        print("open")
    except OSError:
        print("shut")
"""
    done = run(cloud, "reaches", source)
    assert lines(cloud, "output", done["Id"]) == ["shut", "shut", "open"]


def test_arguments_of_the_run_win_over_defaults_and_fixed_ones_win_over_both(cloud: Cloud) -> None:
    source = """
import sys
from awsglue.utils import getResolvedOptions
print(sorted(getResolvedOptions(sys.argv, ["a", "b", "c"]).items()))
"""
    done = run(
        cloud,
        "arguments",
        source,
        {"--b": "run", "--c": "run"},
        DefaultArguments={"--a": "default", "--b": "default"},
        NonOverridableArguments={"--c": "fixed"},
    )
    assert lines(cloud, "output", done["Id"]) == ["[('a', 'default'), ('b', 'run'), ('c', 'fixed')]"]
    assert done["Arguments"] == {"--b": "run", "--c": "run"}


def test_modules_come_from_archives_and_files_in_s3(cloud: Cloud) -> None:
    extra = [put(cloud, "lib/a.zip", zipped(inner="VALUE = 1")), put(cloud, "lib/other.py", "VALUE = 2")]
    wheel = put(cloud, "lib/third-1.0-py3-none-any.whl", zipped(third="VALUE = 3"))
    source = "import inner, other, third; print(inner.VALUE, other.VALUE, third.VALUE)"
    arguments = {"--extra-py-files": ",".join(extra), "--additional-python-modules": wheel}
    done = run(cloud, "modules", source, arguments)
    assert lines(cloud, "output", done["Id"]) == ["1 2 3"], done


def test_analytics_libraries_are_there_when_asked_for(cloud: Cloud) -> None:
    source = """
import importlib.util
print([name for name in ("boto3", "numpy", "pandas", "moto", "stepmill") if importlib.util.find_spec(name)])
"""
    plain = run(cloud, "plain", source)
    assert lines(cloud, "output", plain["Id"]) == ["['boto3']"]
    rich = run(cloud, "rich", source, {"library-set": "analytics"})
    assert lines(cloud, "output", rich["Id"]) == ["['boto3', 'numpy', 'pandas']"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"--additional-python-modules": "no-such-thing==1"}, "no-such-thing==1: is not installed here"),
        ({"--extra-py-files": f"s3://{BUCKET}/none.zip"}, "NoSuchKey"),
        ({"--extra-py-files": f"s3://{BUCKET}/refused.py.tar"}, "is none of .py, .zip, .whl, .egg"),
        ({"--extra-py-files": f"s3://{BUCKET}/text.zip"}, "is no zip archive"),
    ],
    ids=["missing-package", "missing-object", "other-ending", "no-archive"],
)
def test_fails_with_the_library_named_when_it_cannot_be_had(
    cloud: Cloud, arguments: dict[str, str], message: str, request: pytest.FixtureRequest
) -> None:
    put(cloud, "text.zip", "text")
    done = run(cloud, f"lacks-{request.node.callspec.id}", "print(1)", arguments)
    assert done["JobRunState"] == "FAILED"
    assert message in done["ErrorMessage"]


def test_a_failed_script_tells_its_exception_and_both_logs_are_kept_apart(cloud: Cloud) -> None:
    done = run(cloud, "raises", "print('so far'); raise ValueError('no rows in s3://x')")
    assert (done["JobRunState"], done["ErrorMessage"]) == ("FAILED", "ValueError: no rows in s3://x")
    assert lines(cloud, "output", done["Id"]) == ["so far"]
    assert lines(cloud, "error", done["Id"])[0] == "Traceback (most recent call last):"


def test_a_script_that_exits_without_a_word_fails_with_its_code(cloud: Cloud) -> None:
    done = run(cloud, "exits", "raise SystemExit(3)")
    assert done["ErrorMessage"] == "Command failed with exit code 3"


def test_a_run_that_is_stopped_ends_stopped(cloud: Cloud) -> None:
    make(cloud, "stopped", "import time; time.sleep(60)")
    run_id = start(cloud, "stopped")
    until(cloud, "stopped", run_id, "RUNNING")
    asked = {"JobName": "stopped", "JobRunIds": [run_id, "jr_0"]}
    answer = cloud.call("glue", "BatchStopJobRun", asked)
    assert answer["SuccessfulSubmissions"] == [{"JobName": "stopped", "JobRunId": run_id}]
    assert [one["ErrorDetail"]["ErrorCode"] for one in answer["Errors"]] == ["EntityNotFoundException"]
    assert until(cloud, "stopped", run_id, *OVER)["JobRunState"] == "STOPPED"
    again = cloud.call("glue", "BatchStopJobRun", {"JobName": "stopped", "JobRunIds": [run_id]})
    assert again["Errors"][0]["ErrorDetail"]["ErrorMessage"] == f"Run {run_id} is over already"


def test_no_more_runs_at_once_than_the_job_allows(cloud: Cloud) -> None:
    make(cloud, "single", "import time; time.sleep(60)")
    first = start(cloud, "single")
    with pytest.raises(AwsError) as caught:
        start(cloud, "single")
    assert caught.value.code == "ConcurrentRunsExceededException"
    cloud.call("glue", "BatchStopJobRun", {"JobName": "single", "JobRunIds": [first]})
    until(cloud, "single", first, "STOPPED")
    second = start(cloud, "single")
    cloud.call("glue", "BatchStopJobRun", {"JobName": "single", "JobRunIds": [second]})


def test_the_same_attempt_begins_one_run(cloud: Cloud) -> None:
    make(cloud, "once", "print(1)")
    ids = [
        cloud.call("glue", "StartJobRun", {"JobName": "once"}, attempt="token-1")["JobRunId"]
        for _ in range(3)
    ]
    assert len(set(ids)) == 1
    until(cloud, "once", ids[0], "SUCCEEDED")
    assert len(cloud.call("glue", "GetJobRuns", {"JobName": "once"})["JobRuns"]) == 1


def test_a_failed_run_is_tried_again_as_a_run_of_its_own(cloud: Cloud) -> None:
    make(cloud, "retried", "raise SystemExit(1)", MaxRetries=1)
    run_id = start(cloud, "retried")
    until(cloud, "retried", run_id, "FAILED")
    again = until(cloud, "retried", f"{run_id}_attempt_1", "FAILED")
    assert (again["Attempt"], again["PreviousRunId"]) == (1, run_id)
    time.sleep(0.1)
    assert len(cloud.call("glue", "GetJobRuns", {"JobName": "retried"})["JobRuns"]) == 2


def test_each_end_is_told_once_as_an_event(cloud: Cloud) -> None:
    events: list[dict[str, Any]] = []
    cloud.listen("Glue Job State Change", events.append)
    good, bad = run(cloud, "good", "print(1)"), run(cloud, "bad", "raise OSError('disk')")
    deadline = time.monotonic() + 10
    while len(events) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [(one["source"], one["detail"]) for one in events] == [
        (
            "aws.glue",
            {
                "jobName": "good",
                "severity": "INFO",
                "state": "SUCCEEDED",
                "jobRunId": good["Id"],
                "message": "Job run succeeded",
            },
        ),
        (
            "aws.glue",
            {
                "jobName": "bad",
                "severity": "ERROR",
                "state": "FAILED",
                "jobRunId": bad["Id"],
                "message": "OSError: disk",
            },
        ),
    ]


def test_a_run_whose_role_is_gone_fails_and_says_so(cloud: Cloud) -> None:
    short = role(cloud, "short-lived")
    make(cloud, "orphan", "print(1)", Role=short)
    cloud.call("iam", "DeleteRolePolicy", {"RoleName": "short-lived", "PolicyName": "all"})
    cloud.call("iam", "DeleteRole", {"RoleName": "short-lived"})
    done = until(cloud, "orphan", start(cloud, "orphan"), *OVER)
    assert done["JobRunState"] == "FAILED"
    assert "Glue cannot assume" in done["ErrorMessage"]


def test_a_definition_changed_under_way_counts_for_the_next_run(cloud: Cloud) -> None:
    first = run(cloud, "changed", "print('old')")
    update = definition(cloud, "changed", "print('new')")
    del update["Name"]
    cloud.call("glue", "UpdateJob", {"JobName": "changed", "JobUpdate": update})
    second = until(cloud, "changed", start(cloud, "changed"), *OVER)
    assert [lines(cloud, "output", one["Id"]) for one in (first, second)] == [["old"], ["new"]]


def test_a_script_is_ended_when_its_time_is_over(cloud: Cloud) -> None:
    """Minutes are the unit; the test's job gets a hundredth of one."""
    make(cloud, "slow", "import time; time.sleep(60)", Timeout=1)
    with cloud.store.transaction() as connection:
        (data,) = connection.execute("select data from glue_job where name = 'slow'").fetchone()
        changed = json.dumps(json.loads(data) | {"Timeout": 0.02})
        connection.execute("update glue_job set data = ? where name = 'slow'", (changed,))
    done = until(cloud, "slow", start(cloud, "slow"), *OVER)
    assert done["JobRunState"] == "TIMEOUT"
    assert done["ErrorMessage"] == "Job run exceeded its Timeout of 0.02 minutes"

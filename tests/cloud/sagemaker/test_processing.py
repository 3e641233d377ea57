"""Processing jobs: files in, a script, files out; and what a failed one says."""

import json
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.sagemaker.things import BUCKET, get, keys, processing, put, run

IN, OUT = "/opt/ml/processing/input/data", "/opt/ml/processing/output"


def given(uri: str, path: str = IN) -> dict[str, Any]:
    source = {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": "data", "S3Input": source}


def wanted(uri: str, path: str = OUT) -> dict[str, Any]:
    output = {"OutputName": "out", "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": "EndOfJob"}}
    return {"Outputs": [output]}


def test_results_come_back_under_their_prefix(cloud: Cloud) -> None:
    put(cloud, "raw/cars.csv", "price\n1\n")
    source = f"""
import pathlib, shutil
shutil.copy("{IN}/cars.csv", "{OUT}/copy.csv")
pathlib.Path("{OUT}/deep").mkdir(); pathlib.Path("{OUT}/deep/x").write_text("y")
"""
    params = processing(cloud, "copies", source)
    params |= {"ProcessingInputs": [given(f"s3://{BUCKET}/raw/")]}
    params |= {"ProcessingOutputConfig": wanted(f"s3://{BUCKET}/done")}
    done = run(cloud, "ProcessingJob", params)
    assert done["ProcessingJobStatus"] == "Completed", done.get("FailureReason")
    assert keys(cloud, "done/") == ["done/copy.csv", "done/deep/x"]
    assert get(cloud, f"s3://{BUCKET}/done/copy.csv") == b"price\n1\n"


def test_the_container_has_its_libraries_and_no_others(cloud: Cloud) -> None:
    source = f"""
import importlib.util, json
wanted = ["numpy", "pandas", "sklearn", "moto", "stepmill", "boto3", "pydantic"]
found = [name for name in wanted if importlib.util.find_spec(name)]
open("{OUT}/found", "w").write(json.dumps(found))
"""
    params = processing(cloud, "libraries", source)
    done = run(
        cloud, "ProcessingJob", params | {"ProcessingOutputConfig": wanted(f"s3://{BUCKET}/libraries")}
    )
    assert done["ProcessingJobStatus"] == "Completed", done.get("FailureReason")
    assert json.loads(get(cloud, f"s3://{BUCKET}/libraries/found")) == ["numpy", "pandas", "sklearn"]


def test_the_configuration_of_the_job_lies_in_opt_ml(cloud: Cloud) -> None:
    source = f"""
import json
config = json.load(open("/opt/ml/config/processingjobconfig.json"))
hosts = json.load(open("/opt/ml/config/resourceconfig.json"))
open("{OUT}/found", "w").write(json.dumps([config["ProcessingJobName"], hosts["hosts"]]))
"""
    params = processing(cloud, "configured", source)
    run(cloud, "ProcessingJob", params | {"ProcessingOutputConfig": wanted(f"s3://{BUCKET}/configured")})
    assert json.loads(get(cloud, f"s3://{BUCKET}/configured/found")) == ["configured", ["algo-1"]]


def test_the_message_of_a_failed_job_is_its_exit_message(cloud: Cloud) -> None:
    reason = "cars.csv: row 3, column Price: is missing; fill it in"
    source = f"open('/opt/ml/output/message', 'w').write({reason!r}); raise SystemExit(2)"
    params = processing(cloud, "messages", source) | {
        "ProcessingOutputConfig": wanted(f"s3://{BUCKET}/messages")
    }
    done = run(cloud, "ProcessingJob", params)
    assert (done["ProcessingJobStatus"], done["ExitMessage"]) == ("Failed", reason)
    assert done["FailureReason"] == f"AlgorithmError: {reason}, exit code: 2"
    assert keys(cloud, "messages/") == []


def test_a_failed_job_without_a_message_points_to_its_log(cloud: Cloud) -> None:
    done = run(cloud, "ProcessingJob", processing(cloud, "silent", "raise SystemExit(1)"))
    assert done["FailureReason"] == "AlgorithmError: See job logs for more information, exit code: 1"


def test_an_output_that_cannot_be_written_fails_the_job(cloud: Cloud) -> None:
    source = f"open('{OUT}/x', 'w').write('y')"
    params = processing(cloud, "no-bucket", source) | {
        "ProcessingOutputConfig": wanted("s3://nobodys-bucket/x")
    }
    done = run(cloud, "ProcessingJob", params)
    assert done["FailureReason"].startswith(
        "ClientError: Failed to upload s3://nobodys-bucket/x/x: NoSuchBucket"
    )


@pytest.mark.parametrize("key", ["../../x", "a/../b", "a//b"])
def test_a_key_that_would_leave_its_folder_fails_the_job(cloud: Cloud, key: str) -> None:
    put(cloud, f"evil-{len(key)}/{key}", "x")
    name = f"evil-{len(key)}"
    params = processing(cloud, name, "pass") | {"ProcessingInputs": [given(f"s3://{BUCKET}/{name}/")]}
    done = run(cloud, "ProcessingJob", params)
    assert "is no path below a folder" in done["FailureReason"]


@pytest.mark.parametrize("path", ["/etc", "/opt/ml/processing/../../x", "relative", "/opt/ml/model"])
def test_a_local_path_outside_the_job_is_refused(cloud: Cloud, path: str) -> None:
    params = processing(cloud, "outside", "pass") | {"ProcessingInputs": [given(f"s3://{BUCKET}/raw/", path)]}
    with pytest.raises(AwsError, match="must lie below /opt/ml/processing"):
        cloud.call("sagemaker", "CreateProcessingJob", params)


def test_a_name_that_is_taken_is_refused(cloud: Cloud) -> None:
    params = processing(cloud, "once", "pass")
    run(cloud, "ProcessingJob", params)
    with pytest.raises(AwsError) as caught:
        cloud.call("sagemaker", "CreateProcessingJob", params)
    assert (caught.value.code, caught.value.message) == (
        "ResourceInUse",
        "Job name must be unique within an AWS account and region, and a job with this name already exists "
        "(arn:aws:sagemaker:us-east-1:123456789012:processing-job/once)",
    )


def test_a_job_that_fills_its_volume_fails(cloud: Cloud) -> None:
    source = """
block = b"x" * (64 << 20)
for number in range(40):
    open(f"/opt/ml/processing/{number}", "wb").write(block)
"""
    done = run(
        cloud,
        "ProcessingJob",
        processing(cloud, "fills", source) | {"ProcessingInputs": [given(put(cloud, "s", "x"))]},
    )
    assert done["ProcessingJobStatus"] == "Failed"
    assert "the volume of the job is full" in done["FailureReason"]

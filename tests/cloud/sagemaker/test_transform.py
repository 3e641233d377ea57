"""Transform jobs: each line of each file answered, and what fails one."""

from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.sagemaker.things import BUCKET, get, invoke, keys, put, run


def transform(name: str, source: str, **more: Any) -> dict[str, Any]:
    where = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}}
    return {
        "TransformJobName": name,
        "ModelName": "served",
        "TransformInput": {"DataSource": where, "ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/transformed/{name}", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }


@pytest.mark.parametrize("strategy", ["MultiRecord", "SingleRecord"])
def test_a_transform_job_answers_each_line_of_each_file(cloud: Cloud, served: str, strategy: str) -> None:
    put(cloud, f"batch-{strategy}/a.csv", "10,20\n40,5\n")
    put(cloud, f"batch-{strategy}/deep/b.csv", "1,2")
    params = transform(strategy.lower(), f"s3://{BUCKET}/batch-{strategy}/", BatchStrategy=strategy)
    done = run(cloud, "TransformJob", params)
    assert done["TransformJobStatus"] == "Completed", done.get("FailureReason")
    prefix = f"transformed/{strategy.lower()}/"
    assert keys(cloud, prefix) == [f"{prefix}a.csv.out", f"{prefix}deep/b.csv.out"]
    expected = [invoke(cloud, served, row)["Body"] for row in (b"10,20", b"40,5")]
    assert get(cloud, f"s3://{BUCKET}/{prefix}a.csv.out") == b"".join(expected)


def test_a_transform_job_over_a_bad_row_fails_with_its_file(cloud: Cloud, served: str) -> None:
    put(cloud, "batch-bad/a.csv", "10,oops\n")
    done = run(cloud, "TransformJob", transform("bad-row", f"s3://{BUCKET}/batch-bad/"))
    assert done["TransformJobStatus"] == "Failed"
    assert done["FailureReason"].startswith(
        "ClientError: a.csv: request 1: the model answered 400: request: row 1"
    )


def test_a_filter_is_refused_by_name(cloud: Cloud, served: str) -> None:
    params = transform("filtered", f"s3://{BUCKET}/x/", DataProcessing={"InputFilter": "$[1:]"})
    with pytest.raises(AwsError, match=r"DataProcessing\.InputFilter is not supported"):
        cloud.call("sagemaker", "CreateTransformJob", params)

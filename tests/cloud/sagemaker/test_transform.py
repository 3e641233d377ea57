"""Transform jobs: each line of each file answered, and what fails one."""

from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.sagemaker.things import BUCKET, get, invoke, keys, put, role, run

SERVE = """
import http.server, json

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sums = [{"sum": sum(json.loads(line))} for line in body.splitlines()]
        answer = "\\n".join(json.dumps(one) for one in sums).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/jsonlines")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

http.server.HTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
"""


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


@pytest.mark.parametrize("strategy", ["MultiRecord", "SingleRecord"])
def test_ids_are_kept_from_the_model_and_joined_to_its_answers(
    cloud: Cloud, served: str, strategy: str
) -> None:
    name = f"joined-{strategy.lower()}"
    put(cloud, f"{name}/a.csv", 'x-1,10,20\n"x,2",40,5')
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    params = transform(name, f"s3://{BUCKET}/{name}/", DataProcessing=processing, BatchStrategy=strategy)
    done = run(cloud, "TransformJob", params)
    assert (done["TransformJobStatus"], done["DataProcessing"]) == ("Completed", processing)
    first, second = (invoke(cloud, served, row)["Body"] for row in (b"10,20", b"40,5"))
    assert get(cloud, f"s3://{BUCKET}/transformed/{name}/a.csv.out") == b'x-1,%b"x,2",%b' % (first, second)


def test_objects_are_joined_with_the_answers_of_a_server_of_ones_own(cloud: Cloud, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "serve.py").write_text(SERVE)
    image = f"""[[image]]
pattern = 'own/lines:1'
folder = "{tmp_path}"
serve = ["python3", "/opt/program/serve.py"]
"""
    (cloud.root / "images.toml").write_text(image)
    model = {"ModelName": "own-lines", "ExecutionRoleArn": role(cloud)}
    cloud.call("sagemaker", "CreateModel", model | {"PrimaryContainer": {"Image": "own/lines:1"}})
    put(cloud, "lines/a.jsonl", '{"id": "a", "x": [1, 2]}\n{"id": "b", "x": [3]}\n')
    where = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/lines/"}}
    params = transform("lines", f"s3://{BUCKET}/lines/", ModelName="own-lines") | {
        "TransformInput": {
            "DataSource": where,
            "ContentType": "application/jsonlines",
            "SplitType": "Line",
        },
        "DataProcessing": {
            "InputFilter": "$.x",
            "JoinSource": "Input",
            "OutputFilter": "$['id','SageMakerOutput']",
        },
    }
    done = run(cloud, "TransformJob", params)
    (cloud.root / "images.toml").unlink()
    assert done["TransformJobStatus"] == "Completed", done.get("FailureReason")
    assert get(cloud, f"s3://{BUCKET}/transformed/lines/a.jsonl.out") == (
        b'{"id":"a","SageMakerOutput":{"sum":3}}\n{"id":"b","SageMakerOutput":{"sum":3}}\n'
    )


def test_a_join_of_answers_in_another_form_fails_the_job(cloud: Cloud, served: str) -> None:
    put(cloud, "odd/a.csv", "10,20\n")
    output = {"S3OutputPath": f"s3://{BUCKET}/transformed/odd", "AssembleWith": "Line"}
    params = transform("odd", f"s3://{BUCKET}/odd/", DataProcessing={"OutputFilter": "$[0]"})
    params["TransformOutput"] = output | {"Accept": "application/json"}
    done = run(cloud, "TransformJob", params)
    assert done["FailureReason"] == (
        "ClientError: a.csv: request 1: lines 1 to 1: the model answered in application/json; "
        "give Accept text/csv"
    )


def test_a_filter_that_cannot_be_applied_is_refused_at_creation(cloud: Cloud, served: str) -> None:
    params = transform("filtered", f"s3://{BUCKET}/x/", DataProcessing={"InputFilter": "$.a"})
    with pytest.raises(AwsError, match=r"DataProcessing\.InputFilter \$\.a: a row of CSV is an array"):
        cloud.call("sagemaker", "CreateTransformJob", params)

"""What a served endpoint leaves in the buckets, and the monitor's windows over it."""

import argparse
import base64
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from millkit import windows
from millkit.windows import Layout

from jobs.monitoring import consolidate
from stepmill.cloud.cloud import Cloud
from tests.cloud.conftest import connect

ROOT = Path(__file__).parents[2]
ARTIFACTS, DATA = "artifacts", "data"
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
COLUMNS: list[dict[str, Any]] = [
    {"name": "Mileage", "type": "numeric", "median": 10.0},
    {"name": "Make", "type": "categorical", "categories": ["Buick", "Saab"]},
]
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


class Lake:
    """One endpoint's objects. Times are minutes of 2026-11-20, 12 o'clock."""

    def __init__(self, cloud: Cloud, endpoint: str) -> None:
        self.cloud = cloud
        self.endpoint = endpoint
        self.s3 = connect(cloud, "s3")
        self.clients = consolidate.Clients(self.s3, connect(cloud, "ssm"), connect(cloud, "sagemaker"))
        self.layout = Layout(ARTIFACTS, endpoint)
        known = [one["Name"] for one in self.s3.list_buckets()["Buckets"]]
        for bucket in {ARTIFACTS, DATA} - set(known):
            self.s3.create_bucket(Bucket=bucket)
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def register(self, columns: list[dict[str, Any]] = COLUMNS, baseline: bool = True) -> str:
        """A version of the endpoint's group that becomes its champion; its ARN."""
        sagemaker = self.clients.sagemaker
        groups = sagemaker.list_model_package_groups(NameContains=self.endpoint)
        if not groups["ModelPackageGroupSummaryList"]:
            sagemaker.create_model_package_group(ModelPackageGroupName=self.endpoint)
        run = f"training/{self.endpoint}-{len(columns)}"
        schema = f"{run}/prepared/schema/features.json"
        self.put(schema, json.dumps({"target": "Price", "columns": columns}))
        metrics = {}
        for kind, folder in (("ModelDataQuality", "data"), ("ModelQuality", "model_quality")):
            files = {"Statistics": "statistics", "Constraints": "constraints"}
            metrics[kind] = {
                name: {"ContentType": "application/json", "S3Uri": f"s3://{ARTIFACTS}/{run}/baseline/{folder}/{file}.json"}
                for name, file in files.items()
            }  # fmt: skip
            for file in files.values():
                if baseline:
                    self.put(f"{run}/baseline/{folder}/{file}.json", "{}")
        container = {"Image": IMAGE, "ModelDataUrl": f"s3://{ARTIFACTS}/{run}/model.tar.gz"}
        arn: str = sagemaker.create_model_package(
            ModelPackageGroupName=self.endpoint,
            ModelApprovalStatus="Approved",
            InferenceSpecification={"Containers": [container], "SupportedContentTypes": ["text/csv"]},
            DriftCheckBaselines=metrics,
            CustomerMetadataProperties={"schema_uri": f"s3://{ARTIFACTS}/{schema}"},
        )["ModelPackageArn"]
        parameter = f"/{self.endpoint}/model-package-arn"
        self.clients.ssm.put_parameter(Name=parameter, Value=arn, Type="String", Overwrite=True)
        return arn

    def put(self, key: str, text: str | bytes, bucket: str = ARTIFACTS) -> None:
        body = text.encode() if isinstance(text, str) else text
        self.s3.put_object(Bucket=bucket, Key=key, Body=body)

    def capture(self, name: str, *lines: str, hour: int = 12) -> None:
        key = f"capture/{self.endpoint}/AllTraffic/2026/11/20/{hour:02}/{name}.jsonl"
        self.put(key, "".join(f"{line}\n" for line in lines))

    def realtime(
        self, name: str, rows: list[dict[str, Any]], answers: list[float], minute: int = 5, **more: Any
    ) -> None:
        """`more` stands over what the API records."""
        record = {
            "inference_id": name,
            "time": f"2026-11-20T12:{minute:02}:00.500000Z",
            "rows": rows,
            "predictions": [answer + 1 for answer in answers],
            "by": {self.endpoint: answers, "other": [answer + 1 for answer in answers]},
            "rule": "largest",
            "degraded": False,
            **more,
        }
        self.put(f"realtime/{self.endpoint}/dt=2026-11-20/{name}.json", json.dumps(record))

    def scored(self, name: str, *rows: str) -> None:
        header = "inference_id,event_time,Mileage,Make,prediction,model_package"
        table = "\n".join([header, *rows, ""])
        self.put(f"scored/{self.endpoint}/dt=2026-11-20/{name}/part-0.csv", table)

    def truth(self, name: str, *rows: str) -> None:
        text = "\n".join(["inference_id,truth", *rows, ""])
        self.put(f"truth/{self.endpoint}/{name}.csv", text, DATA)

    def arguments(self, **more: Any) -> argparse.Namespace:
        known = {
            "endpoint": self.endpoint,
            "artifacts_bucket": ARTIFACTS,
            "data_bucket": DATA,
            "parameter_prefix": f"/{self.endpoint}",
            "run_id": "r1",
            "problem": "regression",
            "monitor_image": "own",
            "lookback_days": 30,
            "truth_windows": 100,
            "max_objects": 1000,
            "max_bytes": 1 << 30,
        }
        return argparse.Namespace(**(known | more))

    def run(self, **more: Any) -> dict[str, Any]:
        """Consolidate, without a commit."""
        return consolidate.consolidate(self.clients, self.arguments(**more), NOW)

    def commit(self, execution: str = "arn:1") -> bool:
        return windows.commit(self.s3, self.layout, windows.last(self.s3, self.layout) + 1, execution)

    def window(self, **more: Any) -> list[dict[str, Any]]:
        """Consolidate and commit; the records of the window."""
        told = self.run(**more)
        assert told["outcome"] == "window", told
        assert self.commit()
        return self.records(told["window"])

    def records(self, number: int, folder: str = "records") -> list[dict[str, Any]]:
        return lines_below(self.s3, f"monitoring/{self.endpoint}/{folder}/window={number}/")

    def everything(self) -> list[dict[str, Any]]:
        """The records of all windows, as SQL sees them."""
        return lines_below(self.s3, f"monitoring/{self.endpoint}/records/")

    def document(self, number: int) -> dict[str, Any]:
        return windows.read(self.s3, self.layout.window(number))

    def problems(self, number: int) -> list[dict[str, Any]]:
        return lines_below(self.s3, f"monitoring/{self.endpoint}/problems/window={number}.jsonl")

    def child(self, program: str, *options: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run consolidate.py, or a program that does, as its own process."""
        owner = self.cloud.keyring.owner
        words = [f"--{name.replace('_', '-')}={value}" for name, value in vars(self.arguments()).items()]
        words += ["--lookback-days=0"]  # the child's clock is the real one
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common/python'}",
            "AWS_ENDPOINT_URL": self.cloud.endpoint_url,
            "AWS_DEFAULT_REGION": self.cloud.region,
            "AWS_ACCESS_KEY_ID": owner.access_key_id,
            "AWS_SECRET_ACCESS_KEY": owner.secret_access_key,
            **environ,
        }
        argv = [sys.executable, program, *words, *options]
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=False)


def lines_below(s3: Any, prefix: str) -> list[dict[str, Any]]:
    found = s3.list_objects_v2(Bucket=ARTIFACTS, Prefix=prefix).get("Contents", [])
    bodies = [s3.get_object(Bucket=ARTIFACTS, Key=one["Key"])["Body"].read() for one in found]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


def call(name: str, rows: str, answers: str, minute: int = 5, encoding: str = "CSV", **more: Any) -> str:
    """A line of data capture; `more` stands over its eventMetadata."""

    def part(mode: str, data: str) -> dict[str, Any]:
        is_json = data[:1] in ("{", "[")
        kind = "application/json" if is_json else "text/csv"
        if encoding == "BASE64":
            data = base64.b64encode(data.encode()).decode()
        shown = encoding if encoding == "BASE64" or not is_json else "JSON"
        return {"observedContentType": kind, "mode": mode, "data": data, "encoding": shown}

    meta = {
        "eventId": f"event-{name}",
        "inferenceId": name,
        "inferenceTime": f"2026-11-20T12:{minute:02}:00Z",
    }
    data = {"endpointInput": part("INPUT", rows), "endpointOutput": part("OUTPUT", answers)}
    known = {key: value for key, value in (meta | more).items() if value is not None}
    return json.dumps({"captureData": data, "eventMetadata": known, "eventVersion": "0"})

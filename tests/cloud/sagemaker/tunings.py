"""Tuning jobs whose training jobs are a line of Python, and what is waited for."""

import io
import tarfile
import time
from typing import Any

from stepmill.cloud.cloud import Cloud
from tests.cloud.sagemaker.things import BUCKET, ENDED, SKLEARN, put, role

NOUN = "HyperParameterTuningJob"
# Runs the hyperparameter `source`, which finds the others in `p`.
SCRIPT = b"""
import json, sys, time
p = json.load(open('/opt/ml/input/config/hyperparameters.json'))
assert '--_tuning_objective_metric' not in sys.argv
exec(p['source'])
"""
# loss is x: the smaller the range's value, the better.
TELL_X = "print('loss=' + p['x'])"
CONTINUOUS = [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]


def tuning(cloud: Cloud, name: str, source: str = TELL_X, **config: Any) -> dict[str, Any]:
    """A request; `config` goes into HyperParameterTuningJobConfig, `static` into the definition."""
    code = put(cloud, "tuning/source.tar.gz", archive("t.py", SCRIPT))
    static = config.pop("static", {"sagemaker_program": "t.py", "sagemaker_submit_directory": code})
    most = config.pop("most", 3)
    limits = {"MaxNumberOfTrainingJobs": most, "MaxParallelTrainingJobs": min(most, 2)}
    return {
        f"{NOUN}Name": name,
        f"{NOUN}Config": {
            "Strategy": "Random",
            f"{NOUN}Objective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": limits,
            "ParameterRanges": {"ContinuousParameterRanges": CONTINUOUS},
            "RandomSeed": 7,
            **config,
        },
        "TrainingJobDefinition": {
            "AlgorithmSpecification": {
                "TrainingImage": SKLEARN,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
            },
            "RoleArn": role(cloud),
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/tuned/"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            "StaticHyperParameters": static | {"source": source},
        },
    }


def archive(name: str, content: bytes) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return data.getvalue()


def describe(cloud: Cloud, name: str) -> dict[str, Any]:
    return cloud.call("sagemaker", f"Describe{NOUN}", {f"{NOUN}Name": name})


def over(cloud: Cloud, name: str, timeout_s: float = 90) -> dict[str, Any]:
    deadline = time.monotonic() + timeout_s
    while True:
        found = describe(cloud, name)
        if found[f"{NOUN}Status"] in ENDED:
            return found
        assert time.monotonic() < deadline, f"{name} is not over: {found}"
        time.sleep(0.05)


def tune(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    cloud.call("sagemaker", f"Create{NOUN}", params)
    return over(cloud, params[f"{NOUN}Name"])


def children(cloud: Cloud, name: str, **params: Any) -> list[dict[str, Any]]:
    params = {f"{NOUN}Name": name, "MaxResults": 100, **params}
    found: list[dict[str, Any]] = cloud.call("sagemaker", f"ListTrainingJobsFor{NOUN}", params)[
        "TrainingJobSummaries"
    ]
    return found

"""What the machines ask of AWS: legal requests, new names, every task bounded and caught."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.loaders
import botocore.model
import botocore.validate
import pytest

from stepmill.engine.errors import TaskFailure

from .deployment_aws import deployment_answers, described
from .running import Run
from .training_aws import PACKAGE, training_answers

OPERATIONS = {
    "training": {
        "Preprocess": ("sagemaker", "CreateProcessingJob"),
        "Train": ("sagemaker", "CreateTrainingJob"),
        "CreateModel": ("sagemaker", "CreateModel"),
        "SaveCandidateName": ("ssm", "PutParameter"),
        "FindChampion": ("ssm", "GetParameter"),
        "FindChampionPackage": ("ssm", "GetParameter"),
        "DescribeChampion": ("sagemaker", "DescribeModel"),
        "EncodeForChampion": ("sagemaker", "CreateProcessingJob"),
        "TransformCandidate": ("sagemaker", "CreateTransformJob"),
        "TransformChampion": ("sagemaker", "CreateTransformJob"),
        "DataBaseline": ("sagemaker", "CreateProcessingJob"),
        "ModelQualityBaseline": ("sagemaker", "CreateProcessingJob"),
        "PlanAttributions": ("sagemaker", "CreateProcessingJob"),
        "AskForAttributions": ("sagemaker", "CreateTransformJob"),
        "SolveAttributions": ("sagemaker", "CreateProcessingJob"),
        "FindGroup": ("sagemaker", "DescribeModelPackageGroup"),
        "CreateGroup": ("sagemaker", "CreateModelPackageGroup"),
        "RegisterModel": ("sagemaker", "CreateModelPackage"),
    },
    "deployment": {
        "DescribePackage": ("sagemaker", "DescribeModelPackage"),
        "CreateModel": ("sagemaker", "CreateModel"),
        "CreateEndpointConfig": ("sagemaker", "CreateEndpointConfig"),
        "FindEndpoint": ("sagemaker", "DescribeEndpoint"),
        "UpdateEndpoint": ("sagemaker", "UpdateEndpoint"),
        "BoundInstances": ("application-autoscaling", "RegisterScalableTarget"),
        "FollowRequests": ("application-autoscaling", "PutScalingPolicy"),
        "SaveModelName": ("ssm", "PutParameter"),
    },
}
NAMED = {
    "training": {
        "Preprocess": "ProcessingJobName",
        "Train": "TrainingJobName",
        "CreateModel": "ModelName",
        "EncodeForChampion": "ProcessingJobName",
        "TransformCandidate": "TransformJobName",
        "TransformChampion": "TransformJobName",
        "DataBaseline": "ProcessingJobName",
        "ModelQualityBaseline": "ProcessingJobName",
        "PlanAttributions": "ProcessingJobName",
        "AskForAttributions": "TransformJobName",
        "SolveAttributions": "ProcessingJobName",
    },
    "deployment": {"CreateModel": "ModelName", "CreateEndpointConfig": "EndpointConfigName"},
}
ANSWERS = {"training": training_answers, "deployment": deployment_answers}
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:machine:run"


NO_GROUP = TaskFailure("SageMaker.SageMakerException", "ModelPackageGroup x does not exist.")


@pytest.fixture
def full(run: Run) -> Run:
    """A training that asks for everything there is on the good way."""
    champion = {"Parameter": {"Value": "the-champion"}}
    return lambda **answers: run(**{"FindChampion": champion, "FindGroup": NO_GROUP, **answers})


@pytest.fixture
def update(deploy: Run) -> Run:
    """A deployment that asks for everything there is on the good way of an update."""
    return lambda **answers: deploy(**{"FindEndpoint": described("InService", "old"), **answers})


@pytest.fixture
def fulls(full: Run, update: Run) -> dict[str, Run]:
    return {"training": full, "deployment": update}


@pytest.mark.parametrize(
    ("machine", "state"), [(machine, state) for machine, states in OPERATIONS.items() for state in states]
)
def test_requests_are_as_the_services_models_want_them(
    fulls: dict[str, Run], machine: str, state: str
) -> None:
    service, operation = OPERATIONS[machine][state]
    loaded = botocore.loaders.Loader().load_service_model(service, "service-2")
    shape = botocore.model.ServiceModel(loaded).operation_model(operation).input_shape
    assert shape is not None
    [request] = fulls[machine]().requests[state]
    report = botocore.validate.ParamValidator().validate(request, shape)
    assert report.generate_report() == ""


@pytest.mark.parametrize("machine", NAMED)
def test_names_are_legal_and_new_for_each_attempt(fulls: dict[str, Run], machine: str) -> None:
    """As many as there can be: the longest names on a machine with the longest project and stage."""
    throttled = TaskFailure("SageMaker.AmazonSageMakerException", "Rate exceeded")
    lost = TaskFailure("SageMaker.SdkClientException", "Unable to execute HTTP request")
    full_up = TaskFailure("SageMaker.ResourceLimitExceededException", "account-level service limit")
    good = fulls[machine]().requests
    names = []
    for state, field in NAMED[machine].items():
        refused = [lost, *[throttled] * 40, *[full_up] * 6, *[lost] * 3]
        ran = fulls[machine](**{state: [*refused, ANSWERS[machine]()[state]]})
        assert ran.status == "SUCCEEDED"
        requests = ran.requests[state]
        assert requests[0] == good[state][0]
        names += [request[field] for request in requests]
    assert len(set(names)) == len(names) == 51 * len(NAMED[machine])
    digest = hashlib.md5(EXECUTION.encode(), usedforsecurity=False).hexdigest()
    for name in names:
        assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name), name
        assert digest in name


@pytest.mark.parametrize("machine", OPERATIONS)
def test_no_request_holds_a_token_that_nobody_fills(fulls: dict[str, Run], machine: str) -> None:
    assert "${" not in repr(fulls[machine]().requests)


def test_the_model_of_a_version_is_made_of_the_version_itself(update: Run) -> None:
    """AWS takes none that is not approved."""
    [created] = update().requests["CreateModel"]
    assert created["PrimaryContainer"] == {
        "ModelPackageName": PACKAGE,
        "Environment": {"SCHEMA_URI": "s3://artifacts/training/1/prepared/schema/features.json"},
    }


def test_what_is_verified_is_what_the_version_says(update: Run) -> None:
    ran = update()
    asked = [ran.requests[state][0] for state in ("VerifyModel", "VerifyAgain", "VerifyServedModel")]
    assert [one["Payload"] for one in asked] == [
        {
            "model_uri": "s3://artifacts/training/1/model/model.tar.gz",
            "manifest_uri": "s3://artifacts/training/1/manifest.json",
            "sha256": "5ea1",
        }
    ] * 3


def test_a_model_tells_where_the_schema_of_its_features_is(full: Run) -> None:
    ran = full()
    [prepared], [created] = ran.requests["Preprocess"], ran.requests["CreateModel"]
    outputs = prepared["ProcessingOutputConfig"]["Outputs"]
    places = {one["OutputName"]: one["S3Output"]["S3Uri"] for one in outputs}
    schema = {"SCHEMA_URI": f"{places['schema']}/features.json"}
    assert created["PrimaryContainer"]["Environment"] == schema


def test_captures_every_request_of_the_endpoint(update: Run) -> None:
    [config] = update().requests["CreateEndpointConfig"]
    assert config["DataCaptureConfig"] == {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://artifacts/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {
            "CsvContentTypes": ["text/csv"],
            "JsonContentTypes": ["application/json"],
        },
    }


def test_exports_version_endpoint_config_and_last_of_all_the_model(update: Run) -> None:
    ran = update()
    titles = ("PackageArn", "EndpointName", "EndpointConfigName", "ModelName")
    exported = [ran.requests[f"Save{title}"][0] for title in titles]
    assert [(request["Name"].rsplit("/", 1)[1], request["Value"]) for request in exported] == [
        ("model-package-arn", PACKAGE),
        ("endpoint-name", "stepmill-prod"),
        ("endpoint-config-name", "stepmill-prod-config-1"),
        ("model-name", "stepmill-prod-model-1"),
    ]
    assert ran.states[-4:] == ["SaveModelName", "ReleaseLock", "Summarize", "Live"]


def _tasks(scope: dict[str, Any], is_caught: bool = False) -> Iterator[tuple[str, dict[str, Any], bool]]:
    for name, state in scope["States"].items():
        has_catch = is_caught or any("States.ALL" in catch["ErrorEquals"] for catch in state.get("Catch", []))
        if state["Type"] == "Task":
            yield name, state, has_catch
        for branch in state.get("Branches", []):
            yield from _tasks(branch, has_catch)


@pytest.fixture(params=["training", "deployment"])
def either(request: pytest.FixtureRequest, definition: Any, deployment: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"training": definition, "deployment": deployment}[request.param]
    return found


def test_every_task_is_bounded_in_time_and_caught(either: dict[str, Any]) -> None:
    tasks = list(_tasks(either))
    assert len(tasks) > 20
    assert [name for name, state, _ in tasks if not state.get("TimeoutSeconds")] == []
    assert [name for name, _, is_caught in tasks if not is_caught] == []
    assert either["TimeoutSeconds"] == 86_400


def test_every_retry_spreads_its_attempts(either: dict[str, Any]) -> None:
    retries = [retry for _, state, _ in _tasks(either) for retry in state.get("Retry", [])]
    assert {retry.get("JitterStrategy") for retry in retries} == {"FULL"}
    without = {name for name, state, _ in _tasks(either) if not state.get("Retry")}
    assert without <= {"FindEndpoint", "WatchEndpoint", "LookBeforeRollBack"}  # their loops look again


def test_the_data_between_states_stay_small(run: Run, deploy: Run) -> None:
    """Far from the 262,144 characters of Step Functions, even with the longest cause it keeps (32,768)."""
    long = json.dumps(
        {"ProcessingJobStatus": "Failed", "ExitMessage": "x" * 1_000, "Environment": "y" * 31_000}
    )
    assert run().largest_output < 8_192
    assert deploy().largest_output < 8_192
    assert run(DataBaseline=TaskFailure("States.TaskFailed", long)).largest_output < 81_920

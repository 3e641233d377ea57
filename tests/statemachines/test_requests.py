"""What the training machine asks of AWS: legal requests, new names, every task bounded and caught."""

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

from .conftest import Run, description, good_answers

OPERATIONS = {
    "Preprocess": ("sagemaker", "CreateProcessingJob"),
    "Train": ("sagemaker", "CreateTrainingJob"),
    "CreateModel": ("sagemaker", "CreateModel"),
    "SaveCandidateName": ("ssm", "PutParameter"),
    "FindChampion": ("ssm", "GetParameter"),
    "DescribeChampion": ("sagemaker", "DescribeModel"),
    "EncodeForChampion": ("sagemaker", "CreateProcessingJob"),
    "TransformCandidate": ("sagemaker", "CreateTransformJob"),
    "TransformChampion": ("sagemaker", "CreateTransformJob"),
    "DataBaseline": ("sagemaker", "CreateProcessingJob"),
    "ModelQualityBaseline": ("sagemaker", "CreateProcessingJob"),
    "CreateEndpointConfig": ("sagemaker", "CreateEndpointConfig"),
    "FindEndpoint": ("sagemaker", "DescribeEndpoint"),
    "UpdateEndpoint": ("sagemaker", "UpdateEndpoint"),
    "SaveModelName": ("ssm", "PutParameter"),
}
NAMED = {
    "Preprocess": "ProcessingJobName",
    "Train": "TrainingJobName",
    "CreateModel": "ModelName",
    "EncodeForChampion": "ProcessingJobName",
    "TransformCandidate": "TransformJobName",
    "TransformChampion": "TransformJobName",
    "DataBaseline": "ProcessingJobName",
    "ModelQualityBaseline": "ProcessingJobName",
    "CreateEndpointConfig": "EndpointConfigName",
}
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:machine:run"


@pytest.fixture
def full(run: Run) -> Run:
    """A run that asks for everything there is on the good way."""
    return lambda **answers: run(
        FindChampion={"Parameter": {"Value": "the-champion"}},
        FindEndpoint=description("InService", "old"),
        **answers,
    )


@pytest.mark.parametrize("state", OPERATIONS)
def test_requests_are_as_the_services_models_want_them(full: Run, state: str) -> None:
    service, operation = OPERATIONS[state]
    loaded = botocore.loaders.Loader().load_service_model(service, "service-2")
    shape = botocore.model.ServiceModel(loaded).operation_model(operation).input_shape
    assert shape is not None
    [request] = full().requests[state]
    report = botocore.validate.ParamValidator().validate(request, shape)
    assert report.generate_report() == ""


def test_names_are_legal_and_new_for_each_attempt(full: Run) -> None:
    """As many as there can be: the longest names on a machine with the longest project and stage."""
    throttled = TaskFailure("SageMaker.AmazonSageMakerException", "Rate exceeded")
    lost = TaskFailure("SageMaker.SdkClientException", "Unable to execute HTTP request")
    full_up = TaskFailure("SageMaker.ResourceLimitExceededException", "account-level service limit")
    good = full().requests
    names = []
    for state, field in NAMED.items():
        refused = [lost, *[throttled] * 40, *[full_up] * 6, *[lost] * 3]
        ran = full(**{state: [*refused, good_answers()[state]]})
        assert ran.status == "SUCCEEDED"
        requests = ran.requests[state]
        assert requests[0] == good[state][0]
        names += [request[field] for request in requests]
    assert len(set(names)) == len(names) == 51 * len(NAMED)
    digest = hashlib.md5(EXECUTION.encode(), usedforsecurity=False).hexdigest()
    for name in names:
        assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name), name
        assert digest in name


def test_no_request_holds_a_token_that_nobody_fills(full: Run) -> None:
    assert "${" not in repr(full().requests)


def test_seals_the_facts_of_the_training(full: Run) -> None:
    [sealed] = full().requests["SealModel"]
    assert sealed["Payload"]["facts"] == {
        "data_version": "",
        "algorithm": "xgboost",
        "image": "XgboostImage",
        "code_uri": "s3://artifacts/code/1/",
        "training_job_arn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/stepmill-prod-train-1",
        "metrics": {"validation_rmse": 2050.5},
    }
    assert sealed["Payload"]["manifest_uri"].endswith("/manifest.json")


def test_a_model_tells_where_the_schema_of_its_features_is(full: Run) -> None:
    ran = full()
    [prepared], [created] = ran.requests["Preprocess"], ran.requests["CreateModel"]
    outputs = prepared["ProcessingOutputConfig"]["Outputs"]
    places = {one["OutputName"]: one["S3Output"]["S3Uri"] for one in outputs}
    schema = {"SCHEMA_URI": f"{places['schema']}/features.json"}
    assert created["PrimaryContainer"]["Environment"] == schema


def test_captures_every_request_of_the_endpoint(full: Run) -> None:
    [config] = full().requests["CreateEndpointConfig"]
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


def test_exports_endpoint_config_and_last_of_all_the_model(full: Run) -> None:
    ran = full()
    exported = [
        ran.requests[state][0] for state in ("SaveEndpointName", "SaveEndpointConfigName", "SaveModelName")
    ]
    assert [(request["Name"].rsplit("/", 1)[1], request["Value"]) for request in exported] == [
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


def test_every_task_is_bounded_in_time_and_caught(definition: dict[str, Any]) -> None:
    tasks = list(_tasks(definition))
    assert len(tasks) > 25
    assert [name for name, state, _ in tasks if not state.get("TimeoutSeconds")] == []
    assert [name for name, _, is_caught in tasks if not is_caught] == []
    assert definition["TimeoutSeconds"] == 86_400


def test_every_retry_spreads_its_attempts(definition: dict[str, Any]) -> None:
    retries = [retry for _, state, _ in _tasks(definition) for retry in state.get("Retry", [])]
    assert {retry.get("JitterStrategy") for retry in retries} == {"FULL"}
    without = {name for name, state, _ in _tasks(definition) if not state.get("Retry")}
    assert without == {"FindEndpoint", "WatchEndpoint", "LookBeforeRollBack"}  # their loops look again


def test_the_data_between_states_stay_small(run: Run) -> None:
    """Far from the 262,144 characters of Step Functions, even with the longest cause it keeps (32,768)."""
    long = json.dumps(
        {"ProcessingJobStatus": "Failed", "ExitMessage": "x" * 1_000, "Environment": "y" * 31_000}
    )
    assert run().largest_output < 8_192
    assert run(DataBaseline=TaskFailure("States.TaskFailed", long)).largest_output < 81_920

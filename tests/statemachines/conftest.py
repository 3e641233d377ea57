"""The compiled machine with its tokens filled, and a run of it whose AWS is a table of answers by state."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stepmill.engine import run_machine
from stepmill.engine.errors import TaskFailure

COMPILED = Path(__file__).parents[2] / "statemachines" / "compiled" / "training.asl.json"
TOKENS = {
    "Partition": "aws",
    "NamePrefix": "stepmill-prod",
    "ArtifactsBucket": "artifacts",
    "ParameterPrefix": "/stepmill/prod/training",
    "Target": "Price",
    "Algorithm": "xgboost",
    "RmseLimit": "4000",
    "PollIntervalS": "30",
    "CodeUri": "s3://artifacts/code/1/",
    **{
        f"{name}RoleArn": f"arn:aws:iam::123456789012:role/{name}"
        for name in ("Preprocess", "Train", "Model", "Baseline")
    },
}
MODEL = "stepmill-prod-model-1"
CONFIG = "stepmill-prod-config-1"
CHAMPION_SCHEMA = "s3://artifacts/training/0/prepared/schema/features.json"
CHAMPION = {
    "ModelName": "the-champion",
    "PrimaryContainer": {"Image": "XgboostImage", "Environment": {"SCHEMA_URI": CHAMPION_SCHEMA}},
}
VERDICT = {
    "accepted": True,
    "reason": "RMSE 2100.00 is under the limit 4000 and there is no champion yet",
    "candidate_rmse": 2100.0,
    "champion_rmse": None,
    "rmse_limit": 4000,
}


def description(status: str, config: str) -> dict[str, Any]:
    return {"EndpointName": "stepmill-prod", "EndpointStatus": status, "EndpointConfigName": config}


def good_answers() -> dict[str, Any]:
    """AWS as it is on a good day: no champion, no endpoint."""
    return {
        "CheckData": {"Payload": {"files": 1, "size_bytes": 70_000}},
        "Preprocess": {"ProcessingJobStatus": "Completed"},
        "Train": {
            "TrainingJobName": "stepmill-prod-train-1",
            "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/stepmill-prod-train-1",
            "ModelArtifacts": {"S3ModelArtifacts": "s3://artifacts/training/1/model/model.tar.gz"},
        },
        "CreateModel": {"ModelArn": f"arn:aws:sagemaker:us-east-1:123456789012:model/{MODEL}"},
        "SaveCandidateName": {"Version": 1, "Tier": "Standard"},
        "QueryMetrics": {"Payload": {"metrics": {"validation_rmse": 2050.5}}, "StatusCode": 200},
        "SealModel": {
            "Payload": {"manifest_uri": "s3://artifacts/training/1/manifest.json", "sha256": "5ea1"}
        },
        "AcquireLock": {"Payload": {"acquired": True, "holder": "me", "fencing_token": 1}},
        "TellSkipped": {"MessageId": "0"},
        "FindChampion": TaskFailure("Ssm.ParameterNotFoundException", "not there"),
        "DescribeChampion": CHAMPION,
        "EncodeForChampion": {"ProcessingJobStatus": "Completed"},
        "TransformCandidate": {
            "TransformOutput": {"S3OutputPath": "s3://artifacts/training/1/predictions/candidate"}
        },
        "TransformChampion": {
            "TransformOutput": {"S3OutputPath": "s3://artifacts/training/1/predictions/champion"}
        },
        "JudgeCandidate": {"Payload": VERDICT},
        "TellRejected": {"MessageId": "1"},
        "DataBaseline": {},
        "ModelQualityBaseline": {},
        "VerifyModel": {"Payload": {"sha256": "5ea1"}},
        "ConfirmLock": {"Payload": {"acquired": True, "holder": "me", "fencing_token": 1}},
        "CreateEndpointConfig": {
            "EndpointConfigArn": f"arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/{CONFIG}"
        },
        "FindEndpoint": TaskFailure(
            "SageMaker.SageMakerException",
            'Could not find endpoint "stepmill-prod". (Service: SageMaker, Status Code: 400)',
        ),
        "DeleteEndpoint": {},
        "CreateEndpoint": {"EndpointArn": "arn"},
        "UpdateEndpoint": {"EndpointArn": "arn"},
        "WatchEndpoint": description("InService", CONFIG),
        "LookBeforeRollBack": description("InService", CONFIG),
        "PutPreviousConfigBack": {"EndpointArn": "arn"},
        "TakeFirstEndpointOff": {},
        "TellTakenOff": {"MessageId": "4"},
        "VerifyServedModel": {"Payload": {"sha256": "5ea1"}},
        "TellRolledBack": {"MessageId": "2"},
        "TellNotRolledBack": {"MessageId": "3"},
        "RestoreConfigName": {},
        "SaveEndpointName": {},
        "SaveEndpointConfigName": {},
        "SaveModelName": {},
        "ReleaseLock": {"Payload": {}},
        "ReleaseAfterRejection": {"Payload": {}},
        "ReleaseAfterFailure": {"Payload": {}},
    }


@dataclass
class Ran:
    """How a run ended, the states it entered in order, and what it asked of AWS, by state."""

    status: str
    output: Any
    error: str | None
    cause: str | None
    seconds: float
    states: list[str]
    requests: dict[str, list[Any]] = field(repr=False)
    largest_output: int  # characters that any state hands on
    events: int


Run = Callable[..., Ran]


def definition_for(tokens: Mapping[str, str]) -> dict[str, Any]:
    text = re.sub(r"\$\{(\w+)\}", lambda token: tokens.get(token[1], token[1]), COMPILED.read_text())
    document: dict[str, Any] = json.loads(text)
    return document


@pytest.fixture(scope="session")
def definition() -> dict[str, Any]:
    return definition_for(TOKENS)


def assert_champion_untouched(ran: Ran) -> None:
    assert "SaveModelName" not in ran.requests
    assert ran.states[-2:] == ["ReleaseAfterFailure", "Failed"]
    assert ran.status == "FAILED"


def run_definition(definition: dict[str, Any], given: Mapping[str, Any], /, **answers: Any) -> Ran:
    """Run the machine in an AWS of good answers, but for those that are given by state."""
    requests: dict[str, list[Any]] = {}
    table = good_answers() | answers

    def answering(state: str) -> Callable[[Any], Any]:
        def answer(parameters: Any) -> Any:
            asked = requests.setdefault(state, [])
            asked.append(parameters)
            found = table[state]
            if isinstance(found, list):
                found = found[min(len(asked), len(found)) - 1]
            return found

        return answer

    result = run_machine(
        definition, dict(given), {state: answering(state) for state in table}, random=lambda: 1.0
    )
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in result.history
        if "stateEnteredEventDetails" in event
    ]
    handed_on = [
        len(event["stateExitedEventDetails"]["output"])
        for event in result.history
        if "stateExitedEventDetails" in event
    ]
    return Ran(
        result.status,
        result.output,
        result.error,
        result.cause,
        seconds=result.stop_s - result.start_s,
        states=entered,
        requests=requests,
        largest_output=max(handed_on),
        events=len(result.history),
    )


@pytest.fixture
def run(definition: dict[str, Any]) -> Run:
    """run(input fields, State=answer or list of answers, ...); the last answer of a list goes on for ever."""

    def run_with(given: Mapping[str, Any] | None = None, /, **answers: Any) -> Ran:
        return run_definition(
            definition, {"data_uri": "s3://data/data/cars.csv"} if given is None else given, **answers
        )

    return run_with

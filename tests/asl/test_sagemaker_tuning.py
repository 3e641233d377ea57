"""A tuning job as a Task state: the whole state, and what is refused when it is built."""

from collections.abc import Callable
from typing import Any

import pytest

from stepmill.asl import Task, path, sagemaker

States = Callable[..., dict[str, Any]]
Problems = Callable[[Callable[[], object]], list[str]]
DEFINITION: dict[str, Any] = {
    "AlgorithmSpecification": {"TrainingImage": path("$.image"), "TrainingInputMode": "File"},
    "RoleArn": "${TrainingRoleArn}",
    "OutputDataConfig": {"S3OutputPath": path("$.out")},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    "StaticHyperParameters": {"num_round": "100"},
}
CONFIG: dict[str, Any] = {
    "Strategy": "Random",
    "ResourceLimits": {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 2},
    "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
}


def tune(**changed: Any) -> Task:
    given: dict[str, Any] = {
        "hyper_parameter_tuning_job_name": path("$.name"),
        "hyper_parameter_tuning_job_config": CONFIG,
        "training_job_definition": DEFINITION,
        **changed,
    }
    return sagemaker.create_hyper_parameter_tuning_job("Tune", **given)


def test_a_tuning_job_as_a_whole_state(states: States) -> None:
    assert states(tune())["Tune"] == {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createHyperParameterTuningJob.sync",
        "Parameters": {
            "HyperParameterTuningJobName.$": "$.name",
            "HyperParameterTuningJobConfig": CONFIG,
            "TrainingJobDefinition": {
                **{key: DEFINITION[key] for key in DEFINITION if "Config" not in key},
                "ResourceConfig": DEFINITION["ResourceConfig"],
                "AlgorithmSpecification": {"TrainingImage.$": "$.image", "TrainingInputMode": "File"},
                "OutputDataConfig": {"S3OutputPath.$": "$.out"},
            },
        },
        "End": True,
    }


def test_a_tuning_job_need_not_be_waited_for(states: States) -> None:
    resource = states(tune(wait=False))["Tune"]["Resource"]
    assert resource == "arn:aws:states:::sagemaker:createHyperParameterTuningJob"


def test_a_grid_counts_its_jobs_itself(states: States) -> None:
    config = {"Strategy": "Grid", "ResourceLimits": {"MaxParallelTrainingJobs": 2}}
    parameters = states(tune(hyper_parameter_tuning_job_config=config))["Tune"]["Parameters"]
    assert parameters["HyperParameterTuningJobConfig"] == config


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in DEFINITION.items() if key != name}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        (
            {"hyper_parameter_tuning_job_name": "x" * 33},
            f"Parameters.HyperParameterTuningJobName is '{'x' * 33}'; use 1 to 32 letters, digits and inner "
            "hyphens",
        ),
        (
            {"hyper_parameter_tuning_job_config": {"Strategy": "Random"}},
            "Parameters.HyperParameterTuningJobConfig lacks ResourceLimits; SageMaker requires it",
        ),
        (
            {
                "hyper_parameter_tuning_job_config": {
                    "Strategy": "Random",
                    "ResourceLimits": {"MaxParallelTrainingJobs": 1},
                }
            },
            "Parameters.HyperParameterTuningJobConfig.ResourceLimits lacks MaxNumberOfTrainingJobs; "
            "SageMaker requires it",
        ),
        (
            {"training_job_definition": None},
            "Parameters has none of TrainingJobDefinition, TrainingJobDefinitions; give exactly one",
        ),
        (
            {"training_job_definition": without("RoleArn")},
            "Parameters.TrainingJobDefinition lacks RoleArn; SageMaker requires it",
        ),
        (
            {"training_job_definition": without("ResourceConfig")},
            "Parameters.TrainingJobDefinition lacks ResourceConfig; SageMaker requires it",
        ),
        (
            {"training_job_definition": {**DEFINITION, "AlgorithmSpecification": {"TrainingImage": "i"}}},
            "Parameters.TrainingJobDefinition.AlgorithmSpecification lacks TrainingInputMode; give 'File', "
            "'Pipe' or 'FastFile'",
        ),
    ],
    ids=["name", "limits", "count", "definition", "role", "resources", "mode"],
)
def test_refuses_what_the_service_would(changed: dict[str, Any], problem: str, problems: Problems) -> None:
    assert problems(lambda: tune(**changed)) == [f"States.Tune: {problem}"]

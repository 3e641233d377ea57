"""SageMaker's calls as Task states: whole states, and what is refused when they are built."""

from collections.abc import Callable
from typing import Any

import pytest

from stepmill.asl import (
    Retry,
    Task,
    chain,
    context,
    format_,
    path,
    sagemaker,
)

States = Callable[..., dict[str, Any]]
Problems = Callable[[Callable[[], object]], list[str]]


TRAINING: dict[str, Any] = {
    "training_job_name": format_("cars-{}", context("$$.Execution.Name")),
    "algorithm_specification": {"TrainingImage": path("$.image"), "TrainingInputMode": "File"},
    "role_arn": "${TrainingRoleArn}",
    "input_data_config": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": path("$.uri")}},
        }
    ],
    "output_data_config": {"S3OutputPath": path("$.output_uri")},
    "resource_config": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "stopping_condition": {"MaxRuntimeInSeconds": 3600},
    "hyper_parameters": {"num_round": "100"},
}
PROCESSING: dict[str, Any] = {
    "processing_job_name": "prepare",
    "app_specification": {"ImageUri": "${Image}", "ContainerArguments": ["--target", path("$.target")]},
    "role_arn": "${ProcessingRoleArn}",
    "processing_resources": {
        "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
    },
}
TRANSFORM: dict[str, Any] = {
    "transform_job_name": "predict",
    "model_name": path("$.model_name"),
    "transform_input": {"DataSource": {"S3DataSource": {"S3Uri": path("$.test"), "S3DataType": "S3Prefix"}}},
    "transform_output": {"S3OutputPath": path("$.out")},
    "transform_resources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
}
VARIANT: dict[str, Any] = {
    "VariantName": "all",
    "ModelName": "m",
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 1,
}


def _resource_and_parameters(states: States, task: Task) -> tuple[str, Any]:
    state = states(task)[task.state_id]
    return state["Resource"].removeprefix("arn:aws:states:::"), state["Parameters"]


def test_training_job_as_a_whole_state(states: States) -> None:
    task = sagemaker.create_training_job(
        "Train",
        **TRAINING,
        comment="Fits.",
        result_path="$.training",
        timeout_seconds=7200,
        retry=[Retry(error_equals=["SageMaker.ThrottlingException"], jitter_strategy="FULL")],
    )
    assert states(task) == {
        "Train": {
            "Type": "Task",
            "Comment": "Fits.",
            "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
            "Parameters": {
                "TrainingJobName.$": "States.Format('cars-{}', $$.Execution.Name)",
                "AlgorithmSpecification": {"TrainingImage.$": "$.image", "TrainingInputMode": "File"},
                "RoleArn": "${TrainingRoleArn}",
                "InputDataConfig": [
                    {
                        "ChannelName": "train",
                        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri.$": "$.uri"}},
                    }
                ],
                "OutputDataConfig": {"S3OutputPath.$": "$.output_uri"},
                "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
                "HyperParameters": {"num_round": "100"},
            },
            "TimeoutSeconds": 7200,
            "ResultPath": "$.training",
            "Retry": [{"ErrorEquals": ["SageMaker.ThrottlingException"], "JitterStrategy": "FULL"}],
            "End": True,
        }
    }


def test_jobs_wait_unless_told_not_to(states: States) -> None:
    tasks = chain(
        sagemaker.create_training_job("A", **TRAINING, wait=False),
        sagemaker.create_processing_job("B", **PROCESSING),
        sagemaker.create_processing_job("C", **PROCESSING, wait=False),
        sagemaker.create_transform_job("D", **TRANSFORM),
        sagemaker.create_transform_job("E", **TRANSFORM, wait=False),
    )
    assert [state["Resource"].rpartition(":")[2] for state in states(tasks).values()] == [
        "createTrainingJob",
        "createProcessingJob.sync",
        "createProcessingJob",
        "createTransformJob.sync",
        "createTransformJob",
    ]


def test_processing_and_transform_jobs_write_their_parameters(states: States) -> None:
    assert _resource_and_parameters(states, sagemaker.create_processing_job("P", **PROCESSING))[1] == {
        "ProcessingJobName": "prepare",
        "AppSpecification": {
            "ImageUri": "${Image}",
            "ContainerArguments.$": "States.Array('--target', $.target)",
        },
        "RoleArn": "${ProcessingRoleArn}",
        "ProcessingResources": PROCESSING["processing_resources"],
    }
    assert _resource_and_parameters(states, sagemaker.create_transform_job("T", **TRANSFORM))[1] == {
        "TransformJobName": "predict",
        "ModelName.$": "$.model_name",
        "TransformInput": {"DataSource": {"S3DataSource": {"S3Uri.$": "$.test", "S3DataType": "S3Prefix"}}},
        "TransformOutput": {"S3OutputPath.$": "$.out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }


@pytest.mark.parametrize(
    ("task", "resource", "parameters"),
    [
        (
            sagemaker.create_model(
                "T", model_name=path("$.m"), execution_role_arn="${R}", primary_container={"Image": "${I}"}
            ),
            "sagemaker:createModel",
            {"ModelName.$": "$.m", "ExecutionRoleArn": "${R}", "PrimaryContainer": {"Image": "${I}"}},
        ),
        (
            sagemaker.create_endpoint_config("T", endpoint_config_name="c", production_variants=[VARIANT]),
            "sagemaker:createEndpointConfig",
            {"EndpointConfigName": "c", "ProductionVariants": [VARIANT]},
        ),
        (
            sagemaker.create_endpoint("T", endpoint_name="e", endpoint_config_name=path("$.c")),
            "sagemaker:createEndpoint",
            {"EndpointName": "e", "EndpointConfigName.$": "$.c"},
        ),
        (
            sagemaker.update_endpoint(
                "T", endpoint_name="e", endpoint_config_name="c", retain_all_variant_properties=False
            ),
            "sagemaker:updateEndpoint",
            {"EndpointName": "e", "EndpointConfigName": "c", "RetainAllVariantProperties": False},
        ),
        (
            sagemaker.describe_endpoint("T", endpoint_name=path("$.e")),
            "aws-sdk:sagemaker:describeEndpoint",
            {"EndpointName.$": "$.e"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_writes_resource_and_parameters(task: Task, resource: str, parameters: Any, states: States) -> None:
    assert _resource_and_parameters(states, task) == (resource, parameters)


def _training(**changed: Any) -> Task:
    return sagemaker.create_training_job("T", **{**TRAINING, **changed})


def _processing(**changed: Any) -> Task:
    return sagemaker.create_processing_job("T", **{**PROCESSING, **changed})


def _transform(**changed: Any) -> Task:
    return sagemaker.create_transform_job("T", **{**TRANSFORM, **changed})


def _model(**container: Any) -> Task:
    return sagemaker.create_model("T", model_name="m", execution_role_arn="${R}", **container)


def _config(variant: dict[str, Any]) -> Task:
    return sagemaker.create_endpoint_config("T", endpoint_config_name="c", production_variants=[variant])


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (
            lambda: _training(role_arn=None),
            "Parameters lack RoleArn; sagemaker:createTrainingJob.sync requires it",
        ),
        (
            lambda: _training(training_job_name="under_score"),
            "Parameters.TrainingJobName is 'under_score'; use 1 to 63 letters, digits and inner hyphens",
        ),
        (
            lambda: _training(training_job_name="x" * 64),
            f"Parameters.TrainingJobName is '{'x' * 64}'; use 1 to 63 letters, digits and inner hyphens",
        ),
        (
            lambda: _training(algorithm_specification={"TrainingInputMode": "File"}),
            "Parameters.AlgorithmSpecification has none of TrainingImage, AlgorithmName; give exactly one",
        ),
        (
            lambda: _training(algorithm_specification={"TrainingImage": "i", "AlgorithmName": "a"}),
            "Parameters.AlgorithmSpecification has TrainingImage and AlgorithmName of TrainingImage, "
            "AlgorithmName; "
            "give exactly one",
        ),
        (
            lambda: _training(algorithm_specification={"TrainingImage": "i"}),
            "Parameters.AlgorithmSpecification lacks TrainingInputMode; give 'File', 'Pipe' or 'FastFile'",
        ),
        (
            lambda: _training(resource_config={"InstanceCount": 1}),
            "Parameters.ResourceConfig lacks InstanceType; give it with InstanceCount",
        ),
        (
            lambda: _training(resource_config={"InstanceType": "t"}),
            "Parameters.ResourceConfig lacks InstanceCount; SageMaker requires it",
        ),
        (
            lambda: _training(resource_config={"InstanceType": "t", "InstanceGroups": []}),
            "Parameters.ResourceConfig has InstanceType and InstanceGroups; give one of them",
        ),
        (
            lambda: _training(input_data_config=[{"DataSource": {}}]),
            "Parameters.InputDataConfig[0] lacks ChannelName; SageMaker requires it",
        ),
        (
            lambda: _training(input_data_config=[{"ChannelName": "train", "DataSource": {}}]),
            "Parameters.InputDataConfig[0].DataSource has none of S3DataSource, FileSystemDataSource, "
            "DatasetSource; "
            "give exactly one",
        ),
        (
            lambda: _processing(processing_resources={}),
            "Parameters.ProcessingResources lacks ClusterConfig; SageMaker requires it",
        ),
        (
            lambda: _processing(processing_resources={"ClusterConfig": {"InstanceCount": 1}}),
            "Parameters.ProcessingResources.ClusterConfig lacks InstanceType, VolumeSizeInGB; SageMaker "
            "requires it",
        ),
        (
            lambda: _transform(transform_input={"ContentType": "text/csv"}),
            "Parameters.TransformInput lacks DataSource; SageMaker requires it",
        ),
        (
            lambda: _transform(transform_output={"Accept": "text/csv"}),
            "Parameters.TransformOutput lacks S3OutputPath; SageMaker requires it",
        ),
        (_model, "Parameters has none of PrimaryContainer, Containers; give exactly one"),
        (
            lambda: _model(containers=[{"Environment": {}}]),
            "Parameters.Containers[0] has none of Image, ModelPackageName; give exactly one",
        ),
        (
            lambda: _config({"ModelName": "m", "InstanceType": "t"}),
            "Parameters.ProductionVariants[0] lacks VariantName; SageMaker requires it",
        ),
        (
            lambda: _config({"VariantName": "v", "ModelName": "m"}),
            "Parameters.ProductionVariants[0] lacks InstanceType; SageMaker requires it",
        ),
        (
            lambda: _config(
                {"VariantName": "v", "InstanceType": "t", "ServerlessConfig": {"MaxConcurrency": 1}}
            ),
            "Parameters.ProductionVariants[0] has InstanceType and ServerlessConfig; give one of them",
        ),
    ],
)
def test_refuses_what_the_service_would(build: Callable[[], Task], problem: str, problems: Problems) -> None:
    assert problems(build) == [f"States.T: {problem}"]


def test_what_is_known_only_at_run_time_is_not_judged(states: States) -> None:
    paths: dict[str, Any] = {name: path("$.x") for name in TRAINING}
    assert set(_resource_and_parameters(states, sagemaker.create_training_job("T", **paths))[1].values()) == {
        "$.x"
    }
    named = _training(training_job_name="${Project}_${Stage}")
    assert states(named)["T"]["Parameters"]["TrainingJobName"] == "${Project}_${Stage}"

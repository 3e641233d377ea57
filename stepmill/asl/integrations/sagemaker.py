"""SageMaker: jobs, models and endpoints.

With `wait=True` (the default for jobs) the state ends with the job, and its result is the Describe call's; a
job that fails is the error States.TaskFailed with that as its cause. Without, it ends at once with the Create
call's result. Names are 1 to 63 letters, digits and hyphens, and must be new: derive them from the
execution's name and `$$.State.RetryCount`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepmill.asl.integrations import sagemaker_shapes as shapes
from stepmill.asl.integrations.call import call, pattern_of
from stepmill.asl.integrations.sagemaker_tuning import create_hyper_parameter_tuning_job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from stepmill.asl.expressions import Dynamic, Object
    from stepmill.asl.fields import TaskOptions
    from stepmill.asl.states import Task

__all__ = [
    "create_endpoint",
    "create_endpoint_config",
    "create_hyper_parameter_tuning_job",
    "create_model",
    "create_processing_job",
    "create_training_job",
    "create_transform_job",
    "describe_endpoint",
    "update_endpoint",
]


def create_training_job(
    state_id: str,
    *,
    training_job_name: str | Dynamic,
    algorithm_specification: Object | Dynamic,
    role_arn: str | Dynamic,
    output_data_config: Object | Dynamic,
    resource_config: Object | Dynamic,
    stopping_condition: Object | Dynamic,
    input_data_config: Sequence[Object] | Dynamic | None = None,
    hyper_parameters: Object | Dynamic | None = None,
    environment: Object | Dynamic | None = None,
    checkpoint_config: Object | Dynamic | None = None,
    enable_managed_spot_training: bool | Dynamic | None = None,
    enable_network_isolation: bool | Dynamic | None = None,
    enable_inter_container_traffic_encryption: bool | Dynamic | None = None,
    retry_strategy: Object | Dynamic | None = None,
    vpc_config: Object | Dynamic | None = None,
    tags: Sequence[Object] | Dynamic | None = None,
    wait: bool = True,
    **options: Unpack[TaskOptions],
) -> Task:
    """Train a model.

    algorithm_specification: exactly one of TrainingImage and AlgorithmName, and TrainingInputMode.
    resource_config: InstanceType, InstanceCount, VolumeSizeInGB. stopping_condition: MaxRuntimeInSeconds.
    hyper_parameters: values are strings. Result: ModelArtifacts.S3ModelArtifacts, FinalMetricDataList, ...
    """
    shapes.job_name(state_id, "TrainingJobName", training_job_name)
    shapes.algorithm(state_id, algorithm_specification)
    shapes.training_resources(state_id, resource_config)
    shapes.channels(state_id, input_data_config)
    parameters = {
        "TrainingJobName": training_job_name, "AlgorithmSpecification": algorithm_specification,
        "RoleArn": role_arn, "InputDataConfig": input_data_config, "OutputDataConfig": output_data_config,
        "ResourceConfig": resource_config, "StoppingCondition": stopping_condition,
        "Environment": environment, "HyperParameters": hyper_parameters,
        "CheckpointConfig": checkpoint_config,
        "EnableManagedSpotTraining": enable_managed_spot_training, "RetryStrategy": retry_strategy,
        "EnableNetworkIsolation": enable_network_isolation, "VpcConfig": vpc_config,
        "EnableInterContainerTrafficEncryption": enable_inter_container_traffic_encryption, "Tags": tags,
    }  # fmt: skip
    required = ("TrainingJobName", "AlgorithmSpecification", "RoleArn", "OutputDataConfig", "ResourceConfig")
    resource = "sagemaker:createTrainingJob" + pattern_of(wait=wait)
    return call(state_id, resource, parameters, options, required=(*required, "StoppingCondition"))


def create_processing_job(
    state_id: str,
    *,
    processing_job_name: str | Dynamic,
    app_specification: Object | Dynamic,
    role_arn: str | Dynamic,
    processing_resources: Object | Dynamic,
    processing_inputs: Sequence[Object] | Dynamic | None = None,
    processing_output_config: Object | Dynamic | None = None,
    stopping_condition: Object | Dynamic | None = None,
    environment: Object | Dynamic | None = None,
    network_config: Object | Dynamic | None = None,
    tags: Sequence[Object] | Dynamic | None = None,
    wait: bool = True,
    **options: Unpack[TaskOptions],
) -> Task:
    """Run a container over data.

    app_specification: ImageUri, and ContainerEntrypoint and ContainerArguments as lists of strings (a list
    with paths inside is written as one States.Array). processing_resources: ClusterConfig with InstanceCount,
    InstanceType, VolumeSizeInGB. Result: ProcessingJobName, ProcessingJobArn, ProcessingOutputConfig, ...
    """
    shapes.job_name(state_id, "ProcessingJobName", processing_job_name)
    shapes.processing_resources(state_id, processing_resources)
    parameters = {
        "ProcessingJobName": processing_job_name, "AppSpecification": app_specification, "RoleArn": role_arn,
        "ProcessingResources": processing_resources, "ProcessingInputs": processing_inputs,
        "ProcessingOutputConfig": processing_output_config, "StoppingCondition": stopping_condition,
        "Environment": environment, "NetworkConfig": network_config, "Tags": tags,
    }  # fmt: skip
    required = ("ProcessingJobName", "AppSpecification", "RoleArn", "ProcessingResources")
    resource = "sagemaker:createProcessingJob" + pattern_of(wait=wait)
    return call(state_id, resource, parameters, options, required=required)


def create_transform_job(
    state_id: str,
    *,
    transform_job_name: str | Dynamic,
    model_name: str | Dynamic,
    transform_input: Object | Dynamic,
    transform_output: Object | Dynamic,
    transform_resources: Object | Dynamic,
    batch_strategy: str | Dynamic | None = None,
    data_processing: Object | Dynamic | None = None,
    environment: Object | Dynamic | None = None,
    max_concurrent_transforms: int | Dynamic | None = None,
    max_payload_in_mb: int | Dynamic | None = None,
    model_client_config: Object | Dynamic | None = None,
    tags: Sequence[Object] | Dynamic | None = None,
    wait: bool = True,
    **options: Unpack[TaskOptions],
) -> Task:
    """Ask a model for predictions on whole files.

    transform_input: DataSource, ContentType, SplitType. transform_output: S3OutputPath, AssembleWith, Accept.
    transform_resources: InstanceType, InstanceCount. Each file's predictions are at S3OutputPath/<file>.out.
    """
    shapes.job_name(state_id, "TransformJobName", transform_job_name)
    shapes.transform_io(state_id, transform_input, transform_output)
    parameters = {
        "TransformJobName": transform_job_name, "ModelName": model_name, "TransformInput": transform_input,
        "TransformOutput": transform_output, "TransformResources": transform_resources,
        "BatchStrategy": batch_strategy, "DataProcessing": data_processing, "Environment": environment,
        "MaxConcurrentTransforms": max_concurrent_transforms, "MaxPayloadInMB": max_payload_in_mb,
        "ModelClientConfig": model_client_config, "Tags": tags,
    }  # fmt: skip
    required = ("TransformJobName", "ModelName", "TransformInput", "TransformOutput", "TransformResources")
    resource = "sagemaker:createTransformJob" + pattern_of(wait=wait)
    return call(state_id, resource, parameters, options, required=required)


def create_model(
    state_id: str,
    *,
    model_name: str | Dynamic,
    execution_role_arn: str | Dynamic,
    primary_container: Object | Dynamic | None = None,
    containers: Sequence[Object] | Dynamic | None = None,
    inference_execution_config: Object | Dynamic | None = None,
    enable_network_isolation: bool | Dynamic | None = None,
    vpc_config: Object | Dynamic | None = None,
    tags: Sequence[Object] | Dynamic | None = None,
    **options: Unpack[TaskOptions],
) -> Task:
    """Make a model of a container: Image, ModelDataUrl, Environment. Result: {"ModelArn": str}."""
    shapes.job_name(state_id, "ModelName", model_name)
    shapes.containers(state_id, primary_container, containers)
    parameters = {
        "ModelName": model_name, "ExecutionRoleArn": execution_role_arn,
        "PrimaryContainer": primary_container, "Containers": containers,
        "InferenceExecutionConfig": inference_execution_config,
        "EnableNetworkIsolation": enable_network_isolation, "VpcConfig": vpc_config, "Tags": tags,
    }  # fmt: skip
    return call(
        state_id, "sagemaker:createModel", parameters, options, required=("ModelName", "ExecutionRoleArn")
    )


def create_endpoint_config(
    state_id: str,
    *,
    endpoint_config_name: str | Dynamic,
    production_variants: Sequence[Object] | Dynamic,
    data_capture_config: Object | Dynamic | None = None,
    async_inference_config: Object | Dynamic | None = None,
    shadow_production_variants: Sequence[Object] | Dynamic | None = None,
    kms_key_id: str | Dynamic | None = None,
    tags: Sequence[Object] | Dynamic | None = None,
    **options: Unpack[TaskOptions],
) -> Task:
    """Say how models are served. production_variants: VariantName, ModelName, InstanceType,
    InitialInstanceCount.

    data_capture_config: EnableCapture, InitialSamplingPercentage, DestinationS3Uri, CaptureOptions.
    Result: {"EndpointConfigArn": str}.
    """
    shapes.job_name(state_id, "EndpointConfigName", endpoint_config_name)
    shapes.variants(state_id, production_variants)
    parameters = {
        "EndpointConfigName": endpoint_config_name, "ProductionVariants": production_variants,
        "DataCaptureConfig": data_capture_config, "AsyncInferenceConfig": async_inference_config,
        "ShadowProductionVariants": shadow_production_variants, "KmsKeyId": kms_key_id, "Tags": tags,
    }  # fmt: skip
    required = ("EndpointConfigName", "ProductionVariants")
    return call(state_id, "sagemaker:createEndpointConfig", parameters, options, required=required)


def create_endpoint(
    state_id: str,
    *,
    endpoint_name: str | Dynamic,
    endpoint_config_name: str | Dynamic,
    deployment_config: Object | Dynamic | None = None,
    tags: Sequence[Object] | Dynamic | None = None,
    **options: Unpack[TaskOptions],
) -> Task:
    """Begin to serve; it is ready when describe_endpoint says InService. Result: {"EndpointArn": str}."""
    shapes.job_name(state_id, "EndpointName", endpoint_name)
    parameters = {
        "EndpointName": endpoint_name, "EndpointConfigName": endpoint_config_name,
        "DeploymentConfig": deployment_config, "Tags": tags,
    }  # fmt: skip
    required = ("EndpointName", "EndpointConfigName")
    return call(state_id, "sagemaker:createEndpoint", parameters, options, required=required)


def update_endpoint(
    state_id: str,
    *,
    endpoint_name: str | Dynamic,
    endpoint_config_name: str | Dynamic,
    deployment_config: Object | Dynamic | None = None,
    retain_all_variant_properties: bool | Dynamic | None = None,
    exclude_retained_variant_properties: Sequence[Object] | Dynamic | None = None,
    **options: Unpack[TaskOptions],
) -> Task:
    """Move an endpoint to another config while it serves. Result: {"EndpointArn": str}."""
    shapes.job_name(state_id, "EndpointName", endpoint_name)
    parameters = {
        "EndpointName": endpoint_name, "EndpointConfigName": endpoint_config_name,
        "DeploymentConfig": deployment_config, "RetainAllVariantProperties": retain_all_variant_properties,
        "ExcludeRetainedVariantProperties": exclude_retained_variant_properties,
    }  # fmt: skip
    required = ("EndpointName", "EndpointConfigName")
    return call(state_id, "sagemaker:updateEndpoint", parameters, options, required=required)


def describe_endpoint(state_id: str, *, endpoint_name: str | Dynamic, **options: Unpack[TaskOptions]) -> Task:
    """Result: EndpointStatus (Creating, Updating, InService, Failed, ...), EndpointConfigName, FailureReason,
    ...

    One that does not exist is the error SageMaker.SageMakerException (the API answers ValidationException).
    """
    parameters = {"EndpointName": endpoint_name}
    return call(
        state_id, "aws-sdk:sagemaker:describeEndpoint", parameters, options, required=("EndpointName",)
    )

"""What serves: the sealed model behind an endpoint config."""

from typing import Any

from statemachines.fragments import jobs, names, retries, throttled
from statemachines.fragments.tasks import CALL_TIMEOUT_S, function
from stepmill.asl import State, Task, path, sagemaker


def verify(state_id: str, sealed: dict[str, Any], on_error: State) -> Task:
    """Refuse a model that is not what was sealed: {"model_uri", "manifest_uri", "sha256"}."""
    return function(
        state_id,
        function_arn="${VerifyModelArn}",
        payload=sealed,
        result_path=None,
        on_error=on_error,
        comment="Not one byte may have changed since it was sealed",
    )


def create_model(
    of: dict[str, Any],
    *,
    schema_uri: Any,
    on_error: State,
    kind: str = "model",
    role: str = "${ModelRoleArn}",
) -> Task:
    """$.model {name}: the files of a training behind the program that serves them.

    of: {"Image", "ModelDataUrl"}, or {"ModelPackageName"}, which AWS takes only when it is approved.
    """
    create = sagemaker.create_model(
        "CreateModel",
        model_name=jobs.name(kind),
        primary_container={**of, "Environment": {names.SCHEMA_URI: schema_uri}},
        execution_role_arn=role,
        enable_network_isolation=True,
        result_selector={"name": names.name_in(path("$.ModelArn"))},
        result_path="$.model",
        retry=retries.SAGEMAKER,
        timeout_seconds=CALL_TIMEOUT_S,
    )
    return throttled.again(create, on_error=on_error)


def endpoint_config(what_failed: State) -> Task:
    """How the model is served; every request and answer is captured."""
    capture: dict[str, Any] = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://${ArtifactsBucket}/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {
            "CsvContentTypes": ["text/csv"],
            "JsonContentTypes": ["application/json"],
        },
    }
    variant: dict[str, Any] = {
        "VariantName": "AllTraffic",
        "ModelName": path("$.model.name"),
        "InstanceType": path("$.config.endpoint_instance_type"),
        "InitialInstanceCount": path("$.config.min_instances"),
    }
    create = sagemaker.create_endpoint_config(
        "CreateEndpointConfig",
        endpoint_config_name=jobs.name("config"),
        production_variants=[variant],
        data_capture_config=capture,
        result_selector={"name": names.name_in(path("$.EndpointConfigArn"))},
        result_path="$.endpoint_config",
        retry=retries.SAGEMAKER,
        timeout_seconds=CALL_TIMEOUT_S,
    )
    return throttled.again(create, on_error=what_failed)

"""What serves: the sealed model behind an endpoint config."""

from typing import Any

from statemachines.fragments import fitting, jobs, retries, throttled
from statemachines.fragments.tasks import CALL_TIMEOUT_S, function
from stepmill.asl import State, Task, path, sagemaker


def verify(state_id: str, on_error: State) -> Task:
    """Refuse a model that is not what was sealed."""
    return function(
        state_id,
        function_arn="${VerifyModelArn}",
        payload={
            "model_uri": path("$.training.model_uri"),
            "manifest_uri": path("$.seal.manifest_uri"),
            "sha256": path("$.seal.sha256"),
        },
        result_path=None,
        on_error=on_error,
        comment="Not one byte may have changed since it was sealed",
    )


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
        "InitialInstanceCount": 1,
    }
    create = sagemaker.create_endpoint_config(
        "CreateEndpointConfig",
        endpoint_config_name=jobs.name("config"),
        production_variants=[variant],
        data_capture_config=capture,
        result_selector={"name": fitting.name_in(path("$.EndpointConfigArn"))},
        result_path="$.endpoint_config",
        retry=retries.SAGEMAKER,
        timeout_seconds=CALL_TIMEOUT_S,
    )
    return throttled.again(create, on_error=what_failed)

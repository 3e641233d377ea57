"""The metrics of an endpoint's calls, as SageMaker emits them: by variant, and by variant of a configuration.

The second tells the new fleet of an update from the old one.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from dataclasses import dataclass

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.services.cloudwatch.recorder import Recorder
from stepmill.cloud.services.cloudwatch.tables import Metric

NAMESPACE = "AWS/SageMaker"


@dataclass(frozen=True)
class Invocation:
    """One call of a model server: `status` is what it answered, the times are seconds."""

    endpoint: str
    variant: str
    config: str
    instances: int
    status: int
    model_s: float
    overhead_s: float


def emit(cloud: Cloud, call: Invocation) -> None:
    values = {
        "Invocations": (1.0, "None"),
        "InvocationsPerInstance": (1.0 / max(call.instances, 1), "None"),
        "Invocation4XXErrors": (float(400 <= call.status < 500), "None"),
        "Invocation5XXErrors": (float(call.status >= 500), "None"),
        "ModelLatency": (call.model_s * 1e6, "Microseconds"),
        "OverheadLatency": (max(call.overhead_s, 0.0) * 1e6, "Microseconds"),
    }
    variant = (("EndpointName", call.endpoint), ("VariantName", call.variant))
    recorder = cloud.state(Recorder)
    for dimensions in (variant, (("EndpointConfigName", call.config), *variant)):
        for name, (value, unit) in values.items():
            recorder.add(Metric(NAMESPACE, name, dimensions), value, unit)

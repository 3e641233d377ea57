"""Amazon SageMaker (see `service` for what it does and does not do)."""

from stepmill.cloud.services.sagemaker import (
    capacities,
    endpoints,
    models,
    package_groups,
    packages,
    processing,
    tags,
    training,
    transform,
    tuning,
)
from stepmill.cloud.services.sagemaker.service import SERVICE

__all__ = [
    "SERVICE",
    "capacities",
    "endpoints",
    "models",
    "package_groups",
    "packages",
    "processing",
    "tags",
    "training",
    "transform",
    "tuning",
]

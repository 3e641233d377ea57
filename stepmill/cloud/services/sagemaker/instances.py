"""How many instances an account may have behind its endpoints."""

from collections.abc import Mapping
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.sagemaker import records
from stepmill.cloud.services.sagemaker.quotas import INSTANCES_AT_ONCE, settings


def sizes_of(data: Mapping[str, Any], wanted: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, int]]:
    """Instance type and count of each variant of an endpoint, once it has what is wanted of it."""
    config = data["_Plan"]["config"]["ProductionVariants"]
    types = {one["VariantName"]: one.get("InstanceType", "") for one in config}
    return [
        (
            types[one["VariantName"]],
            wanted.get(one["VariantName"], {}).get("DesiredInstanceCount", one["DesiredInstanceCount"]),
        )
        for one in data["ProductionVariants"]
    ]


def configured(config: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The same of a configuration."""
    variants = config["ProductionVariants"]
    return [(one.get("InstanceType", ""), one.get("InitialInstanceCount", 1)) for one in variants]


def check_instances(cloud: Cloud, endpoint: str, sizes: list[tuple[str, int]]) -> None:
    """Raises: AwsError ResourceLimitExceeded when they are too many beside those of the other endpoints."""
    used: dict[str, int] = {}
    for name in records.names(cloud, "Endpoint"):
        data = records.find(cloud, "Endpoint", name) or {}
        if name != endpoint and "_Plan" in data:
            for kind, count in sizes_of(data, {}):
                used[kind] = used.get(kind, 0) + count
    asked: dict[str, int] = {}
    for kind, count in sizes:
        asked[kind] = asked.get(kind, 0) + count
    for kind, count in asked.items():
        usage = f"{kind} for endpoint usage"
        limit = settings(cloud).get("limits", {}).get(usage, INSTANCES_AT_ONCE)
        if used.get(kind, 0) + count > limit:
            raise AwsError(
                "ResourceLimitExceeded",
                f"The account-level service limit '{usage}' is {limit} Instances, with current utilization "
                f"of {used.get(kind, 0)} Instances and a request delta of {count} Instances. Please use AWS "
                "Service Quotas to request an increase for this quota.",
            )

"""Limits of the account, so that a run can meet them here before it meets them on AWS.

`quotas.toml` in the cloud's folder, all optional:

    [limits]                                  # instances at once, in the words of AWS's quotas
    "ml.m5.xlarge for training job usage" = 1
    [capacity]                                # 0: AWS has none of them now, jobs fail with a CapacityError
    "ml.p3.2xlarge" = 0
"""

import tomllib
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.sagemaker import records
from stepmill.cloud.services.sagemaker.service import invalid

INSTANCES_AT_ONCE = 20
ENDED = {"Completed", "Failed", "Stopped"}


def settings(cloud: Cloud) -> dict[str, Any]:
    path = cloud.root / "quotas.toml"
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise invalid(f"{path}: is no TOML ({error}); correct it") from None


def check_limit(
    cloud: Cloud, kind: str, status_key: str, instance_key: str, usage: str, instance: str
) -> None:
    """Raises: AwsError ResourceLimitExceeded when one more job on the instance type is too many."""
    limit = settings(cloud).get("limits", {}).get(f"{instance} for {usage} usage", INSTANCES_AT_ONCE)
    running = 0
    for name in records.names(cloud, kind):
        data = records.find(cloud, kind, name) or {}
        running += data.get(status_key) not in ENDED and data.get(instance_key) == instance
    if running + 1 > limit:
        raise AwsError(
            "ResourceLimitExceeded",
            f"The account-level service limit '{instance} for {usage} usage' is {limit} Instances, with "
            f"current "
            f"utilization of {running} Instances and a request delta of 1 Instances. Please use AWS Service "
            f"Quotas to "
            "request an increase for this quota. If AWS Service Quotas is not available, contact AWS "
            "support to "
            "request an increase for this quota.",
            400,
        )


def has_capacity(cloud: Cloud, instance: str) -> bool:
    return bool(settings(cloud).get("capacity", {}).get(instance, 1))

"""The event that EventBridge gets when a model package is registered or changed.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from datetime import UTC, datetime
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.services.sagemaker.records import TIMES

DETAIL_TYPE = "SageMaker Model Package State Change"
NOT_TOLD = {"CreatedBy", "LastModifiedBy"}


def emit(cloud: Cloud, data: dict[str, Any], updated: list[str] | None = None) -> None:
    """Call it in the transaction that writes the record: the change and its event are kept together or not
    at all.
    """
    told = {key: value for key, value in data.items() if key not in NOT_TOLD and not key.startswith("_")}
    detail = {key: as_text(value) if key in TIMES else value for key, value in told.items()}
    if updated:
        detail["UpdatedModelPackageFields"] = updated
    cloud.emit("aws.sagemaker", DETAIL_TYPE, detail, [data["ModelPackageArn"]])


def as_text(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

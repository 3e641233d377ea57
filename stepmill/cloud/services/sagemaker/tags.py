"""Tags of everything that SageMaker keeps."""

from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.sagemaker import records
from stepmill.cloud.services.sagemaker.service import SERVICE


def tagged(_cloud: Cloud, params: dict[str, Any]) -> list[str]:
    return [params["ResourceArn"]]


def as_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


@SERVICE.operation("AddTags", resources=tagged)
def add_tags(cloud: Cloud, request: Request) -> Answer:
    return {"Tags": as_list(records.add_tags(cloud, request.params["ResourceArn"], request.params["Tags"]))}


@SERVICE.operation("ListTags", resources=tagged)
def list_tags(cloud: Cloud, request: Request) -> Answer:
    return {"Tags": as_list(records.tags_of(cloud, request.params["ResourceArn"]))}


@SERVICE.operation("DeleteTags", resources=tagged)
def delete_tags(cloud: Cloud, request: Request) -> Answer:
    records.drop_tags(cloud, request.params["ResourceArn"], request.params["TagKeys"])
    return {}

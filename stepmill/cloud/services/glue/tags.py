"""Tags of jobs, databases and tables."""

from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.glue.tables import SERVICE, set_tags, tags_of

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


def tagged(_cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [params["ResourceArn"]]


@SERVICE.operation("TagResource", resources=tagged)
def tag_resource(cloud: "Cloud", request: Request) -> Answer:
    arn = request.params["ResourceArn"]
    set_tags(cloud, arn, tags_of(cloud, arn) | request.params["TagsToAdd"])
    return {}


@SERVICE.operation("UntagResource", resources=tagged)
def untag_resource(cloud: "Cloud", request: Request) -> Answer:
    arn, gone = request.params["ResourceArn"], request.params["TagsToRemove"]
    set_tags(cloud, arn, {key: value for key, value in tags_of(cloud, arn).items() if key not in gone})
    return {}


@SERVICE.operation("GetTags", resources=tagged)
def get_tags(cloud: "Cloud", request: Request) -> Answer:
    return {"Tags": tags_of(cloud, request.params["ResourceArn"])}

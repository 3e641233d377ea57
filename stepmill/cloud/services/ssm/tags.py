"""Tags of parameters."""

from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.ssm.tables import SERVICE, find, parameter_arn, plain_name

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


def tagged_arn(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [parameter_arn(cloud, plain_name(params["ResourceId"]))]


def tagged_name(cloud: "Cloud", params: dict[str, Any]) -> str:
    if params["ResourceType"] != "Parameter":
        raise AwsError(
            "InvalidResourceType", f"ResourceType is {params['ResourceType']!r}; known here: Parameter"
        )
    try:
        return str(find(cloud, params["ResourceId"])["name"])
    except AwsError:
        raise AwsError("InvalidResourceId", f"{params['ResourceId']} is not a parameter.") from None


@SERVICE.operation("AddTagsToResource", resources=tagged_arn)
def add_tags(cloud: "Cloud", request: Request) -> Answer:
    name = tagged_name(cloud, request.params)
    with cloud.store.transaction() as conn:
        for tag in request.params["Tags"]:
            conn.execute("insert or replace into ssm_tag values (?, ?, ?)", (name, tag["Key"], tag["Value"]))
    return {}


@SERVICE.operation("RemoveTagsFromResource", resources=tagged_arn)
def remove_tags(cloud: "Cloud", request: Request) -> Answer:
    name = tagged_name(cloud, request.params)
    with cloud.store.transaction() as conn:
        for key in request.params["TagKeys"]:
            conn.execute("delete from ssm_tag where name = ? and key = ?", (name, key))
    return {}


@SERVICE.operation("ListTagsForResource", resources=tagged_arn)
def list_tags(cloud: "Cloud", request: Request) -> Answer:
    name = tagged_name(cloud, request.params)
    rows = cloud.store.query("select key, value from ssm_tag where name = ? order by key", (name,))
    return {"TagList": [{"Key": row["key"], "Value": row["value"]} for row in rows]}

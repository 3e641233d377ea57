"""Tags of alarms."""

from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.cloudwatch.tables import SERVICE

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


def tagged(_cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [params["ResourceARN"]]


def add_tags(cloud: "Cloud", arn: str, tags: list[dict[str, str]]) -> None:
    with cloud.store.transaction() as connection:
        for tag in tags:
            connection.execute(
                "insert or replace into cloudwatch_tag values (?, ?, ?)", (arn, tag["Key"], tag["Value"])
            )


def check_known(cloud: "Cloud", arn: str) -> None:
    name = arn.partition(":alarm:")[2]
    if not cloud.store.query("select 1 from cloudwatch_alarm where name = ?", (name,)):
        raise AwsError("ResourceNotFoundException", f"{arn} does not exist", 404)


@SERVICE.operation("TagResource", resources=tagged)
def tag_resource(cloud: "Cloud", request: Request) -> Answer:
    check_known(cloud, request.params["ResourceARN"])
    add_tags(cloud, request.params["ResourceARN"], request.params["Tags"])
    return {}


@SERVICE.operation("UntagResource", resources=tagged)
def untag_resource(cloud: "Cloud", request: Request) -> Answer:
    arn = request.params["ResourceARN"]
    check_known(cloud, arn)
    with cloud.store.transaction() as connection:
        for key in request.params["TagKeys"]:
            connection.execute("delete from cloudwatch_tag where arn = ? and key = ?", (arn, key))
    return {}


@SERVICE.operation("ListTagsForResource", resources=tagged)
def list_tags(cloud: "Cloud", request: Request) -> Answer:
    arn = request.params["ResourceARN"]
    check_known(cloud, arn)
    rows = cloud.store.query("select key, value from cloudwatch_tag where arn = ? order by key", (arn,))
    return {"Tags": [{"Key": row["key"], "Value": row["value"]} for row in rows]}

"""Tags of log groups, by ARN and by the older calls that take a name."""

from typing import TYPE_CHECKING

from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.logs.tables import SERVICE, find_group, group_name, group_resource

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


@SERVICE.operation("TagResource", resources=group_resource)
@SERVICE.operation("TagLogGroup", resources=group_resource)
def tag(cloud: "Cloud", request: Request) -> Answer:
    name = group_name(request.params)
    with cloud.store.transaction() as conn:
        find_group(conn, name)
        for key, value in request.params["tags"].items():
            conn.execute("insert or replace into log_tag values (?, ?, ?)", (name, key, value))
    return {}


@SERVICE.operation("UntagResource", resources=group_resource)
@SERVICE.operation("UntagLogGroup", resources=group_resource)
def untag(cloud: "Cloud", request: Request) -> Answer:
    name = group_name(request.params)
    keys = request.params.get("tagKeys") or request.params.get("tags") or []
    with cloud.store.transaction() as conn:
        find_group(conn, name)
        for key in keys:
            conn.execute("delete from log_tag where grp = ? and key = ?", (name, key))
    return {}


@SERVICE.operation("ListTagsForResource", resources=group_resource)
@SERVICE.operation("ListTagsLogGroup", resources=group_resource)
def list_tags(cloud: "Cloud", request: Request) -> Answer:
    name = group_name(request.params)
    with cloud.store.transaction() as conn:
        find_group(conn, name)
        rows = conn.execute("select key, value from log_tag where grp = ?", (name,)).fetchall()
    return {"tags": {row["key"]: row["value"] for row in rows}}

"""Queries that are kept under a name."""

import json
import uuid
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.athena.tables import (
    PRIMARY,
    SERVICE,
    find_workgroup,
    invalid,
    page,
    workgroup_arn,
    workgroup_resource,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

LONGEST_QUERY = 262_144


def find_query(cloud: "Cloud", query_id: str) -> dict[str, Any]:
    """Raises: AwsError InvalidRequestException."""
    rows = cloud.store.query("select data from athena_query where id = ?", (query_id,))
    if not rows:
        raise invalid(f"NamedQuery {query_id} was not found")
    found: dict[str, Any] = json.loads(rows[0]["data"])
    return found


def query_resource(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    """Named queries are guarded by their workgroups."""
    groups = set()
    for query_id in params.get("NamedQueryIds") or [params["NamedQueryId"]]:
        rows = cloud.store.query("select data from athena_query where id = ?", (query_id,))
        groups.add(json.loads(rows[0]["data"])["WorkGroup"] if rows else PRIMARY)
    return [workgroup_arn(cloud, group) for group in sorted(groups)]


@SERVICE.operation(
    "CreateNamedQuery", resources=lambda c, p: [workgroup_arn(c, p.get("WorkGroup") or PRIMARY)]
)
def create_named_query(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    token = params.get("ClientRequestToken") or request.attempt
    find_workgroup(cloud, params.get("WorkGroup") or PRIMARY)
    if len(params["QueryString"].encode()) > LONGEST_QUERY:
        raise invalid(f"QueryString is longer than {LONGEST_QUERY} bytes")
    query_id = str(uuid.uuid4())
    given = ("Name", "Description", "Database", "QueryString")
    data: dict[str, Any] = {key: params[key] for key in given if key in params}
    data |= {"NamedQueryId": query_id, "WorkGroup": params.get("WorkGroup") or PRIMARY}
    with cloud.store.transaction() as connection:
        known = connection.execute("select id from athena_query where token = ?", (token,)).fetchone()
        if known is not None:
            return {"NamedQueryId": known["id"]}
        connection.execute("insert into athena_query values (?, ?, ?)", (query_id, json.dumps(data), token))
    return {"NamedQueryId": query_id}


@SERVICE.operation("GetNamedQuery", resources=query_resource)
def get_named_query(cloud: "Cloud", request: Request) -> Answer:
    return {"NamedQuery": find_query(cloud, request.params["NamedQueryId"])}


@SERVICE.operation("BatchGetNamedQuery", resources=query_resource)
def batch_get_named_query(cloud: "Cloud", request: Request) -> Answer:
    found: list[dict[str, Any]] = []
    missing: list[dict[str, Any]] = []
    for query_id in request.params["NamedQueryIds"]:
        try:
            found.append(find_query(cloud, query_id))
        except AwsError as error:
            missing.append({"NamedQueryId": query_id, "ErrorCode": error.code, "ErrorMessage": error.message})
    return {"NamedQueries": found, "UnprocessedNamedQueryIds": missing}


@SERVICE.operation("ListNamedQueries", resources=workgroup_resource)
def list_named_queries(cloud: "Cloud", request: Request) -> Answer:
    group = request.params.get("WorkGroup") or PRIMARY
    find_workgroup(cloud, group)
    rows = [json.loads(row["data"]) for row in cloud.store.query("select data from athena_query order by id")]
    ids = [row["NamedQueryId"] for row in rows if row["WorkGroup"] == group]
    answer, more = page(ids, request.params, 50)
    return {"NamedQueryIds": answer, **more}


@SERVICE.operation("UpdateNamedQuery", resources=query_resource)
def update_named_query(cloud: "Cloud", request: Request) -> Answer:
    data = find_query(cloud, request.params["NamedQueryId"])
    data |= {
        key: request.params[key] for key in ("Name", "Description", "QueryString") if key in request.params
    }
    with cloud.store.transaction() as connection:
        connection.execute(
            "update athena_query set data = ? where id = ?", (json.dumps(data), data["NamedQueryId"])
        )
    return {}


@SERVICE.operation("DeleteNamedQuery", resources=query_resource)
def delete_named_query(cloud: "Cloud", request: Request) -> Answer:
    find_query(cloud, request.params["NamedQueryId"])
    with cloud.store.transaction() as connection:
        connection.execute("delete from athena_query where id = ?", (request.params["NamedQueryId"],))
    return {}

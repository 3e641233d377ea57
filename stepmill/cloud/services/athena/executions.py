"""Queries: begun, described, stopped, their results given page by page."""

import json
import uuid
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Principal, Request
from stepmill.cloud.services.athena import formatting, records, statements
from stepmill.cloud.services.athena.running import Running
from stepmill.cloud.services.athena.session import Session
from stepmill.cloud.services.athena.tables import (
    CATALOG,
    PRIMARY,
    SERVICE,
    execution_resource,
    find_execution,
    find_workgroup,
    invalid,
    page,
    shown,
    workgroup_resource,
)
from stepmill.cloud.services.athena.workgroups import check_output

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

MOST_ROWS = 1000
ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}


@SERVICE.operation("StartQueryExecution", resources=workgroup_resource)
def start_query_execution(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    group = find_workgroup(cloud, params.get("WorkGroup") or PRIMARY)
    if group["State"] != "ENABLED":
        raise invalid(f"WorkGroup {group['Name']} is disabled")
    context = params.get("QueryExecutionContext", {})
    if context.get("Catalog", CATALOG).lower() != CATALOG.lower():
        raise invalid(
            f"QueryExecutionContext.Catalog is {context['Catalog']}; {CATALOG} is the only one here"
        )
    parameters = params.get("ExecutionParameters", [])
    sql = statements.fill_in(params["QueryString"], parameters)
    statement = read(sql, context.get("Database", ""))
    query_id = str(uuid.uuid4())
    data = {
        "QueryExecutionId": query_id,
        "Query": params["QueryString"],
        "StatementType": "DML",
        "SubstatementType": "SELECT",
        "ResultConfiguration": results_place(cloud, request.principal, group, params, query_id),
        "QueryExecutionContext": context,
        "Status": {"State": "QUEUED", "SubmissionDateTime": cloud.clock.time()},
        "WorkGroup": group["Name"],
        "EngineVersion": ENGINE,
        "_Sql": statement.sql,
        "_Tables": sorted([one.database, one.name] for one in statement.tables),
        "_Cutoff": group["Configuration"].get("BytesScannedCutoffPerQuery"),
        "_RoleArn": request.principal.role_arn,
        "_Session": request.principal.session,
    }
    if parameters:
        data["ExecutionParameters"] = parameters
    query_id = remember(cloud, data, params.get("ClientRequestToken") or request.attempt)
    cloud.state(Running).launch(query_id)
    return {"QueryExecutionId": query_id}


def read(sql: str, database: str) -> statements.Statement:
    """Raises: AwsError InvalidRequestException."""
    session = Session()
    try:
        return statements.read(session.connection, sql, database)
    finally:
        session.close()


def results_place(
    cloud: "Cloud", caller: Principal, group: dict[str, Any], params: dict[str, Any], query_id: str
) -> dict[str, Any]:
    """Where the result goes: the workgroup's place if it insists on it or none is asked for.

    Raises: AwsError.
    """
    own = group["Configuration"].get("ResultConfiguration", {})
    asked = params.get("ResultConfiguration", {})
    is_fixed = group["Configuration"].get("EnforceWorkGroupConfiguration") and own.get("OutputLocation")
    place = {**own} if is_fixed else {**own, **asked}
    location = place.get("OutputLocation")
    if not location:
        raise invalid(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    check_output(location)
    bucket = location.removeprefix("s3://").partition("/")[0]
    try:
        cloud.call("s3", "GetBucketLocation", {"Bucket": bucket}, principal=caller)
    except AwsError as error:
        raise invalid(
            f"Unable to verify/create output bucket {bucket}: {error.code}: {error.message}"
        ) from None
    return {**place, "OutputLocation": f"{location.rstrip('/')}/{query_id}.csv"}


def remember(cloud: "Cloud", data: dict[str, Any], token: str | None) -> str:
    """Write the execution, unless the token wrote one before; answers its id.

    Raises: AwsError when the token's query was another one.
    """
    with cloud.store.transaction() as connection:
        known = connection.execute(
            "select id, data from athena_execution where token = ?", (token,)
        ).fetchone()
        if known is None:
            connection.execute(
                "insert into athena_execution (id, workgroup, data, token) values (?, ?, ?, ?)",
                (data["QueryExecutionId"], data["WorkGroup"], json.dumps(data), token),
            )
            return str(data["QueryExecutionId"])
        if json.loads(known["data"])["_Sql"] != data["_Sql"]:
            raise invalid("Idempotent parameters do not match")
        return str(known["id"])


@SERVICE.operation("GetQueryExecution", resources=execution_resource)
def get_query_execution(cloud: "Cloud", request: Request) -> Answer:
    return {"QueryExecution": shown(find_execution(cloud, request.params["QueryExecutionId"]))}


@SERVICE.operation("ListQueryExecutions", resources=workgroup_resource)
def list_query_executions(cloud: "Cloud", request: Request) -> Answer:
    group = request.params.get("WorkGroup") or PRIMARY
    rows = cloud.store.query(
        "select id from athena_execution where workgroup = ? order by seq desc", (group,)
    )
    answer, more = page([row["id"] for row in rows], request.params, 50)
    return {"QueryExecutionIds": answer, **more}


@SERVICE.operation("StopQueryExecution", resources=execution_resource)
def stop_query_execution(cloud: "Cloud", request: Request) -> Answer:
    """One that is over stays as it is, as on AWS."""
    query_id = request.params["QueryExecutionId"]
    find_execution(cloud, query_id)
    cloud.state(Running).stop(query_id)
    return {}


@SERVICE.operation("GetQueryResults", resources=execution_resource)
def get_query_results(cloud: "Cloud", request: Request) -> Answer:
    """The first row is the header, as on AWS; the caller must be allowed to read the result's object."""
    data = find_execution(cloud, request.params["QueryExecutionId"])
    state = data["Status"]["State"]
    if state != "SUCCEEDED":
        reason = data["Status"].get("StateChangeReason", "")
        raise invalid(
            f"Query has not yet finished or did not succeed. Current state: {state} {reason}".rstrip()
        )
    if not 1 <= request.params.get("MaxResults", MOST_ROWS) <= MOST_ROWS:
        raise invalid(f"MaxResults is {request.params['MaxResults']}; it must be 1 to {MOST_ROWS}")
    bucket, _, key = data["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
    try:
        place = {"Bucket": bucket, "Key": key}
        with cloud.call("s3", "GetObject", place, principal=request.principal)["Body"] as body:
            rows = list(formatting.lines(body.read().decode()))
    except AwsError as error:
        raise invalid(
            f"The result s3://{bucket}/{key} cannot be read: {error.code}: {error.message}"
        ) from None
    answer, more = page(rows, request.params, MOST_ROWS)
    cells = [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in answer]
    return {"ResultSet": {"Rows": cells, "ResultSetMetadata": {"ColumnInfo": shown_columns(data)}}, **more}


def shown_columns(data: dict[str, Any]) -> list[dict[str, Any]]:
    precision = {"varchar": 2147483647, "double": 17, "bigint": 19, "integer": 10, "boolean": 0}
    return [
        {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": column["Name"],
            "Label": column["Name"],
            "Type": column["Type"],
            "Precision": precision.get(column["Type"], 0),
            "Scale": 0,
            "Nullable": "UNKNOWN",
            "CaseSensitive": column["Type"] == "varchar",
        }
        for column in data["_Columns"]
    ]


@SERVICE.on_start
def resume(cloud: "Cloud") -> None:
    for query_id in records.owing(cloud):
        records.emit(cloud, query_id)
    for query_id in records.under_way(cloud):
        cloud.state(Running).launch(query_id)


@SERVICE.on_stop
def close_queries(cloud: "Cloud") -> None:
    cloud.state(Running).close()

"""The Data Catalog's tables, and the partitions that somebody has registered."""

import json
import re
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.glue.databases import check_catalog, database_arn, find_database, lower
from stepmill.cloud.services.glue.tables import SERVICE, invalid, not_found, page, shown

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

NAME = re.compile(r"[^\x00-\x1f/]{1,255}")


def table_resource(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    """Catalog, database and table: a caller must be allowed all three."""
    database = lower(params["DatabaseName"])
    table = params.get("TableName") or params.get("Name") or params.get("TableInput", {}).get("Name", "*")
    catalog = cloud.arn("glue", "catalog")
    return [catalog, database_arn(cloud, database), cloud.arn("glue", f"table/{database}/{lower(table)}")]


def find_table(cloud: "Cloud", database: str, name: str) -> dict[str, Any]:
    """Raises: AwsError EntityNotFoundException."""
    rows = cloud.store.query(
        "select data from glue_table where database = ? and name = ?", (lower(database), lower(name))
    )
    if not rows:
        find_database(cloud, database)
        raise not_found(f"Table {lower(name)} not found.")
    found: dict[str, Any] = json.loads(rows[0]["data"])
    return found


def lowered(given: dict[str, Any], database: str) -> dict[str, Any]:
    """Table and columns by their names in small letters. Raises: AwsError InvalidInputException."""
    columns = given.get("StorageDescriptor", {}).get("Columns", [])
    names = [lower(one["Name"]) for one in [*columns, *given.get("PartitionKeys", [])]]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise invalid(
            f"Table {given['Name']} has {', '.join(twice)} twice among its columns and partition keys"
        )
    if not NAME.fullmatch(given["Name"]):
        raise invalid(f"Table name {given['Name']!r} is empty, too long or has a control character or slash")
    table = json.loads(json.dumps(given, default=str))
    for column in [*table.get("StorageDescriptor", {}).get("Columns", []), *table.get("PartitionKeys", [])]:
        column["Name"] = lower(column["Name"])
    return {**table, "Name": lower(given["Name"]), "DatabaseName": database}


@SERVICE.operation("CreateTable", resources=table_resource)
def create_table(cloud: "Cloud", request: Request) -> Answer:
    check_catalog(cloud, request.params)
    database = lower(request.params["DatabaseName"])
    find_database(cloud, database)
    now = cloud.clock.time()
    data = lowered(request.params["TableInput"], database) | {"CreateTime": now, "UpdateTime": now}
    data |= {"CatalogId": cloud.account, "_attempt": request.attempt}
    place = (database, data["Name"])
    with cloud.store.transaction() as connection:
        row = connection.execute(
            "select data from glue_table where database = ? and name = ?", place
        ).fetchone()
        if row is None:
            connection.execute("insert into glue_table values (?, ?, ?)", (*place, json.dumps(data)))
        elif request.attempt is None or json.loads(row["data"])["_attempt"] != request.attempt:
            raise AwsError("AlreadyExistsException", f"Table {data['Name']} already exists; update it")
    return {}


@SERVICE.operation("UpdateTable", resources=table_resource)
def update_table(cloud: "Cloud", request: Request) -> Answer:
    """The new definition takes the whole place of the old one."""
    check_catalog(cloud, request.params)
    database = lower(request.params["DatabaseName"])
    data = lowered(request.params["TableInput"], database)
    old = find_table(cloud, database, data["Name"])
    data |= {key: old[key] for key in ("CreateTime", "CatalogId", "_attempt")}
    data["UpdateTime"] = cloud.clock.time()
    with cloud.store.transaction() as connection:
        args = (json.dumps(data), database, data["Name"])
        connection.execute("update glue_table set data = ? where database = ? and name = ?", args)
    return {}


@SERVICE.operation("GetTable", resources=table_resource)
def get_table(cloud: "Cloud", request: Request) -> Answer:
    check_catalog(cloud, request.params)
    return {"Table": shown(find_table(cloud, request.params["DatabaseName"], request.params["Name"]))}


@SERVICE.operation("GetTables", resources=table_resource)
def get_tables(cloud: "Cloud", request: Request) -> Answer:
    check_catalog(cloud, request.params)
    database = lower(request.params["DatabaseName"])
    find_database(cloud, database)
    rows = cloud.store.query("select data from glue_table where database = ? order by name", (database,))
    found = [shown(json.loads(row["data"])) for row in rows]
    if expression := request.params.get("Expression"):
        pattern = re.compile(re.escape(expression).replace(r"\*", ".*").replace(r"\|", "|"))
        found = [one for one in found if pattern.fullmatch(one["Name"])]
    answer, more = page(found, request.params)
    return {"TableList": answer, **more}


@SERVICE.operation("DeleteTable", resources=table_resource)
def delete_table(cloud: "Cloud", request: Request) -> Answer:
    check_catalog(cloud, request.params)
    database, name = lower(request.params["DatabaseName"]), lower(request.params["Name"])
    find_table(cloud, database, name)
    with cloud.store.transaction() as connection:
        connection.execute("delete from glue_partition where database = ? and name = ?", (database, name))
        connection.execute("delete from glue_table where database = ? and name = ?", (database, name))
    return {}


@SERVICE.operation("CreatePartition", resources=table_resource)
def create_partition(cloud: "Cloud", request: Request) -> Answer:
    check_catalog(cloud, request.params)
    table = find_table(cloud, request.params["DatabaseName"], request.params["TableName"])
    given = request.params["PartitionInput"]
    values, keys = given.get("Values", []), table.get("PartitionKeys", [])
    if len(values) != len(keys):
        raise invalid(
            f"Table {table['Name']} has {len(keys)} partition keys; {len(values)} values were given"
        )
    place = (table["DatabaseName"], table["Name"], json.dumps(values))
    data = {**given, "CreationTime": cloud.clock.time(), "_attempt": request.attempt}
    with cloud.store.transaction() as connection:
        row = connection.execute(
            'select data from glue_partition where database = ? and name = ? and "values" = ?', place
        ).fetchone()
        if row is None:
            args = (*place, json.dumps(data, default=str))
            connection.execute("insert into glue_partition values (?, ?, ?, ?)", args)
        elif request.attempt is None or json.loads(row["data"])["_attempt"] != request.attempt:
            raise AwsError("AlreadyExistsException", f"Partition {values} of {table['Name']} already exists")
    return {}


@SERVICE.operation("GetPartitions", resources=table_resource)
def get_partitions(cloud: "Cloud", request: Request) -> Answer:
    """All of them: an Expression is refused, since one that is not evaluated would give too many."""
    check_catalog(cloud, request.params)
    if request.params.get("Expression"):
        raise invalid("GetPartitions: Expression is not evaluated by the embedded cloud; filter the answer")
    table = find_table(cloud, request.params["DatabaseName"], request.params["TableName"])
    place = {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}
    rows = cloud.store.query(
        'select data from glue_partition where database = ? and name = ? order by "values"',
        tuple(place.values()),
    )
    found = [{**shown(json.loads(row["data"])), **place} for row in rows]
    for one in found:
        del one["CreationTime"]
    answer, more = page(found, request.params, 1000)
    return {"Partitions": answer, **more}

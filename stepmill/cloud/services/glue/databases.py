"""The Data Catalog's databases. There is one catalog: the account's."""

import json
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.glue.tables import SERVICE, invalid, not_found, page, set_tags, shown

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


def database_arn(cloud: "Cloud", name: str) -> str:
    return cloud.arn("glue", f"database/{name}")


def database_resource(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    """A call on a database is a call on the catalog as well."""
    name = params.get("Name") or params["DatabaseInput"]["Name"]
    return [cloud.arn("glue", "catalog"), database_arn(cloud, lower(name))]


def lower(name: str) -> str:
    """Names are kept in small letters, as Hive has them."""
    return name.lower()


def check_catalog(cloud: "Cloud", params: dict[str, Any]) -> None:
    """Raises: AwsError when another account's catalog is meant."""
    if params.get("CatalogId", cloud.account) != cloud.account:
        raise not_found(f"CatalogId {params['CatalogId']}: the only catalog here is that of {cloud.account}")


def find_database(cloud: "Cloud", name: str) -> dict[str, Any]:
    """Raises: AwsError EntityNotFoundException."""
    rows = cloud.store.query("select data from glue_database where name = ?", (lower(name),))
    if not rows:
        raise not_found(f"Database {lower(name)} not found.")
    found: dict[str, Any] = json.loads(rows[0]["data"])
    return found


@SERVICE.operation("CreateDatabase", resources=database_resource)
def create_database(cloud: "Cloud", request: Request) -> Answer:
    check_catalog(cloud, request.params)
    given = request.params["DatabaseInput"]
    name = lower(given["Name"])
    data = {**given, "Name": name, "CreateTime": cloud.clock.time(), "CatalogId": cloud.account}
    data["_attempt"] = request.attempt
    with cloud.store.transaction() as connection:
        row = connection.execute("select data from glue_database where name = ?", (name,)).fetchone()
        if row is None:
            connection.execute("insert into glue_database values (?, ?)", (name, json.dumps(data)))
        elif request.attempt is None or json.loads(row["data"])["_attempt"] != request.attempt:
            raise AwsError("AlreadyExistsException", f"Database {name} already exists; update it")
    set_tags(cloud, database_arn(cloud, name), request.params.get("Tags", {}))
    return {}


@SERVICE.operation("GetDatabase", resources=database_resource)
def get_database(cloud: "Cloud", request: Request) -> Answer:
    check_catalog(cloud, request.params)
    return {"Database": shown(find_database(cloud, request.params["Name"]))}


@SERVICE.operation("GetDatabases", resources=lambda cloud, _: [cloud.arn("glue", "catalog")])
def get_databases(cloud: "Cloud", request: Request) -> Answer:
    check_catalog(cloud, request.params)
    rows = cloud.store.query("select data from glue_database order by name")
    found, more = page([shown(json.loads(row["data"])) for row in rows], request.params)
    return {"DatabaseList": found, **more}


@SERVICE.operation("UpdateDatabase", resources=database_resource)
def update_database(cloud: "Cloud", request: Request) -> Answer:
    check_catalog(cloud, request.params)
    name, given = lower(request.params["Name"]), request.params["DatabaseInput"]
    if lower(given["Name"]) != name:
        raise invalid(f"DatabaseInput.Name is {given['Name']}; a database keeps its name, {name}")
    old = find_database(cloud, name)
    kept = {key: old[key] for key in ("CreateTime", "CatalogId", "_attempt")}
    with cloud.store.transaction() as connection:
        data = json.dumps({**given, "Name": name, **kept})
        connection.execute("update glue_database set data = ? where name = ?", (data, name))
    return {}


@SERVICE.operation("DeleteDatabase", resources=database_resource)
def delete_database(cloud: "Cloud", request: Request) -> Answer:
    """Its tables go with it, as on AWS; their files stay."""
    check_catalog(cloud, request.params)
    name = lower(request.params["Name"])
    find_database(cloud, name)
    with cloud.store.transaction() as connection:
        for table in ("glue_partition", "glue_table"):
            connection.execute(f"delete from {table} where database = ?", (name,))
        connection.execute("delete from glue_database where name = ?", (name,))
    set_tags(cloud, database_arn(cloud, name), {})
    return {}

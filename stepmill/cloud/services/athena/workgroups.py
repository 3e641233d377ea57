"""Workgroups: where results go, and how much a query may read."""

import json
import re
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.athena.tables import (
    PRIMARY,
    SERVICE,
    find_workgroup,
    invalid,
    page,
    shown,
    workgroup_resource,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

NAME = re.compile(r"[a-zA-Z0-9._-]{1,128}")
# Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html
LEAST_CUTOFF_BYTES = 10_000_000
MOST_CUTOFF_BYTES = 7_000_000_000_000_000
OUTPUT = re.compile(r"s3://[^/]+(/.*)?", re.DOTALL)
REMOVALS = {
    "RemoveBytesScannedCutoffPerQuery": "BytesScannedCutoffPerQuery",
    "RemoveCustomerContentEncryptionConfiguration": "CustomerContentEncryptionConfiguration",
}


@SERVICE.operation("CreateWorkGroup", resources=workgroup_resource)
def create_workgroup(cloud: "Cloud", request: Request) -> Answer:
    name = request.params["Name"]
    if not NAME.fullmatch(name):
        raise invalid(f"WorkGroup name {name!r} must be 1 to 128 letters, digits, '.', '_' or '-'")
    configuration = {
        "EnforceWorkGroupConfiguration": True,
        "PublishCloudWatchMetricsEnabled": True,
        "RequesterPaysEnabled": False,
        **request.params.get("Configuration", {}),
    }
    check(name, configuration)
    data = {"Name": name, "State": "ENABLED", "Configuration": configuration}
    data |= {"CreationTime": cloud.clock.time(), "_attempt": request.attempt}
    if "Description" in request.params:
        data["Description"] = request.params["Description"]
    with cloud.store.transaction() as connection:
        row = connection.execute("select data from athena_workgroup where name = ?", (name,)).fetchone()
        if row is None:
            connection.execute("insert into athena_workgroup values (?, ?)", (name, json.dumps(data)))
        elif request.attempt is None or json.loads(row["data"])["_attempt"] != request.attempt:
            raise invalid(f"WorkGroup is already created: {name}")
    return {}


def check(name: str, configuration: dict[str, Any]) -> None:
    """Raises: AwsError InvalidRequestException."""
    cutoff = configuration.get("BytesScannedCutoffPerQuery")
    if cutoff is not None and not LEAST_CUTOFF_BYTES <= cutoff <= MOST_CUTOFF_BYTES:
        raise invalid(
            f"WorkGroup {name}: BytesScannedCutoffPerQuery is {cutoff}; it must be {LEAST_CUTOFF_BYTES} to "
            f"{MOST_CUTOFF_BYTES}"
        )
    check_output(configuration.get("ResultConfiguration", {}).get("OutputLocation"))


def check_output(location: str | None) -> None:
    """Raises: AwsError InvalidRequestException."""
    if location is not None and not OUTPUT.fullmatch(location):
        raise invalid(f"OutputLocation is {location!r}; give s3://bucket/prefix/")


@SERVICE.operation("GetWorkGroup", resources=workgroup_resource)
def get_workgroup(cloud: "Cloud", request: Request) -> Answer:
    return {"WorkGroup": shown(find_workgroup(cloud, request.params["WorkGroup"]))}


@SERVICE.operation("UpdateWorkGroup", resources=workgroup_resource)
def update_workgroup(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    data = find_workgroup(cloud, params["WorkGroup"])
    updates = dict(params.get("ConfigurationUpdates", {}))
    configuration = dict(data["Configuration"])
    for flag, key in REMOVALS.items():
        if updates.pop(flag, False):
            configuration.pop(key, None)
    results = dict(updates.pop("ResultConfigurationUpdates", {}))
    kept = dict(configuration.get("ResultConfiguration", {}))
    for flag in [key for key in results if key.startswith("Remove")]:
        if results.pop(flag):
            kept.pop(flag.removeprefix("Remove"), None)
    configuration |= updates
    if kept | results:
        configuration["ResultConfiguration"] = kept | results
    else:
        configuration.pop("ResultConfiguration", None)
    check(data["Name"], configuration)
    changed = data | {"Configuration": configuration}
    changed |= {key: params[key] for key in ("Description", "State") if key in params}
    with cloud.store.transaction() as connection:
        connection.execute(
            "insert or replace into athena_workgroup values (?, ?)", (data["Name"], json.dumps(changed))
        )
    return {}


@SERVICE.operation("DeleteWorkGroup", resources=workgroup_resource)
def delete_workgroup(cloud: "Cloud", request: Request) -> Answer:
    """With what it holds when RecursiveDeleteOption says so, as on AWS."""
    name = request.params["WorkGroup"]
    if name == PRIMARY:
        raise invalid("WorkGroup primary cannot be deleted")
    find_workgroup(cloud, name)
    rows = cloud.store.query("select id, data from athena_query")
    named = [row["id"] for row in rows if json.loads(row["data"])["WorkGroup"] == name]
    runs = cloud.store.query("select count(*) as runs from athena_execution where workgroup = ?", (name,))
    if (named or runs[0]["runs"]) and not request.params.get("RecursiveDeleteOption"):
        raise invalid(f"WorkGroup {name} is not empty; delete it with RecursiveDeleteOption")
    with cloud.store.transaction() as connection:
        connection.executemany("delete from athena_query where id = ?", [(one,) for one in named])
        connection.execute("delete from athena_execution where workgroup = ? and is_over", (name,))
        connection.execute("delete from athena_workgroup where name = ?", (name,))
    return {}


@SERVICE.operation("ListWorkGroups")
def list_workgroups(cloud: "Cloud", request: Request) -> Answer:
    rows = cloud.store.query("select data from athena_workgroup order by name")
    found = [json.loads(row["data"]) for row in rows]
    if PRIMARY not in [one["Name"] for one in found]:
        found.append(find_workgroup(cloud, PRIMARY))
    keys = ("Name", "State", "Description", "CreationTime")
    summaries = [shown({key: one[key] for key in keys if key in one}) for one in found]
    answer, more = page(summaries, request.params, 50)
    return {"WorkGroups": answer, **more}

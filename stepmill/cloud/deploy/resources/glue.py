"""AWS::Glue::Job, Database and Table."""

from typing import Any

from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_map
from stepmill.cloud.deploy.scope import Made

_SETTINGS = {"Description", "Role", "ExecutionProperty", "Command", "DefaultArguments"}
_SETTINGS |= {"NonOverridableArguments", "Connections", "MaxRetries", "AllocatedCapacity", "Timeout"}
_SETTINGS |= {
    "MaxCapacity",
    "SecurityConfiguration",
    "NotificationProperty",
    "GlueVersion",
    "NumberOfWorkers",
}
_SETTINGS |= {
    "WorkerType",
    "ExecutionClass",
    "JobMode",
    "MaintenanceWindow",
    "JobRunQueuingEnabled",
    "LogUri",
}


_GONE = "EntityNotFoundException"


class Job(Kind):
    type = "AWS::Glue::Job"
    properties = frozenset({"Name", "Tags", *_SETTINGS})
    replaces = frozenset({"Name"})
    name_property = "Name"
    name_limit = 255

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        aws("glue", "CreateJob", Name=name, Tags=tag_map(wanted.get("Tags")) or None, **_definition(wanted))
        return Made(name, {"Id": name})

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        aws("glue", "UpdateJob", JobName=made.physical_id, JobUpdate=_definition(wanted))
        retag(aws, aws.cloud.arn("glue", f"job/{made.physical_id}"), before, wanted)
        return made

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        aws("glue", "DeleteJob", JobName=made.physical_id)


def _definition(props: Props) -> dict[str, Any]:
    definition = {key: props[key] for key in _SETTINGS if key in props}
    for key in ("DefaultArguments", "NonOverridableArguments"):
        if key in definition:  # templates write numbers and booleans; the API takes text
            definition[key] = {name: _text(value) for name, value in definition[key].items()}
    connections = definition.get("Connections")
    if connections is not None:
        definition["Connections"] = {"Connections": connections["Connections"]}
    return definition


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def retag(aws: Aws, arn: str, before: Props, wanted: Props) -> None:
    old, new = tag_map(before.get("Tags")), tag_map(wanted.get("Tags"))
    if old.keys() - new.keys():
        aws("glue", "UntagResource", ResourceArn=arn, TagsToRemove=sorted(old.keys() - new.keys()))
    if new != old and new:
        aws("glue", "TagResource", ResourceArn=arn, TagsToAdd=new)


class Database(Kind):
    type = "AWS::Glue::Database"
    properties = frozenset({"CatalogId", "DatabaseInput", "DatabaseName"})
    replaces = frozenset({"CatalogId", "DatabaseName"})

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        given = {"Name": wanted.get("DatabaseName", name.lower()), **wanted["DatabaseInput"]}
        aws("glue", "CreateDatabase", CatalogId=wanted.get("CatalogId"), DatabaseInput=given)
        return Made(given["Name"].lower(), {})

    def update(self, aws: Aws, made: Made, _before: Props, wanted: Props) -> Made:
        given = {"Name": made.physical_id, **wanted["DatabaseInput"]}
        aws(
            "glue",
            "UpdateDatabase",
            CatalogId=wanted.get("CatalogId"),
            Name=made.physical_id,
            DatabaseInput=given,
        )
        return made

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        aws.quietly("glue", "DeleteDatabase", _GONE, Name=made.physical_id)


class Table(Kind):
    type = "AWS::Glue::Table"
    properties = frozenset({"CatalogId", "DatabaseName", "TableInput", "Name"})
    replaces = frozenset({"CatalogId", "DatabaseName", "Name"})

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        given = {"Name": wanted.get("Name", name.lower()), **wanted["TableInput"]}
        aws("glue", "CreateTable", DatabaseName=wanted["DatabaseName"], TableInput=_table(given))
        return Made(given["Name"].lower(), {})

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        given = {"Name": made.physical_id, **wanted["TableInput"]}
        if given["Name"].lower() != made.physical_id:
            self.delete(aws, made, before)
            return self.create(aws, made.physical_id, wanted)
        aws("glue", "UpdateTable", DatabaseName=wanted["DatabaseName"], TableInput=_table(given))
        return made

    def delete(self, aws: Aws, made: Made, props: Props) -> None:
        aws.quietly("glue", "DeleteTable", _GONE, DatabaseName=props["DatabaseName"], Name=made.physical_id)


def _table(given: Any) -> dict[str, Any]:
    """Properties and SerDe parameters are text, whatever the template's YAML made of them."""
    table = {**given}
    if "Parameters" in table:
        table["Parameters"] = {key: _text(value) for key, value in table["Parameters"].items()}
    storage = dict(table.get("StorageDescriptor", {}))
    serde = dict(storage.get("SerdeInfo", {}))
    if "Parameters" in serde:
        serde["Parameters"] = {key: _text(value) for key, value in serde["Parameters"].items()}
        table["StorageDescriptor"] = {**storage, "SerdeInfo": serde}
    return table


KINDS = (Job(), Database(), Table())

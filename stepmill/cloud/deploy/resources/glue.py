"""AWS::Glue::Job."""

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


KINDS = (Job(),)

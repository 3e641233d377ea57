"""AWS::Athena::WorkGroup and NamedQuery."""

from typing import Any

from stepmill.cloud.deploy.kind import Aws, Kind, Props
from stepmill.cloud.deploy.scope import Made
from stepmill.cloud.service import AwsError

_GONE = "InvalidRequestException"


class WorkGroup(Kind):
    type = "AWS::Athena::WorkGroup"
    properties = frozenset(
        {"Name", "Description", "State", "WorkGroupConfiguration", "RecursiveDeleteOption", "Tags"}
    )
    replaces = frozenset({"Name"})
    name_property = "Name"
    name_limit = 128

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        settings = {"Description": wanted.get("Description")}
        aws("athena", "CreateWorkGroup", Name=name, Configuration=_configuration(wanted), **settings)
        if wanted.get("State") == "DISABLED":
            aws("athena", "UpdateWorkGroup", WorkGroup=name, State="DISABLED")
        return Made(name, {})

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        updates = dict(_configuration(wanted) or {})
        results = updates.pop("ResultConfiguration", None)
        if results is not None:
            updates["ResultConfigurationUpdates"] = results
        had = _configuration(before) or {}
        if "BytesScannedCutoffPerQuery" in had and "BytesScannedCutoffPerQuery" not in updates:
            updates["RemoveBytesScannedCutoffPerQuery"] = True
        settings = {"Description": wanted.get("Description"), "State": wanted.get("State", "ENABLED")}
        aws("athena", "UpdateWorkGroup", WorkGroup=made.physical_id, ConfigurationUpdates=updates, **settings)
        return made

    def delete(self, aws: Aws, made: Made, props: Props) -> None:
        recursive = props.get("RecursiveDeleteOption")
        place = {"WorkGroup": made.physical_id, "RecursiveDeleteOption": recursive}
        try:
            aws("athena", "GetWorkGroup", WorkGroup=made.physical_id)
        except AwsError as error:
            if error.code != _GONE:
                raise
            return
        aws("athena", "DeleteWorkGroup", **place)


def _configuration(props: Props) -> dict[str, Any] | None:
    configuration: dict[str, Any] | None = props.get("WorkGroupConfiguration")
    return configuration


class NamedQuery(Kind):
    type = "AWS::Athena::NamedQuery"
    properties = frozenset({"Name", "Description", "Database", "QueryString", "WorkGroup"})
    replaces = properties

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        query_id = aws("athena", "CreateNamedQuery", **{"Name": name, **wanted})["NamedQueryId"]
        return Made(query_id, {"NamedQueryId": query_id})

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        aws.quietly("athena", "DeleteNamedQuery", _GONE, NamedQueryId=made.physical_id)


KINDS = (WorkGroup(), NamedQuery())

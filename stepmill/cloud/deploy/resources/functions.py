"""AWS::Lambda::Function, Permission and EventInvokeConfig."""

import io
import zipfile
from typing import Any

from stepmill.cloud.deploy.errors import ResourceError
from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_map
from stepmill.cloud.deploy.scope import Made

_SETTINGS = [
    "Role",
    "Handler",
    "Description",
    "Timeout",
    "MemorySize",
    "VpcConfig",
    "Environment",
    "Runtime",
    "DeadLetterConfig",
    "KMSKeyArn",
    "TracingConfig",
    "Layers",
    "EphemeralStorage",
    "SnapStart",
    "LoggingConfig",
]
_GONE = "ResourceNotFoundException"


class Function(Kind):
    type = "AWS::Lambda::Function"
    properties = frozenset(
        {"FunctionName", "Code", "PackageType", "Architectures", "ReservedConcurrentExecutions", "Tags"}
        | {"RecursiveLoop", *_SETTINGS}
    )
    replaces = frozenset({"FunctionName", "PackageType"})
    name_property = "FunctionName"

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        answer = aws(
            "lambda",
            "CreateFunction",
            FunctionName=name,
            Code=_code(aws, wanted),
            PackageType=wanted.get("PackageType"),
            Architectures=wanted.get("Architectures"),
            Tags=tag_map(wanted.get("Tags")) or None,
            **_settings(wanted),
        )
        aws.partly = Made(name, {"Arn": answer["FunctionArn"]})
        self._concurrency(aws, name, {}, wanted)
        return aws.partly

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        name = made.physical_id
        if wanted["Code"] != before.get("Code") or wanted.get("Architectures") != before.get("Architectures"):
            place = {"Architectures": wanted.get("Architectures"), **_code(aws, wanted)}
            aws("lambda", "UpdateFunctionCode", FunctionName=name, **place)
        if _settings(wanted) != _settings(before):
            removed = {key: _EMPTY[key] for key in _EMPTY if key in before and key not in wanted}
            settings = {**removed, **_settings(wanted)}
            aws("lambda", "UpdateFunctionConfiguration", FunctionName=name, **settings)
        old, new = tag_map(before.get("Tags")), tag_map(wanted.get("Tags"))
        arn = made.attributes["Arn"]
        if new != old:
            if old.keys() - new.keys():
                aws("lambda", "UntagResource", Resource=arn, TagKeys=sorted(old.keys() - new.keys()))
            if new:
                aws("lambda", "TagResource", Resource=arn, Tags=new)
        self._concurrency(aws, name, before, wanted)
        return made

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        aws.quietly("lambda", "DeleteFunction", _GONE, FunctionName=made.physical_id)

    @staticmethod
    def _concurrency(aws: Aws, name: str, before: Props, wanted: Props) -> None:
        limit = wanted.get("ReservedConcurrentExecutions")
        if limit == before.get("ReservedConcurrentExecutions"):
            return
        if limit is None:
            aws("lambda", "DeleteFunctionConcurrency", FunctionName=name)
        else:
            aws("lambda", "PutFunctionConcurrency", FunctionName=name, ReservedConcurrentExecutions=limit)


# What a setting that has gone from the template falls back to.
_EMPTY: dict[str, Any] = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "Environment": {"Variables": {}},
    "DeadLetterConfig": {"TargetArn": ""},
    "TracingConfig": {"Mode": "PassThrough"},
    "Layers": [],
}


def _settings(props: Props) -> dict[str, Any]:
    return {key: props[key] for key in _SETTINGS if key in props}


def _code(aws: Aws, wanted: Props) -> dict[str, Any]:
    code = dict(wanted["Code"])
    inline = code.pop("ZipFile", None)
    if inline is None:
        return code
    runtime = str(wanted.get("Runtime", ""))
    if not runtime.startswith("python"):
        raise ResourceError(
            f"{aws.logical_id}: Code.ZipFile is for Python, not {runtime!r}; package a folder"
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), inline)
    return {"ZipFile": buffer.getvalue()}


class Permission(Kind):
    type = "AWS::Lambda::Permission"
    properties = frozenset(
        {"FunctionName", "Action", "Principal", "SourceArn", "SourceAccount", "EventSourceToken"}
        | {"FunctionUrlAuthType", "PrincipalOrgID"}
    )
    replaces = properties

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        aws("lambda", "AddPermission", StatementId=name, **wanted)
        return Made(name, {"Id": name})

    def delete(self, aws: Aws, made: Made, props: Props) -> None:
        place = {"FunctionName": props["FunctionName"], "StatementId": made.physical_id}
        aws.quietly("lambda", "RemovePermission", _GONE, **place)


class EventInvokeConfig(Kind):
    type = "AWS::Lambda::EventInvokeConfig"
    properties = frozenset(
        {"FunctionName", "Qualifier", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "DestinationConfig"}
    )
    replaces = frozenset({"FunctionName", "Qualifier"})

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        return self.update(aws, Made(name), {}, wanted)

    def update(self, aws: Aws, made: Made, _before: Props, wanted: Props) -> Made:
        aws("lambda", "PutFunctionEventInvokeConfig", **wanted)
        return made

    def delete(self, aws: Aws, _made: Made, props: Props) -> None:
        place = {"FunctionName": props["FunctionName"], "Qualifier": props.get("Qualifier")}
        aws.quietly("lambda", "DeleteFunctionEventInvokeConfig", _GONE, **place)


KINDS = (Function(), Permission(), EventInvokeConfig())

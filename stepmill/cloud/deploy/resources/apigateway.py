"""AWS::ApiGateway::RestApi, Deployment, Stage and Account."""

import json
from typing import Any

from stepmill.cloud.deploy.errors import ResourceError
from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_map
from stepmill.cloud.deploy.scope import Made

_GONE = "NotFoundException"
_SETTINGS = {
    "ThrottlingRateLimit": "throttling/rateLimit",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "LoggingLevel": "logging/loglevel",
    "DataTraceEnabled": "logging/dataTrace",
    "MetricsEnabled": "metrics/enabled",
    "CachingEnabled": "caching/enabled",
}


class RestApi(Kind):
    type = "AWS::ApiGateway::RestApi"
    properties = frozenset(
        {"Name", "Description", "Body", "BinaryMediaTypes", "EndpointConfiguration", "Parameters", "Tags"}
        | {
            "DisableExecuteApiEndpoint",
            "MinimumCompressionSize",
            "FailOnWarnings",
            "Mode",
            "ApiKeySourceType",
        }
    )
    replaces = frozenset({"EndpointConfiguration"})

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        if wanted.get("ApiKeySourceType", "HEADER") != "HEADER":
            raise ResourceError(f"{aws.logical_id}: ApiKeySourceType must be HEADER in the embedded cloud")
        shape = wanted.get("EndpointConfiguration", {})
        answer = aws(
            "apigateway",
            "CreateRestApi",
            name=_title(wanted, name),
            description=wanted.get("Description"),
            binaryMediaTypes=_binary_types(wanted),
            endpointConfiguration={"types": shape["Types"]} if "Types" in shape else None,
            tags=tag_map(wanted.get("Tags")) or None,
        )
        aws.partly = Made(answer["id"], {"RestApiId": answer["id"], "RootResourceId": answer["id"]})
        _put_body(aws, answer["id"], wanted)
        return aws.partly

    def update(self, aws: Aws, made: Made, _before: Props, wanted: Props) -> Made:
        patches = [replace("/name", _title(wanted, made.physical_id))]
        patches.append(replace("/description", wanted.get("Description", "")))
        aws("apigateway", "UpdateRestApi", restApiId=made.physical_id, patchOperations=patches)
        _put_body(aws, made.physical_id, wanted)
        return made

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        aws.quietly("apigateway", "DeleteRestApi", _GONE, restApiId=made.physical_id)


def _title(wanted: Props, fallback: str) -> str:
    return str(wanted.get("Name") or wanted.get("Body", {}).get("info", {}).get("title") or fallback)


def _put_body(aws: Aws, api: str, wanted: Props) -> None:
    body = wanted.get("Body")
    if body is None:
        raise ResourceError(f"{aws.logical_id}: Body is missing; give the API as OpenAPI, as SAM does")
    key = "x-amazon-apigateway-binary-media-types"
    types = sorted({*body.get(key, []), *(_binary_types(wanted) or [])})
    document = json.dumps({**body, key: types} if types else body)
    aws("apigateway", "PutRestApi", restApiId=api, mode="overwrite", body=document.encode())


def _binary_types(wanted: Props) -> list[str] | None:
    """Slashes are written as ~1 there."""
    return [one.replace("~1", "/") for one in wanted.get("BinaryMediaTypes", [])] or None


class Deployment(Kind):
    type = "AWS::ApiGateway::Deployment"
    properties = frozenset({"RestApiId", "Description", "StageName"})
    replaces = properties

    def create(self, aws: Aws, _name: str, wanted: Props) -> Made:
        params = {key[0].lower() + key[1:]: wanted.get(key) for key in self.properties}
        answer = aws("apigateway", "CreateDeployment", **params)
        return Made(answer["id"], {"DeploymentId": answer["id"]})

    def delete(self, aws: Aws, made: Made, props: Props) -> None:
        place = {"restApiId": props["RestApiId"], "deploymentId": made.physical_id}
        if "StageName" in props:
            aws.quietly(
                "apigateway", "DeleteStage", _GONE, restApiId=props["RestApiId"], stageName=props["StageName"]
            )
        aws.quietly("apigateway", "DeleteDeployment", _GONE, **place)


class Stage(Kind):
    type = "AWS::ApiGateway::Stage"
    properties = frozenset(
        {"RestApiId", "StageName", "DeploymentId", "Description", "Variables", "TracingEnabled", "Tags"}
        | {"MethodSettings", "AccessLogSetting"}
    )
    replaces = frozenset({"RestApiId", "StageName"})
    name_property = "StageName"

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        aws(
            "apigateway",
            "CreateStage",
            restApiId=wanted["RestApiId"],
            stageName=name,
            deploymentId=wanted["DeploymentId"],
            description=wanted.get("Description"),
            variables=wanted.get("Variables"),
            tracingEnabled=wanted.get("TracingEnabled"),
            tags=tag_map(wanted.get("Tags")) or None,
        )
        aws.partly = Made(name)
        self._patch(aws, name, wanted, _stage_patches({}, wanted))
        return aws.partly

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        patches = [
            replace("/deploymentId", wanted["DeploymentId"]),
            replace("/description", wanted.get("Description", "")),
            replace("/tracingEnabled", text(wanted.get("TracingEnabled", False))),
        ]
        gone = before.get("Variables", {}).keys() - wanted.get("Variables", {}).keys()
        patches += [{"op": "remove", "path": f"/variables/{key}"} for key in sorted(gone)]
        patches += [replace(f"/variables/{key}", value) for key, value in wanted.get("Variables", {}).items()]
        self._patch(aws, made.physical_id, wanted, patches + _stage_patches(before, wanted))
        return made

    def delete(self, aws: Aws, made: Made, props: Props) -> None:
        place = {"restApiId": props["RestApiId"], "stageName": made.physical_id}
        aws.quietly("apigateway", "DeleteStage", _GONE, **place)

    @staticmethod
    def _patch(aws: Aws, name: str, wanted: Props, patches: list[dict[str, str]]) -> None:
        if patches:
            place = {"restApiId": wanted["RestApiId"], "stageName": name}
            aws("apigateway", "UpdateStage", **place, patchOperations=patches)


def _stage_patches(before: Props, wanted: Props) -> list[dict[str, str]]:
    """Method settings and access log; what has gone from the template goes from the stage."""
    patches = [{"op": "remove", "path": _method_path(one)} for one in before.get("MethodSettings", [])]
    for one in wanted.get("MethodSettings", []):
        patches += [
            replace(f"{_method_path(one)}/{path}", text(one[key]))
            for key, path in _SETTINGS.items()
            if key in one
        ]
    log = wanted.get("AccessLogSetting")
    if log is None and "AccessLogSetting" in before:
        patches.append({"op": "remove", "path": "/accessLogSettings"})
    for key, path in (("DestinationArn", "destinationArn"), ("Format", "format")):
        if log and key in log:
            patches.append(replace(f"/accessLogSettings/{path}", log[key]))
    return patches


def _method_path(setting: Props) -> str:
    resource = setting.get("ResourcePath", "/*")
    resource = "*" if resource in ("/*", "*") else resource.replace("/", "~1")
    return f"/{resource}/{setting.get('HttpMethod', '*')}"


class Account(Kind):
    """The one of the account: deleting the resource leaves the setting, as on AWS."""

    type = "AWS::ApiGateway::Account"
    properties = frozenset({"CloudWatchRoleArn"})

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        return self.update(aws, Made(name, {"Id": name}), {}, wanted)

    def update(self, aws: Aws, made: Made, _before: Props, wanted: Props) -> Made:
        patches = [replace("/cloudwatchRoleArn", wanted.get("CloudWatchRoleArn", ""))]
        aws("apigateway", "UpdateAccount", patchOperations=patches)
        return made

    def delete(self, _aws: Aws, _made: Made, _props: Props) -> None:
        return


def replace(path: str, value: str) -> dict[str, str]:
    return {"op": "replace", "path": path, "value": value}


def text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


KINDS = (RestApi(), Deployment(), Stage(), Account())

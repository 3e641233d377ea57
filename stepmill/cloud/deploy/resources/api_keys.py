"""AWS::ApiGateway::ApiKey, UsagePlan and UsagePlanKey."""

from typing import Any

from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_map
from stepmill.cloud.deploy.resources.apigateway import replace, text
from stepmill.cloud.deploy.scope import Made

_GONE = "NotFoundException"


class ApiKey(Kind):
    type = "AWS::ApiGateway::ApiKey"
    properties = frozenset(
        {"Name", "Description", "Enabled", "Value", "StageKeys", "GenerateDistinctId", "CustomerId", "Tags"}
    )
    replaces = frozenset({"Value", "GenerateDistinctId", "StageKeys"})
    name_property = "Name"

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        keys = [
            {"restApiId": one["RestApiId"], "stageName": one["StageName"]}
            for one in wanted.get("StageKeys", [])
        ]
        answer = aws(
            "apigateway",
            "CreateApiKey",
            name=name,
            description=wanted.get("Description"),
            enabled=wanted.get("Enabled", False),
            value=wanted.get("Value"),
            stageKeys=keys or None,
            customerId=wanted.get("CustomerId"),
            tags=tag_map(wanted.get("Tags")) or None,
        )
        return Made(answer["id"], {"APIKeyId": answer["id"]})

    def update(self, aws: Aws, made: Made, _before: Props, wanted: Props) -> Made:
        patches = [replace("/enabled", text(wanted.get("Enabled", False)))]
        patches.append(replace("/description", wanted.get("Description", "")))
        patches += [replace("/name", wanted["Name"])] if "Name" in wanted else []
        aws("apigateway", "UpdateApiKey", apiKey=made.physical_id, patchOperations=patches)
        return made

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        aws.quietly("apigateway", "DeleteApiKey", _GONE, apiKey=made.physical_id)


class UsagePlan(Kind):
    type = "AWS::ApiGateway::UsagePlan"
    properties = frozenset({"UsagePlanName", "Description", "ApiStages", "Throttle", "Quota", "Tags"})
    name_property = "UsagePlanName"

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        answer = aws(
            "apigateway",
            "CreateUsagePlan",
            name=name,
            description=wanted.get("Description"),
            apiStages=_lower(wanted.get("ApiStages", [])),
            throttle=_lower(wanted.get("Throttle")),
            quota=_lower(wanted.get("Quota")),
            tags=tag_map(wanted.get("Tags")) or None,
        )
        return Made(answer["id"], {"Id": answer["id"]})

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        old, new = _places(before), _places(wanted)
        patches = [{"op": "remove", "path": "/apiStages", "value": one} for one in old if one not in new]
        patches += [{"op": "add", "path": "/apiStages", "value": one} for one in new if one not in old]
        for part in ("Throttle", "Quota"):
            path = f"/{part.lower()}"
            if part in before:
                patches.append({"op": "remove", "path": path})
            for key, value in (_lower(wanted.get(part)) or {}).items():
                patches.append(replace(f"{path}/{key}", text(value)))
        patches.append(replace("/description", wanted.get("Description", "")))
        patches += [replace("/name", wanted["UsagePlanName"])] if "UsagePlanName" in wanted else []
        aws("apigateway", "UpdateUsagePlan", usagePlanId=made.physical_id, patchOperations=patches)
        return made

    def delete(self, aws: Aws, made: Made, props: Props) -> None:
        patches = [{"op": "remove", "path": "/apiStages", "value": one} for one in _places(props)]
        place = {"usagePlanId": made.physical_id}
        if patches:
            aws.quietly("apigateway", "UpdateUsagePlan", _GONE, **place, patchOperations=patches)
        aws.quietly("apigateway", "DeleteUsagePlan", _GONE, **place)


def _places(props: Props) -> list[str]:
    return [f"{one['ApiId']}:{one['Stage']}" for one in props.get("ApiStages", [])]


class UsagePlanKey(Kind):
    type = "AWS::ApiGateway::UsagePlanKey"
    properties = frozenset({"KeyId", "KeyType", "UsagePlanId"})
    replaces = properties

    def create(self, aws: Aws, _name: str, wanted: Props) -> Made:
        params = {"usagePlanId": wanted["UsagePlanId"], "keyId": wanted["KeyId"]}
        answer = aws("apigateway", "CreateUsagePlanKey", **params, keyType=wanted["KeyType"])
        return Made(f"{answer['id']}:{wanted['UsagePlanId']}", {"Id": answer["id"]})

    def delete(self, aws: Aws, _made: Made, props: Props) -> None:
        place = {"usagePlanId": props["UsagePlanId"], "keyId": props["KeyId"]}
        aws.quietly("apigateway", "DeleteUsagePlanKey", _GONE, **place)


def _lower(value: Any) -> Any:
    """Members as the API spells them: the first letter small. Keys of maps stay."""
    if isinstance(value, list):
        return [_lower(one) for one in value]
    if isinstance(value, dict):
        return {key if "/" in key else key[0].lower() + key[1:]: _lower(item) for key, item in value.items()}
    return value


KINDS = (ApiKey(), UsagePlan(), UsagePlanKey())

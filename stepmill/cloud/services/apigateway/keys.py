"""API keys. What a key may do follows from the usage plans that it is in."""

import secrets
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.apigateway.patches import Patch, is_true, patches_of, set_plain, unknown
from stepmill.cloud.services.apigateway.service import (
    bad,
    conflict,
    everything,
    find,
    known,
    new_id,
    operation,
    page,
    remove,
    save,
    shown,
)

PATH = "/apikeys/{apiKey}"
PLAIN = {"/name": "name", "/description": "description", "/customerId": "customerId"}
SHORTEST_VALUE, LONGEST_VALUE = 20, 128


@operation("CreateApiKey", "POST", "/apikeys")
def create_api_key(cloud: Cloud, request: Request) -> Answer:
    params = request.params
    identity = new_id(request)
    if (made := find(cloud, "ApiKey", "", identity)) is not None:
        return shown(made)
    value = params.get("value") or secrets.token_urlsafe(30)
    if not SHORTEST_VALUE <= len(value) <= LONGEST_VALUE:
        raise bad(f"API Key value should be at least {SHORTEST_VALUE} characters, at most {LONGEST_VALUE}")
    if any(one["value"] == value for one in everything(cloud, "ApiKey")):
        raise conflict("API Key already exists")
    now = cloud.clock.time()
    made = {key: params[key] for key in ("name", "description", "customerId", "tags") if key in params}
    made |= {"id": identity, "value": value, "enabled": params.get("enabled", False)}
    stages = [f"{one.get('restApiId')}/{one.get('stageName')}" for one in params.get("stageKeys", [])]
    made |= {"createdDate": now, "lastUpdatedDate": now, "stageKeys": stages}
    save(cloud, "ApiKey", "", identity, made)
    return shown(made)


@operation("GetApiKey", "GET", PATH)
def get_api_key(cloud: Cloud, request: Request) -> Answer:
    return _without_value(
        shown(known(cloud, "ApiKey", "", request.params["apiKey"])), request.params.get("includeValue")
    )


@operation("GetApiKeys", "GET", "/apikeys")
def get_api_keys(cloud: Cloud, request: Request) -> Answer:
    prefix = request.params.get("nameQuery", "")
    found = [one for one in everything(cloud, "ApiKey") if one.get("name", "").startswith(prefix)]
    answer = page(found, request.params)
    values = request.params.get("includeValues")
    return {**answer, "items": [_without_value(one, values) for one in answer["items"]]}


@operation("UpdateApiKey", "PATCH", PATH)
def update_api_key(cloud: Cloud, request: Request) -> Answer:
    with cloud.store.transaction():
        key = known(cloud, "ApiKey", "", request.params["apiKey"])
        for patch in patches_of(request):
            _patch(key, patch)
        key["lastUpdatedDate"] = cloud.clock.time()
        save(cloud, "ApiKey", "", key["id"], key)
    return _without_value(shown(key), False)


@operation("DeleteApiKey", "DELETE", PATH)
def delete_api_key(cloud: Cloud, request: Request) -> Answer:
    identity = request.params["apiKey"]
    with cloud.store.transaction() as connection:
        remove(cloud, "ApiKey", "", identity)
        connection.execute(
            "delete from apigateway_record where kind = 'UsagePlanKey' and id = ?", (identity,)
        )
    return {}


def _patch(key: dict[str, Any], patch: Patch) -> None:
    if patch[1] == "/enabled":
        key["enabled"] = is_true(patch)
    elif patch[1] == "/stages" and patch[2]:
        stages = [one for one in key["stageKeys"] if one != patch[2]]
        key["stageKeys"] = stages if patch[0] == "remove" else [*stages, patch[2]]
    elif not set_plain(key, patch, PLAIN):
        raise unknown(patch)


def _without_value(key: dict[str, Any], is_wanted: Any) -> dict[str, Any]:
    return key if is_wanted else {name: value for name, value in key.items() if name != "value"}

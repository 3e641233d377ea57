"""Usage plans: which keys may call which stages, how fast, and how often in a day, a week or a month."""

from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.apigateway.limits import used_by_day
from stepmill.cloud.services.apigateway.patches import Patch, number, patches_of, set_plain, unknown
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

PATH = "/usageplans/{usagePlanId}"
PLAIN = {"/name": "name", "/description": "description", "/productCode": "productCode"}
KEPT = ["name", "description", "throttle", "quota", "tags"]
PERIODS = ("DAY", "WEEK", "MONTH")


@operation("CreateUsagePlan", "POST", "/usageplans")
def create_usage_plan(cloud: Cloud, request: Request) -> Answer:
    identity = new_id(request, 6)
    if (made := find(cloud, "UsagePlan", "", identity)) is None:
        made = {key: request.params[key] for key in KEPT if key in request.params}
        made |= {"id": identity, "apiStages": request.params.get("apiStages", [])}
        _check(cloud, made)
        save(cloud, "UsagePlan", "", identity, made)
    return shown(made)


@operation("GetUsagePlan", "GET", PATH)
def get_usage_plan(cloud: Cloud, request: Request) -> Answer:
    return shown(known(cloud, "UsagePlan", "", request.params["usagePlanId"]))


@operation("GetUsagePlans", "GET", "/usageplans")
def get_usage_plans(cloud: Cloud, request: Request) -> Answer:
    key = request.params.get("keyId")
    plans = [
        plan
        for plan in everything(cloud, "UsagePlan")
        if key is None or find(cloud, "UsagePlanKey", plan["id"], key)
    ]
    return page(plans, request.params)


@operation("UpdateUsagePlan", "PATCH", PATH)
def update_usage_plan(cloud: Cloud, request: Request) -> Answer:
    with cloud.store.transaction():
        plan = known(cloud, "UsagePlan", "", request.params["usagePlanId"])
        for patch in patches_of(request):
            _patch(plan, patch)
        _check(cloud, plan)
        save(cloud, "UsagePlan", "", plan["id"], plan)
    return shown(plan)


@operation("DeleteUsagePlan", "DELETE", PATH)
def delete_usage_plan(cloud: Cloud, request: Request) -> Answer:
    identity = request.params["usagePlanId"]
    if known(cloud, "UsagePlan", "", identity)["apiStages"]:
        raise bad(f"Cannot delete Usage Plan {identity} because it has API Stages associated with it")
    with cloud.store.transaction() as connection:
        remove(cloud, "UsagePlan", "", identity)
        connection.execute("delete from apigateway_record where parent = ?", (identity,))
        connection.execute("delete from apigateway_use where plan = ?", (identity,))
    return {}


@operation("CreateUsagePlanKey", "POST", "/usageplans/{usagePlanId}/keys")
def create_usage_plan_key(cloud: Cloud, request: Request) -> Answer:
    params = request.params
    plan = known(cloud, "UsagePlan", "", params["usagePlanId"])
    key = known(cloud, "ApiKey", "", params["keyId"])
    if params["keyType"] != "API_KEY":
        raise bad(f"Invalid key type {params['keyType']!r}; must be API_KEY")
    stages = {(one["apiId"], one["stage"]) for one in plan["apiStages"]}
    for other in everything(cloud, "UsagePlan"):
        if other["id"] == plan["id"] or not find(cloud, "UsagePlanKey", other["id"], key["id"]):
            continue
        if stages & {(one["apiId"], one["stage"]) for one in other["apiStages"]}:
            raise conflict("Usage plan already exists for this API Key and API Stage")
    if find(cloud, "UsagePlanKey", plan["id"], key["id"]) is not None and request.attempt is None:
        raise conflict("Usage plan key already exists")
    save(cloud, "UsagePlanKey", plan["id"], key["id"], {"id": key["id"], "type": "API_KEY"})
    return _plan_key(key)


@operation("GetUsagePlanKey", "GET", f"{PATH}/keys/{{keyId}}")
def get_usage_plan_key(cloud: Cloud, request: Request) -> Answer:
    known(cloud, "UsagePlanKey", request.params["usagePlanId"], request.params["keyId"])
    return _plan_key(known(cloud, "ApiKey", "", request.params["keyId"]))


@operation("GetUsagePlanKeys", "GET", f"{PATH}/keys")
def get_usage_plan_keys(cloud: Cloud, request: Request) -> Answer:
    known(cloud, "UsagePlan", "", request.params["usagePlanId"])
    members = everything(cloud, "UsagePlanKey", request.params["usagePlanId"])
    return page([_plan_key(known(cloud, "ApiKey", "", one["id"])) for one in members], request.params)


@operation("DeleteUsagePlanKey", "DELETE", f"{PATH}/keys/{{keyId}}")
def delete_usage_plan_key(cloud: Cloud, request: Request) -> Answer:
    remove(cloud, "UsagePlanKey", request.params["usagePlanId"], request.params["keyId"])
    return {}


@operation("GetUsage", "GET", f"{PATH}/usage")
def get_usage(cloud: Cloud, request: Request) -> Answer:
    """Each key's calls a day, and what the quota leaves (0 without a quota)."""
    params = request.params
    plan = known(cloud, "UsagePlan", "", params["usagePlanId"])
    limit = plan.get("quota", {}).get("limit", 0)
    items: dict[str, list[list[int]]] = {}
    for key, calls in used_by_day(cloud, plan["id"], params["startDate"], params["endDate"]):
        if params.get("keyId") in (None, key):
            items.setdefault(key, []).append([calls, max(0, limit - calls)])
    dates = {name: params[name] for name in ("startDate", "endDate")}
    return {"usagePlanId": plan["id"], **dates, "items": items}


def _plan_key(key: dict[str, Any]) -> Answer:
    named = {"name": key["name"]} if "name" in key else {}
    return {"id": key["id"], "type": "API_KEY", "value": key["value"], **named}


def _check(cloud: Cloud, plan: dict[str, Any]) -> None:
    quota = plan.get("quota")
    if quota is not None and (quota.get("period") not in PERIODS or quota.get("limit", 0) < 1):
        raise bad("Usage Plan quota limit must be at least 1 and its period one of DAY, WEEK, MONTH")
    for one in plan["apiStages"]:
        if find(cloud, "Stage", one["apiId"], one["stage"]) is None:
            raise bad(f"API Stage not found: {one['apiId']}:{one['stage']}")


def _patch(plan: dict[str, Any], patch: Patch) -> None:
    op, path, value = patch
    if path == "/apiStages" and value:
        api, _, stage = value.partition(":")
        stages = [one for one in plan["apiStages"] if (one["apiId"], one["stage"]) != (api, stage)]
        plan["apiStages"] = stages if op == "remove" else [*stages, {"apiId": api, "stage": stage}]
    elif path in ("/throttle", "/quota") and op == "remove":
        plan.pop(path[1:], None)
    elif path == "/throttle/rateLimit":
        plan.setdefault("throttle", {})["rateLimit"] = number(patch)
    elif path == "/throttle/burstLimit":
        plan.setdefault("throttle", {})["burstLimit"] = int(number(patch))
    elif path in ("/quota/limit", "/quota/offset"):
        plan.setdefault("quota", {})[path.rpartition("/")[2]] = int(number(patch))
    elif path == "/quota/period":
        plan.setdefault("quota", {})["period"] = value
    elif path.startswith("/apiStages/") and "/throttle/" in path:
        _patch_method(plan, patch)
    elif not set_plain(plan, patch, PLAIN):
        raise unknown(patch)


def _patch_method(plan: dict[str, Any], patch: Patch) -> None:
    """`/apiStages/<api>:<stage>/throttle/<path, slashes as ~1>/<verb>/rateLimit`."""
    place, _, rest = patch[1].removeprefix("/apiStages/").partition("/throttle/")
    resource, _, rest = rest.partition("/")
    verb, _, field = rest.partition("/")
    for one in plan["apiStages"]:
        if f"{one['apiId']}:{one['stage']}" == place and field in ("rateLimit", "burstLimit"):
            limits = one.setdefault("throttle", {}).setdefault(f"{resource.replace('~1', '/')}/{verb}", {})
            limits[field] = number(patch) if field == "rateLimit" else int(number(patch))
            return
    raise unknown(patch)

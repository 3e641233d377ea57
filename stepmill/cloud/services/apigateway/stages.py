"""Stages: which deployment is served under a name, and with what limits."""

import re
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.apigateway.patches import (
    Patch,
    is_true,
    number,
    patches_of,
    set_plain,
    unknown,
)
from stepmill.cloud.services.apigateway.service import (
    bad,
    conflict,
    everything,
    find,
    known,
    operation,
    remove,
    save,
    shown,
)

PATH = "/restapis/{restApiId}/stages/{stageName}"
PLAIN = {"/description": "description", "/clientCertificateId": "clientCertificateId"}
# A method's setting: `/<resource>/<verb>/<what>`, slashes inside the resource written as ~1.
SETTING = re.compile(r"/(?P<resource>[^/]*)/(?P<verb>\*|[A-Z]+)/(?P<what>[a-z]+/[A-Za-z]+)")
SETTINGS = {
    "throttling/rateLimit": ("throttlingRateLimit", number),
    "throttling/burstLimit": ("throttlingBurstLimit", lambda patch: int(number(patch))),
    "logging/loglevel": ("loggingLevel", lambda patch: str(patch[2])),
    "logging/dataTrace": ("dataTraceEnabled", is_true),
    "metrics/enabled": ("metricsEnabled", is_true),
    "caching/enabled": ("cachingEnabled", is_true),
}


def new_stage(cloud: Cloud, name: str, deployment: str) -> dict[str, Any]:
    return {
        "stageName": name,
        "deploymentId": deployment,
        "createdDate": cloud.clock.time(),
        "methodSettings": {},
        "tracingEnabled": False,
        "cacheClusterEnabled": False,
    }


@operation("CreateStage", "POST", "/restapis/{restApiId}/stages")
def create_stage(cloud: Cloud, request: Request) -> Answer:
    params = request.params
    api, name = params["restApiId"], params["stageName"]
    known(cloud, "RestApi", "", api)
    known(cloud, "Deployment", api, params["deploymentId"])
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", name):
        raise bad("Stage name only allows a-zA-Z0-9_-")
    for key in ("cacheClusterEnabled", "canarySettings"):
        if params.get(key):
            raise bad(f"CreateStage: {key} is not supported by the embedded cloud; leave it out")
    made = find(cloud, "Stage", api, name)
    if made is not None:
        if request.attempt is not None and made.get("_attempt") == request.attempt:
            return shown(made)
        raise conflict("Stage already exists")
    made = new_stage(cloud, name, params["deploymentId"]) | {"_attempt": request.attempt}
    kept = ("description", "variables", "tracingEnabled", "tags", "documentationVersion")
    made |= {key: params[key] for key in kept if key in params}
    save(cloud, "Stage", api, name, made)
    return shown(made)


@operation("GetStage", "GET", PATH)
def get_stage(cloud: Cloud, request: Request) -> Answer:
    return shown(known(cloud, "Stage", request.params["restApiId"], request.params["stageName"]))


@operation("GetStages", "GET", "/restapis/{restApiId}/stages")
def get_stages(cloud: Cloud, request: Request) -> Answer:
    api = request.params["restApiId"]
    known(cloud, "RestApi", "", api)
    wanted = request.params.get("deploymentId")
    stages = [one for one in everything(cloud, "Stage", api) if wanted in (None, one["deploymentId"])]
    return {"item": [shown(one) for one in stages]}


@operation("UpdateStage", "PATCH", PATH)
def update_stage(cloud: Cloud, request: Request) -> Answer:
    api, name = request.params["restApiId"], request.params["stageName"]
    with cloud.store.transaction():
        stage = known(cloud, "Stage", api, name)
        for patch in patches_of(request):
            _patch(cloud, api, stage, patch)
        save(cloud, "Stage", api, name, stage)
    return shown(stage)


@operation("DeleteStage", "DELETE", PATH)
def delete_stage(cloud: Cloud, request: Request) -> Answer:
    remove(cloud, "Stage", request.params["restApiId"], request.params["stageName"])
    return {}


def _patch(cloud: Cloud, api: str, stage: dict[str, Any], patch: Patch) -> None:
    op, path, value = patch
    log = {"/accessLogSettings/destinationArn": "destinationArn", "/accessLogSettings/format": "format"}
    if path == "/deploymentId" and value:
        known(cloud, "Deployment", api, value)
        stage["deploymentId"] = value
    elif path == "/tracingEnabled":
        stage["tracingEnabled"] = is_true(patch)
    elif path == "/accessLogSettings" and op == "remove":
        stage.pop("accessLogSettings", None)
    elif path in log:
        set_plain(stage.setdefault("accessLogSettings", {}), patch, log)
    elif path.startswith("/variables/"):
        set_plain(stage.setdefault("variables", {}), patch, {path: path.removeprefix("/variables/")})
    elif (match := SETTING.fullmatch(path)) and match["what"] in SETTINGS:
        _set_method(stage, match, patch)
    elif op == "remove" and (match := re.fullmatch(r"/([^/]*)/(\*|[A-Z]+)", path)):
        stage["methodSettings"].pop(_method_key(match[1], match[2]), None)
    elif not set_plain(stage, patch, PLAIN):
        raise unknown(patch)


def _set_method(stage: dict[str, Any], match: re.Match[str], patch: Patch) -> None:
    field, read = SETTINGS[match["what"]]
    value = read(patch)
    if field == "cachingEnabled" and value:
        raise bad("caching/enabled: caching is not supported by the embedded cloud")
    settings = stage["methodSettings"].setdefault(_method_key(match["resource"], match["verb"]), {})
    settings[field] = value


def _method_key(resource: str, verb: str) -> str:
    """As GetStage shows it: `*/*`, `predict/POST`, `~1/GET` for the root."""
    return f"{resource.replace('~1', '/').strip('/') or '~1'}/{verb}"

"""REST APIs and their deployments: a deployment freezes the body that the API has when it is made."""

from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.apigateway import document
from stepmill.cloud.services.apigateway.patches import apply_plain, patches_of
from stepmill.cloud.services.apigateway.service import (
    bad,
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
from stepmill.cloud.services.apigateway.stages import new_stage

KEPT = ["name", "description", "version", "binaryMediaTypes", "minimumCompressionSize", "apiKeySource"]
KEPT += ["endpointConfiguration", "tags", "disableExecuteApiEndpoint"]


@operation("CreateRestApi", "POST", "/restapis")
def create_rest_api(cloud: Cloud, request: Request) -> Answer:
    params = request.params
    _refuse(params)
    identity = new_id(request)
    if (made := find(cloud, "RestApi", "", identity)) is None:
        made = {key: params[key] for key in KEPT if key in params}
        made |= {"id": identity, "createdDate": cloud.clock.time(), "apiKeySource": "HEADER"}
        save(cloud, "RestApi", "", identity, made)
    return shown(made)


@operation("ImportRestApi", "POST", "/restapis")
def import_rest_api(cloud: Cloud, request: Request) -> Answer:
    body = _body(request)
    identity = new_id(request)
    made = {"id": identity, "createdDate": cloud.clock.time(), "apiKeySource": "HEADER"}
    return _imported(cloud, made, body)


@operation("PutRestApi", "PUT", "/restapis/{restApiId}")
def put_rest_api(cloud: Cloud, request: Request) -> Answer:
    """The whole body is replaced, in either mode."""
    made = known(cloud, "RestApi", "", request.params["restApiId"])
    body = _body(request)
    return _imported(cloud, made, body)


def _body(request: Request) -> dict[str, Any]:
    """Raises: AwsError BadRequestException."""
    body = document.parse(request.body.read() if request.body else b"")
    document.read(body)
    return body


def _imported(cloud: Cloud, made: dict[str, Any], body: dict[str, Any]) -> Answer:
    facts = body.get("info") or {}
    made |= {"_body": body, "name": made.get("name") or str(facts.get("title", made["id"]))}
    if "x-amazon-apigateway-binary-media-types" in body:
        made["binaryMediaTypes"] = body["x-amazon-apigateway-binary-media-types"]
    save(cloud, "RestApi", "", made["id"], made)
    return shown(made)


@operation("GetRestApi", "GET", "/restapis/{restApiId}")
def get_rest_api(cloud: Cloud, request: Request) -> Answer:
    return shown(known(cloud, "RestApi", "", request.params["restApiId"]))


@operation("GetRestApis", "GET", "/restapis")
def get_rest_apis(cloud: Cloud, request: Request) -> Answer:
    return page(everything(cloud, "RestApi"), request.params)


@operation("UpdateRestApi", "PATCH", "/restapis/{restApiId}")
def update_rest_api(cloud: Cloud, request: Request) -> Answer:
    made = known(cloud, "RestApi", "", request.params["restApiId"])
    apply_plain(made, patches_of(request), {"/name": "name", "/description": "description"})
    save(cloud, "RestApi", "", made["id"], made)
    return shown(made)


@operation("DeleteRestApi", "DELETE", "/restapis/{restApiId}")
def delete_rest_api(cloud: Cloud, request: Request) -> Answer:
    identity = request.params["restApiId"]
    with cloud.store.transaction() as connection:
        remove(cloud, "RestApi", "", identity)
        connection.execute("delete from apigateway_record where parent = ?", (identity,))
    return {}


def _refuse(params: dict[str, Any]) -> None:
    for key in ("policy", "cloneFrom"):
        if params.get(key):
            raise bad(f"CreateRestApi: {key} is not supported by the embedded cloud; leave it out")
    types = params.get("endpointConfiguration", {}).get("types", [])
    if "PRIVATE" in types:
        raise bad("CreateRestApi: endpointConfiguration PRIVATE is not supported by the embedded cloud")


@operation("CreateDeployment", "POST", "/restapis/{restApiId}/deployments")
def create_deployment(cloud: Cloud, request: Request) -> Answer:
    params = request.params
    api = known(cloud, "RestApi", "", params["restApiId"])
    if not document.read(api.get("_body", {})).methods:
        raise bad("The REST API doesn't contain any methods")
    identity = new_id(request, 6)
    made = {"id": identity, "description": params.get("description", ""), "createdDate": cloud.clock.time()}
    with cloud.store.transaction():
        if find(cloud, "Deployment", api["id"], identity) is None:
            save(cloud, "Deployment", api["id"], identity, made | {"_body": api["_body"]})
        if name := params.get("stageName"):
            stage = find(cloud, "Stage", api["id"], name) or new_stage(cloud, name, identity)
            variables = {"variables": params["variables"]} if "variables" in params else {}
            save(cloud, "Stage", api["id"], name, stage | {"deploymentId": identity} | variables)
    return shown(made)


@operation("GetDeployment", "GET", "/restapis/{restApiId}/deployments/{deploymentId}")
def get_deployment(cloud: Cloud, request: Request) -> Answer:
    params = request.params
    return shown(known(cloud, "Deployment", params["restApiId"], params["deploymentId"]))


@operation("GetDeployments", "GET", "/restapis/{restApiId}/deployments")
def get_deployments(cloud: Cloud, request: Request) -> Answer:
    known(cloud, "RestApi", "", request.params["restApiId"])
    return page(everything(cloud, "Deployment", request.params["restApiId"]), request.params)


@operation("DeleteDeployment", "DELETE", "/restapis/{restApiId}/deployments/{deploymentId}")
def delete_deployment(cloud: Cloud, request: Request) -> Answer:
    api, identity = request.params["restApiId"], request.params["deploymentId"]
    if any(stage["deploymentId"] == identity for stage in everything(cloud, "Stage", api)):
        raise bad("Active stages pointing to this deployment must be moved or deleted")
    remove(cloud, "Deployment", api, identity)
    return {}


@operation("GetAccount", "GET", "/account")
def get_account(cloud: Cloud, _request: Request) -> Answer:
    return _account(cloud)


def _account(cloud: Cloud) -> Answer:
    limits = {"throttleSettings": {"burstLimit": 5000, "rateLimit": 10_000.0}}
    return {**limits, "features": ["UsagePlans"], **(find(cloud, "Account", "", "account") or {})}


@operation("UpdateAccount", "PATCH", "/account")
def update_account(cloud: Cloud, request: Request) -> Answer:
    account = find(cloud, "Account", "", "account") or {}
    apply_plain(account, patches_of(request), {"/cloudwatchRoleArn": "cloudwatchRoleArn"})
    save(cloud, "Account", "", "account", account)
    return _account(cloud)

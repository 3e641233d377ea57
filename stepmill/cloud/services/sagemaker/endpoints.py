"""The operations on endpoints; `serving` keeps what they ask for."""

from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.sagemaker import records, rollout
from stepmill.cloud.services.sagemaker.instances import check_instances, configured
from stepmill.cloud.services.sagemaker.plans import Plan, counts, make_plan, retain, variants
from stepmill.cloud.services.sagemaker.service import SERVICE, check_request, invalid
from stepmill.cloud.services.sagemaker.serving import Endpoints
from stepmill.cloud.services.sagemaker.telling import Telling, tell, write
from stepmill.cloud.services.sagemaker.training import pick


def resources(cloud: Cloud, params: dict[str, Any]) -> list[str]:
    return [cloud.arn("sagemaker", f"endpoint/{params['EndpointName'].lower()}")]


def known(cloud: Cloud, name: str) -> dict[str, Any]:
    data = records.find(cloud, "Endpoint", name)
    if data is None:
        (arn,) = resources(cloud, {"EndpointName": name})
        raise invalid(f'Could not find endpoint "{arn}".')
    return data


@SERVICE.operation("CreateEndpoint", resources=resources)
def create_endpoint(cloud: Cloud, request: Request) -> Answer:
    """A DeploymentConfig is for the updates that retain it: there is nothing yet to go back to."""
    check_request(request)
    name, config = request.params["EndpointName"], request.params["EndpointConfigName"]
    plan = make_plan(cloud, config)
    (arn,) = resources(cloud, request.params)
    now = cloud.clock.time()
    data = {
        "EndpointName": name,
        "EndpointArn": arn,
        "EndpointConfigName": config,
        "EndpointStatus": "Creating",
    }
    data |= {"CreationTime": now, "LastModifiedTime": now}
    if deployment := request.params.get("DeploymentConfig"):
        check_deployment(cloud, deployment, plan, None)
        data["LastDeploymentConfig"] = deployment
    check_instances(cloud, name, configured(plan["config"]))
    taken = invalid(f'Cannot create already existing endpoint "{arn}".')
    if records.add(cloud, "Endpoint", name, data, request.attempt, taken):
        records.add_tags(cloud, arn, request.params.get("Tags", []))
        write(cloud, name)
        cloud.state(Endpoints).deploy(name)
    return {"EndpointArn": arn}


@SERVICE.operation("UpdateEndpoint", resources=resources)
def update_endpoint(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    name = request.params["EndpointName"]
    with cloud.state(Telling).lock:
        data = known(cloud, name)
        if request.attempt is not None and data.get("_UpdateAttempt") == request.attempt:
            return {"EndpointArn": data["EndpointArn"]}
        if data["EndpointStatus"] not in ("InService", "Failed"):
            raise invalid(f'Cannot update in-progress endpoint "{data["EndpointArn"]}".')
        changes = read_update(cloud, request.params, data) | {"_UpdateAttempt": request.attempt}
        records.change(cloud, "Endpoint", name, changes, owes_event=True)
        tell(cloud, name)
    cloud.state(Endpoints).deploy(name)
    return {"EndpointArn": data["EndpointArn"]}


def read_update(cloud: Cloud, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """What the record takes down of an update. Raises: AwsError ValidationException."""
    plan = make_plan(cloud, params["EndpointConfigName"])
    changes: dict[str, Any] = {
        "EndpointStatus": "Updating",
        "FailureReason": None,
        "_PendingConfigName": params["EndpointConfigName"],
    }
    excluded = [one["VariantPropertyType"] for one in params.get("ExcludeRetainedVariantProperties", [])]
    if excluded and not params.get("RetainAllVariantProperties"):
        raise invalid("ExcludeRetainedVariantProperties is given without RetainAllVariantProperties")
    if params.get("RetainAllVariantProperties"):
        changes["_Retained"] = excluded
        retain(plan, data, set(excluded))
    deployment = params.get("DeploymentConfig")
    if deployment is None and params.get("RetainDeploymentConfig"):
        deployment = data.get("LastDeploymentConfig")
    if deployment is not None:
        check_deployment(cloud, deployment, plan, data.get("_Plan"))
        changes |= {"_DeploymentConfig": deployment, "LastDeploymentConfig": deployment}
    check_instances(cloud, data["EndpointName"], configured(plan["config"]))
    return changes


def check_deployment(cloud: Cloud, config: dict[str, Any], plan: Plan, old: Plan | None) -> None:
    """Raises: AwsError ValidationException."""
    rollout.check(config, sum(counts(variants(plan)).values()))
    if old is not None:
        rollout.check_names(old, plan)
    rollout.check_alarms(cloud, plan, config)


@SERVICE.operation("DescribeEndpoint", resources=resources)
def describe_endpoint(cloud: Cloud, request: Request) -> Answer:
    return records.shown(known(cloud, request.params["EndpointName"]))


@SERVICE.operation("DeleteEndpoint", resources=resources)
def delete_endpoint(cloud: Cloud, request: Request) -> Answer:
    name = request.params["EndpointName"]
    data = known(cloud, name)
    if data["EndpointStatus"] in ("Creating", "Updating"):
        raise invalid(f'Cannot update in-progress endpoint "{data["EndpointArn"]}".')
    write(cloud, name, EndpointStatus="Deleting")
    records.remove(cloud, "Endpoint", name)
    records.drop_tags(cloud, data["EndpointArn"])
    cloud.state(Endpoints).remove(name)
    return {}


@SERVICE.operation("ListEndpoints")
def list_endpoints(cloud: Cloud, request: Request) -> Answer:
    found, more = records.listing(cloud, "Endpoint", request.params, "EndpointName", "EndpointStatus")
    keys = ["EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus"]
    return {"Endpoints": [pick(one, keys) for one in found], **more}

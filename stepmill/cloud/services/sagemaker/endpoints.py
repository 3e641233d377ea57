"""The operations on endpoints; `serving` keeps what they ask for."""

from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.sagemaker import records
from stepmill.cloud.services.sagemaker.models import known_config
from stepmill.cloud.services.sagemaker.service import SERVICE, check_request, invalid
from stepmill.cloud.services.sagemaker.serving import DETAIL_TYPE, Endpoints, write
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
    check_request(request)
    name, config = request.params["EndpointName"], request.params["EndpointConfigName"]
    known_config(cloud, config)
    (arn,) = resources(cloud, request.params)
    now = cloud.clock.time()
    data = {
        "EndpointName": name,
        "EndpointArn": arn,
        "EndpointConfigName": config,
        "EndpointStatus": "Creating",
    }
    data |= {"CreationTime": now, "LastModifiedTime": now}
    taken = invalid(f'Cannot create already existing endpoint "{arn}".')
    if records.add(cloud, "Endpoint", name, data, request.attempt, taken):
        records.add_tags(cloud, arn, request.params.get("Tags", []))
        write(cloud, name)
        cloud.state(Endpoints).deploy(name)
    return {"EndpointArn": arn}


@SERVICE.operation("UpdateEndpoint", resources=resources)
def update_endpoint(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    name, config = request.params["EndpointName"], request.params["EndpointConfigName"]
    with cloud.state(Endpoints).telling:
        data = known(cloud, name)
        if request.attempt is not None and data.get("_UpdateAttempt") == request.attempt:
            return {"EndpointArn": data["EndpointArn"]}
        if data["EndpointStatus"] not in ("InService", "Failed"):
            raise invalid(f'Cannot update in-progress endpoint "{data["EndpointArn"]}".')
        known_config(cloud, config)
        changes = {
            "EndpointStatus": "Updating",
            "_PendingConfigName": config,
            "_UpdateAttempt": request.attempt,
        }
        records.change(cloud, "Endpoint", name, changes | {"FailureReason": None}, owes_event=True)
        records.emit(cloud, "Endpoint", name, DETAIL_TYPE, "EndpointArn")
    cloud.state(Endpoints).deploy(name)
    return {"EndpointArn": data["EndpointArn"]}


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

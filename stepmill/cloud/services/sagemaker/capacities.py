"""UpdateEndpointWeightsAndCapacities: another share of the traffic, another number of servers."""

from collections.abc import Mapping
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.sagemaker import records
from stepmill.cloud.services.sagemaker.endpoints import known, resources
from stepmill.cloud.services.sagemaker.instances import check_instances, sizes_of
from stepmill.cloud.services.sagemaker.service import SERVICE, check_request, invalid
from stepmill.cloud.services.sagemaker.serving import Endpoints
from stepmill.cloud.services.sagemaker.telling import Telling, tell


@SERVICE.operation("UpdateEndpointWeightsAndCapacities", resources=resources)
def update_weights(cloud: Cloud, request: Request) -> Answer:
    """The endpoint is Updating until as many servers run as were asked for."""
    check_request(request)
    name = request.params["EndpointName"]
    with cloud.state(Telling).lock:
        data = known(cloud, name)
        arn = {"EndpointArn": data["EndpointArn"]}
        if request.attempt is not None and data.get("_UpdateAttempt") == request.attempt:
            return arn
        if data["EndpointStatus"] != "InService":
            raise invalid(f'Cannot update in-progress endpoint "{data["EndpointArn"]}".')
        wanted = read_wanted(data, request.params["DesiredWeightsAndCapacities"])
        check_instances(cloud, name, sizes_of(data, wanted))
        shown = [one | wanted.get(one["VariantName"], {}) for one in data["ProductionVariants"]]
        changes: dict[str, Any] = {"EndpointStatus": "Updating", "ProductionVariants": shown}
        changes |= {"_Capacities": wanted, "_UpdateAttempt": request.attempt, "FailureReason": None}
        records.change(cloud, "Endpoint", name, changes, owes_event=True)
        tell(cloud, name)
    cloud.state(Endpoints).deploy(name)
    return arn


def read_wanted(data: Mapping[str, Any], asked: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By variant. Raises: AwsError ValidationException."""
    known_names = [one["VariantName"] for one in data["ProductionVariants"]]
    wanted: dict[str, dict[str, Any]] = {}
    for one in asked:
        variant = one["VariantName"]
        if variant not in known_names or variant in wanted:
            raise invalid(
                f"Variant {variant} is not there, or is there twice; known: {', '.join(known_names)}"
            )
        if "ServerlessUpdateConfig" in one:
            raise invalid(f"Variant {variant}: ServerlessUpdateConfig is not supported by the embedded cloud")
        if one.get("DesiredInstanceCount", 1) < 1:
            raise invalid(f"Variant {variant}: DesiredInstanceCount is 0; at least 1 is allowed")
        if one.get("DesiredWeight", 0.0) < 0:
            raise invalid(
                f"Variant {variant}: DesiredWeight is {one['DesiredWeight']}; at least 0 is allowed"
            )
        wanted[variant] = {key: one[key] for key in ("DesiredWeight", "DesiredInstanceCount") if key in one}
    return wanted

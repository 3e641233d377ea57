"""Tags of state machines."""

from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.states.service import SERVICE
from stepmill.cloud.services.states.table import Machines, StateMachine

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


def _arn(_cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [params["resourceArn"]]


@SERVICE.operation("TagResource", resources=_arn)
def tag_resource(cloud: "Cloud", request: Request) -> Answer:
    with cloud.store.transaction():
        machine = _tagged(cloud, request)
        machine.tags |= {tag["key"]: tag["value"] for tag in request.params["tags"]}
        cloud.state(Machines).save(machine)
    return {}


@SERVICE.operation("UntagResource", resources=_arn)
def untag_resource(cloud: "Cloud", request: Request) -> Answer:
    with cloud.store.transaction():
        machine = _tagged(cloud, request)
        for key in request.params["tagKeys"]:
            machine.tags.pop(key, None)
        cloud.state(Machines).save(machine)
    return {}


@SERVICE.operation("ListTagsForResource", resources=_arn)
def list_tags_for_resource(cloud: "Cloud", request: Request) -> Answer:
    tags = _tagged(cloud, request).tags
    return {"tags": [{"key": key, "value": value} for key, value in sorted(tags.items())]}


def _tagged(cloud: "Cloud", request: Request) -> StateMachine:
    arn = request.params["resourceArn"]
    machine = cloud.state(Machines).find(arn)
    if machine is None:
        raise AwsError("ResourceNotFound", f"Resource not found: '{arn}'")
    return machine

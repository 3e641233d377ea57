"""After a restart: what a stack declared and only moto's memory held is made again.

Roles and tables come back under their names; what a table held is gone.
"""

import logging
from typing import TYPE_CHECKING

from stepmill.cloud import caller
from stepmill.cloud.deploy.kind import Aws
from stepmill.cloud.deploy.records import Records, Resource, Stack
from stepmill.cloud.deploy.resources import kind_of
from stepmill.cloud.service import AwsError

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

logger = logging.getLogger(__name__)
_THERE = frozenset(
    {"EntityAlreadyExists", "EntityAlreadyExistsException", "ResourceInUseException", "BucketAlreadyExists"}
    | {"BucketAlreadyOwnedByYou", "ResourceConflictException", "QueueNameExists"}
)


def resume_stacks(cloud: "Cloud") -> None:
    """Safe to call when nothing was lost. What cannot be made again is logged by name; the rest goes on."""
    records = cloud.state(Records)
    lost: dict[int, list[tuple[Stack, Resource]]] = {}
    for stack in records.stacks():
        if stack.status.endswith("_IN_PROGRESS"):
            word = stack.status.split("_")[0]
            stack.status = f"{word}_FAILED"
            stack.reason = "the cloud ended while this was under way; deploy again to finish it"
            records.save(stack)
        for resource in records.resources(stack.id):
            if resource.status.endswith("_COMPLETE") and _is_lost(cloud, resource):
                # Roles before what may name them; within a stack as it was made.
                rank = resource.level + (0 if "::IAM::" in resource.type else 100)
                lost.setdefault(rank, []).append((stack, resource))
    for rank in sorted(lost):
        for result in [cloud.pool.submit(_restore, cloud, *one) for one in lost[rank]]:
            result.result()


def _is_lost(cloud: "Cloud", resource: Resource) -> bool:
    service, operation = kind_of(resource.type).makes
    if resource.type.startswith(("AWS::CloudFormation::", "Custom::")):
        return False
    return caller.find_operation(cloud, service, operation) is None


def _restore(cloud: "Cloud", stack: Stack, resource: Resource) -> None:
    kind = kind_of(resource.type)
    aws = Aws(cloud, resource.type, resource.logical_id, f"{stack.id}#{resource.logical_id}#again")
    physical = resource.made.physical_id.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    name = str(resource.made.attributes.get("Name", physical))
    try:
        kind.create(aws, name, resource.properties)
    except AwsError as error:
        if error.code not in _THERE:
            logger.exception("stack %s: %s could not be made again", stack.name, resource.logical_id)

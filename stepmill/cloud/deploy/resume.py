"""After a restart: what a deployment that was under way left behind."""

from typing import TYPE_CHECKING

from stepmill.cloud.deploy.records import Records

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


def resume_stacks(cloud: "Cloud") -> None:
    """Stacks whose change a crash cut short can be deployed again, which finishes it.

    The resources themselves outlive a restart: each service keeps its own.
    """
    records = cloud.state(Records)
    for stack in records.stacks():
        if stack.status.endswith("_IN_PROGRESS"):
            stack.status = f"{stack.status.split('_')[0]}_FAILED"
            stack.reason = "the cloud ended while this was under way; deploy again to finish it"
            records.save(stack)

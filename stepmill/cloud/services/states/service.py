"""The service object, and the one engine of a cloud."""

import logging
from typing import TYPE_CHECKING

from stepmill.cloud.scheduler import run_logged
from stepmill.cloud.service import Service
from stepmill.cloud.services.states.events import emit_status
from stepmill.cloud.services.states.table import SCHEMA, Machines
from stepmill.cloud.tasks import Tasks
from stepmill.engine import Engine, Execution

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

logger = logging.getLogger(__name__)
SERVICE = Service("stepfunctions", SCHEMA)


class Runtime:
    """`cloud.state(Runtime)`."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self.engine = Engine(
            cloud.root / "engine.sqlite", Tasks(cloud), clock=cloud.clock, on_status=self._changed
        )

    def _changed(self, execution: Execution) -> None:
        """At least once for every change of status, after it is journalled."""
        emit_status(self._cloud, execution)
        machine_arn = execution.state_machine_arn
        if execution.status != "RUNNING" and self._cloud.state(Machines).is_deleting(machine_arn):
            # Not here: this is the engine's thread, which deleting waits for.
            self._cloud.pool.submit(run_logged, lambda: self.finish_deletion(machine_arn))

    def finish_deletion(self, machine_arn: str) -> None:
        """A machine that is being deleted goes with its last running execution."""
        machines = self._cloud.state(Machines)
        machine = machines.find(machine_arn)
        if machine is None or machine.status != "DELETING":
            return
        if not self.engine.executions(machine_arn, "RUNNING"):
            machines.remove(machine_arn)
            self.engine.delete_executions(machine_arn)


@SERVICE.on_start
def _start(cloud: "Cloud") -> None:
    runtime = cloud.state(Runtime)
    runtime.engine.start()
    for machine in cloud.state(Machines).all():
        runtime.finish_deletion(machine.arn)


@SERVICE.on_stop
def _stop(cloud: "Cloud") -> None:
    cloud.state(Runtime).engine.close()

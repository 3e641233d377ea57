"""Endpoints: their fleets come up, change and go; an update that fails leaves the old one serving."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.cloudwatch import transitions
from stepmill.cloud.services.sagemaker import records, rollout, shifting
from stepmill.cloud.services.sagemaker.fleets import Fleet, remove_folder
from stepmill.cloud.services.sagemaker.plans import Plan, counts, fleet_id, make_plan, retain, variants
from stepmill.cloud.services.sagemaker.servers import Server, ServerFailed
from stepmill.cloud.services.sagemaker.service import SERVICE
from stepmill.cloud.services.sagemaker.telling import tell

log = logging.getLogger(__name__)
MOST_RETIRED = 1000


class Endpoints:
    """The fleets of this process, by endpoint and plan."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._fleets: dict[str, dict[str, Fleet]] = {}
        self._changing: dict[str, threading.Lock] = {}
        self._lock = threading.Condition(threading.Lock())
        self._retired: deque[str] = deque(maxlen=MOST_RETIRED)
        self.is_closing = False

    def server(
        self, endpoint: str, variant: str, wait_s: float = 0.0, fleet: str | None = None
    ) -> Server | None:
        """The variant's next server, of that fleet or of any; after a restart it takes a moment to come back.

        None at once when the fleet is gone for good.
        """

        def find() -> Server | None:
            fleets = self._fleets.get(endpoint, {})
            asked = [fleets[fleet]] if fleet in fleets else [] if fleet else list(fleets.values())
            return next((found for one in asked if (found := one.pick(variant))), None)

        found: list[Server | None] = [None]

        def is_settled() -> bool:
            found[0] = find()
            return self.is_closing or fleet in self._retired or found[0] is not None

        with self._lock:
            self._lock.wait_for(is_settled, timeout=wait_s)
        return found[0]

    def deploy(self, name: str) -> None:
        """Make what runs be what the record asks for; on the pool."""
        self._cloud.pool.submit(self._in_turn, name, self._deploy)

    def progress(self, name: str) -> None:
        """Look whether an update that is under way may go on, or must go back; on the pool."""
        if not self.is_closing:
            work = partial(shifting.progress, self._cloud, self)
            self._cloud.pool.submit(self._in_turn, name, work)

    def restart(self, name: str, fleet: str, variant: str, broken: Server) -> Server | None:
        """A server that died is started again, once for all who noticed. None when that fails."""
        with self._changing_lock(name):
            current = self._fleets.get(name, {}).get(fleet)
            if current is None or self.is_closing:
                return None
            if not current.holds(variant, broken):
                return current.pick(variant)
            try:
                return current.replace(variant, broken)
            except (ServerFailed, AwsError):
                log.exception("endpoint %s: variant %s could not be started again", name, variant)
                return None

    def start(self, name: str, plan: Plan, wanted: dict[str, int]) -> None:
        """Bring the plan's fleet to so many servers. Raises: ServerFailed, AwsError."""
        with self._lock:
            fleet = self._fleets.get(name, {}).get(fleet_id(plan))
        fleet = fleet or Fleet(self._cloud, name, plan)
        fleet.resize(wanted)
        with self._lock:
            if not self.is_closing:
                self._fleets.setdefault(name, {})[fleet_id(plan)] = fleet
                self._lock.notify_all()
                return
        fleet.close()

    def retire(self, name: str, plan: Plan) -> None:
        """End the plan's fleet for good."""
        with self._lock:
            fleet = self._fleets.get(name, {}).pop(fleet_id(plan), None)
            self._retired.append(fleet_id(plan))
            self._lock.notify_all()
        if fleet is not None:
            fleet.close()

    def is_running(self, name: str, plan: Plan) -> bool:
        return fleet_id(plan) in self._fleets.get(name, {})

    def remove(self, name: str) -> None:
        with self._lock:
            fleets = self._fleets.pop(name, {})
            self._retired.extend(fleets)
            self._lock.notify_all()
        for fleet in fleets.values():
            fleet.close()
        remove_folder(self._cloud, name)

    def close(self) -> None:
        with self._lock:
            self.is_closing = True
            self._lock.notify_all()
            fleets = [fleet for one in self._fleets.values() for fleet in one.values()]
            self._fleets.clear()
        for fleet in fleets:
            fleet.close()

    def _changing_lock(self, name: str) -> threading.Lock:
        with self._lock:
            return self._changing.setdefault(name, threading.Lock())

    def _in_turn(self, name: str, work: Callable[[str], None]) -> None:
        try:
            with self._changing_lock(name):
                if not self.is_closing and records.find(self._cloud, "Endpoint", name) is not None:
                    work(name)
        except Exception:
            if not self.is_closing:
                log.exception("endpoint %s could not be changed", name)

    def _deploy(self, name: str) -> None:
        cloud, data = self._cloud, records.find(self._cloud, "Endpoint", name) or {}
        has_old = self._bring_back(name, data)
        try:
            if "_Rollout" in data:
                pending = data["_Rollout"]["plan"]
                self.start(name, pending, counts(data["PendingDeploymentSummary"]["ProductionVariants"]))
                if has_old:
                    shifting.progress(cloud, self, name)
                else:
                    shifting.finish(cloud, self, name, pending)
            elif "_PendingConfigName" in data or "_Plan" not in data:
                plan = make_plan(cloud, data.get("_PendingConfigName") or data["EndpointConfigName"])
                if "_Retained" in data:
                    retain(plan, data, set(data["_Retained"]))
                self.start(name, plan, counts(variants(plan)))
                if has_old:
                    shifting.begin(cloud, self, name, plan)
                else:
                    shifting.finish(cloud, self, name, plan)
            elif has_old and "_Capacities" in data:
                shifting.resize(cloud, self, name)
        except (ServerFailed, AwsError) as error:
            if not self.is_closing:
                shifting.go_back(cloud, self, name, str(error), is_serving=has_old)

    def _bring_back(self, name: str, data: dict[str, Any]) -> bool:
        """Start what served before a restart of the cloud. Whether it runs."""
        plan = data.get("_Plan")
        if plan is None:
            return False
        if self.is_running(name, plan):
            return True
        try:
            self.start(name, plan, counts(data["ProductionVariants"]))
        except (ServerFailed, AwsError) as error:
            is_moving = any(key in data for key in ("_Rollout", "_PendingConfigName"))
            if not is_moving and not self.is_closing:
                shifting.go_back(self._cloud, self, name, str(error), is_serving=False)
            return False
        return True


@SERVICE.on_start
def resume(cloud: Cloud) -> None:
    """Endpoints get their servers back, and changes that were under way go on where they stood."""
    for name in records.owing(cloud, "Endpoint"):
        tell(cloud, name)
    for name in records.names(cloud, "Endpoint"):
        data = records.find(cloud, "Endpoint", name) or {}
        if data["EndpointStatus"] != "Failed":
            cloud.state(Endpoints).deploy(name)
    cloud.listen(transitions.DETAIL_TYPE, lambda event: heed(cloud, event))


def heed(cloud: Cloud, event: dict[str, Any]) -> None:
    """An alarm has changed: endpoints whose update it guards look at it at once."""
    for name in records.names(cloud, "Endpoint"):
        data = records.find(cloud, "Endpoint", name) or {}
        config = data.get("_Rollout", {}).get("config", {})
        if event["detail"]["alarmName"] in rollout.alarm_names(config):
            cloud.state(Endpoints).progress(name)


@SERVICE.on_stop
def close_endpoints(cloud: Cloud) -> None:
    cloud.state(Endpoints).close()

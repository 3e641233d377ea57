"""Endpoints: variants served by child processes; an update that fails leaves the old ones serving."""

import logging
import shutil
import threading
import uuid
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.sagemaker import records
from stepmill.cloud.services.sagemaker.models import known_config, known_model
from stepmill.cloud.services.sagemaker.servers import Server, ServerFailed
from stepmill.cloud.services.sagemaker.service import SERVICE

log = logging.getLogger(__name__)
DETAIL_TYPE = "SageMaker Endpoint State Change"


def write(cloud: Cloud, name: str, **changes: Any) -> dict[str, Any]:
    """Change the record and tell of it, before anybody else changes it: no state goes untold."""
    with cloud.state(Endpoints).telling:
        data = records.change(cloud, "Endpoint", name, changes, owes_event=True)
        records.emit(cloud, "Endpoint", name, DETAIL_TYPE, "EndpointArn")
    return data


class Endpoints:
    """The servers of this process, by endpoint and variant."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._serving: dict[str, dict[str, Server]] = {}
        self._changing: dict[str, threading.Lock] = {}
        self._lock = threading.Condition(threading.Lock())
        self._is_closing = False
        self.telling = threading.Lock()

    def server(self, endpoint: str, variant: str, wait_s: float = 0.0) -> Server | None:
        """The variant's server; after a restart of the cloud it takes a moment to come back."""
        with self._lock:
            self._lock.wait_for(
                lambda: self._is_closing or variant in self._serving.get(endpoint, {}), timeout=wait_s
            )
            return self._serving.get(endpoint, {}).get(variant)

    def deploy(self, name: str) -> None:
        """Bring up what the record's pending configuration says; on the pool."""
        self._cloud.pool.submit(self._deploy_logged, name)

    def restart(self, name: str, variant: str, broken: Server) -> Server | None:
        """A server that died is started again, once for all who noticed. None when that fails."""
        with self._changing_lock(name):
            current = self.server(name, variant)
            if current is not broken:
                return current
            data = records.find(self._cloud, "Endpoint", name)
            if data is None or self._is_closing:
                return None
            broken.close()
            try:
                servers = self._start(name, data["_Plan"], only=variant)
            except (ServerFailed, AwsError):
                log.exception("endpoint %s: variant %s could not be started again", name, variant)
                return None
            with self._lock:
                self._serving[name] = self._serving.get(name, {}) | servers
            return servers[variant]

    def remove(self, name: str) -> None:
        with self._lock:
            servers = self._serving.pop(name, {})
        for server in servers.values():
            server.close()
        shutil.rmtree(self._folder(name), ignore_errors=True)

    def close(self) -> None:
        with self._lock:
            self._is_closing = True
            self._lock.notify_all()
            servers = [server for variants in self._serving.values() for server in variants.values()]
            self._serving.clear()
        for server in servers:
            server.close()

    def _changing_lock(self, name: str) -> threading.Lock:
        with self._lock:
            return self._changing.setdefault(name, threading.Lock())

    def _deploy_logged(self, name: str) -> None:
        try:
            with self._changing_lock(name):
                self._deploy(name)
        except Exception:
            if not self._is_closing:
                log.exception("endpoint %s could not be deployed", name)

    def _deploy(self, name: str) -> None:
        cloud = self._cloud
        data = records.find(cloud, "Endpoint", name)
        if data is None or self._is_closing:
            return
        wanted = data.get("_PendingConfigName")
        try:
            plan = (
                make_plan(cloud, wanted or data["EndpointConfigName"]) if needs_plan(data) else data["_Plan"]
            )
            servers = self._start(name, plan)
        except (ServerFailed, AwsError) as error:
            self._give_up(name, data, str(error))
            return
        if self._is_closing or records.find(cloud, "Endpoint", name) is None:
            for server in servers.values():
                server.close()
            return
        with self._lock:
            old, self._serving[name] = self._serving.get(name, {}), servers
            self._lock.notify_all()
        write(
            cloud,
            name,
            EndpointStatus="InService",
            EndpointConfigName=plan["config"]["EndpointConfigName"],
            ProductionVariants=variants(plan),
            DataCaptureConfig=capture_summary(plan),
            _Plan=plan,
            FailureReason=None,
            _PendingConfigName=None,
        )
        for server in old.values():
            server.close()

    def _give_up(self, name: str, data: dict[str, Any], reason: str) -> None:
        """A new endpoint has failed; one that was serving goes on with what it had."""
        if self._is_closing:
            return
        was_serving = "_Plan" in data
        if (
            was_serving and name not in self._serving
        ):  # after a restart: the old servers are gone with the process
            try:
                servers = self._start(name, data["_Plan"])
                with self._lock:
                    self._serving[name] = servers
                    self._lock.notify_all()
            except (ServerFailed, AwsError) as error:
                was_serving, reason = False, f"{reason} (and the previous configuration: {error})"
        status = "InService" if was_serving else "Failed"
        write(self._cloud, name, EndpointStatus=status, FailureReason=reason[:1024], _PendingConfigName=None)

    def _start(self, name: str, plan: dict[str, Any], only: str | None = None) -> dict[str, Server]:
        """Raises: ServerFailed, AwsError; then none of the servers runs."""
        cloud = self._cloud
        started: dict[str, Server] = {}
        try:
            for variant in plan["config"]["ProductionVariants"]:
                label = variant["VariantName"]
                if only is None or label == only:
                    model = plan["models"][variant["ModelName"]]
                    stream = f"{label}/i-{uuid.uuid4().hex[:17]}"
                    folder = self._folder(name) / f"{label}-{uuid.uuid4().hex[:8]}"
                    started[label] = Server(cloud, model, folder, self._logger(name, stream))
        except BaseException:
            for server in started.values():
                server.close()
            raise
        return started

    def _logger(self, name: str, stream: str) -> Any:
        return lambda lines: self._cloud.log(f"/aws/sagemaker/Endpoints/{name}", stream, lines)

    def _folder(self, name: str) -> Any:
        return self._cloud.root / "sagemaker" / "Endpoint" / name


def needs_plan(data: dict[str, Any]) -> bool:
    """Anew for a new configuration; a restart takes what served before, whatever was deleted since."""
    return "_PendingConfigName" in data or "_Plan" not in data


def make_plan(cloud: Cloud, config_name: str) -> dict[str, Any]:
    """The configuration and its models as they are now. Raises: AwsError."""
    config = known_config(cloud, config_name)
    models = {one["ModelName"]: known_model(cloud, one["ModelName"]) for one in config["ProductionVariants"]}
    return {"config": config, "models": models}


def variants(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """ProductionVariants of a serving endpoint."""
    shown = []
    for variant in plan["config"]["ProductionVariants"]:
        image = plan["models"][variant["ModelName"]]["PrimaryContainer"]["Image"]
        count, weight = variant.get("InitialInstanceCount", 1), variant.get("InitialVariantWeight", 1.0)
        shown.append(
            {
                "VariantName": variant["VariantName"],
                "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image}],
                "CurrentWeight": weight,
                "DesiredWeight": weight,
                "CurrentInstanceCount": count,
                "DesiredInstanceCount": count,
            }
        )
    return shown


def capture_summary(plan: dict[str, Any]) -> dict[str, Any] | None:
    config = plan["config"].get("DataCaptureConfig")
    if not config:
        return None
    return {
        "EnableCapture": config.get("EnableCapture", False),
        "CaptureStatus": "Started" if config.get("EnableCapture") else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


@SERVICE.on_start
def resume(cloud: Cloud) -> None:
    """Endpoints get their servers back, and changes that were under way are made again."""
    for name in records.owing(cloud, "Endpoint"):
        records.emit(cloud, "Endpoint", name, DETAIL_TYPE, "EndpointArn")
    for name in records.names(cloud, "Endpoint"):
        data = records.find(cloud, "Endpoint", name) or {}
        if data["EndpointStatus"] != "Failed":
            cloud.state(Endpoints).deploy(name)


@SERVICE.on_stop
def close_endpoints(cloud: Cloud) -> None:
    cloud.state(Endpoints).close()

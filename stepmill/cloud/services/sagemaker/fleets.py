"""Fleets: the model servers of one plan, as many for each variant as it has instances, asked in turn."""

import shutil
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.services.sagemaker.plans import Plan, model_of
from stepmill.cloud.services.sagemaker.servers import Server

Logger = Callable[[list[str]], None]


class Fleet:
    """Begins without a server; `resize` starts and ends them. One thread at a time changes a fleet."""

    def __init__(self, cloud: Cloud, endpoint: str, plan: Plan) -> None:
        self._cloud = cloud
        self._endpoint = endpoint
        self._plan = plan
        self._lock = threading.Lock()
        self._servers: dict[str, list[Server]] = {}
        self._turn: dict[str, int] = {}

    def pick(self, variant: str) -> Server | None:
        with self._lock:
            servers = self._servers.get(variant)
            if not servers:
                return None
            turn = self._turn[variant] = (self._turn.get(variant, -1) + 1) % len(servers)
            return servers[turn]

    def holds(self, variant: str, server: Server) -> bool:
        with self._lock:
            return server in self._servers.get(variant, [])

    def size(self, variant: str) -> int:
        with self._lock:
            return len(self._servers.get(variant, []))

    def resize(self, wanted: Mapping[str, int]) -> None:
        """Raises: ServerFailed, AwsError; then the fleet is as it was."""
        started: list[tuple[str, Server]] = []
        try:
            for variant, count in wanted.items():
                started += [(variant, self._start(variant)) for _ in range(count - self.size(variant))]
        except BaseException:
            for _, server in started:
                server.close()
            raise
        ended: list[Server] = []
        with self._lock:
            for variant, server in started:
                self._servers.setdefault(variant, []).append(server)
            for variant, count in wanted.items():
                ended += self._servers.get(variant, [])[count:]
                self._servers[variant] = self._servers.get(variant, [])[:count]
        for server in ended:
            server.close()

    def replace(self, variant: str, broken: Server) -> Server:
        """Another server in the place of one that died. Raises: ServerFailed, AwsError."""
        broken.close()
        fresh = self._start(variant)
        with self._lock:
            servers = self._servers.get(variant, [])
            self._servers[variant] = [fresh if one is broken else one for one in servers]
        return fresh

    def close(self) -> None:
        with self._lock:
            servers = [server for each in self._servers.values() for server in each]
            self._servers.clear()
        for server in servers:
            server.close()

    def _start(self, variant: str) -> Server:
        instance = f"i-{uuid.uuid4().hex[:17]}"
        folder = folder_of(self._cloud, self._endpoint) / f"{variant}-{instance[2:10]}"
        logger = self._logger(f"{variant}/{instance}")
        return Server(self._cloud, model_of(self._plan, variant), folder, logger)

    def _logger(self, stream: str) -> Logger:
        group = f"/aws/sagemaker/Endpoints/{self._endpoint}"
        return lambda lines: self._cloud.log(group, stream, lines)


def folder_of(cloud: Cloud, endpoint: str) -> Path:
    return cloud.root / "sagemaker" / "Endpoint" / endpoint


def remove_folder(cloud: Cloud, endpoint: str) -> None:
    shutil.rmtree(folder_of(cloud, endpoint), ignore_errors=True)

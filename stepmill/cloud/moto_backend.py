"""moto behind the door: a black box in a child process, spoken to over its public server API only.

It asks for no credentials, so it has a socket file of ours and no port. It keeps nothing over a restart; what
must survive is ours, or is replayed (see replay.py).
"""

import contextlib
import sys
import threading
import time
from pathlib import Path
from typing import Any

import botocore.session
import urllib3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from stepmill.cloud.child import kill_group, spawn
from stepmill.cloud.moto_socket import URL, SocketFile, SocketPool, sender
from stepmill.cloud.replay import Replay, keeps
from stepmill.cloud.service import AwsError

START_LIMIT_S = 60.0


class Moto:
    """Started at once, awaited by whoever needs it first."""

    def __init__(self, folder: Path, region: str, account: str, replay: Replay) -> None:
        self._replay = replay
        self._region = region
        self._ready = False
        self._lock = threading.Lock()
        self._start_lock = threading.Lock()
        self._clients: dict[str, BaseClient] = {}
        self._session = botocore.session.Session()
        self._socket_file = SocketFile(folder)
        self.pool = SocketPool(self._socket_file.path)
        self._log = (folder / "moto.log").open("wb")
        self._process = spawn(
            [sys.executable, "-m", "moto.server", "-H", f"unix://{self._socket_file.path}"],
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(folder),
                "PYTHONWARNINGS": "ignore",
                "AWS_DEFAULT_REGION": region,
                "AWS_ACCESS_KEY_ID": "moto",
                "AWS_SECRET_ACCESS_KEY": "moto",
                "MOTO_ACCOUNT_ID": account,
                "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
            },
            cwd=folder,
            stdout=self._log,
            stderr=self._log,
        )
        threading.Thread(target=self._warm_up, name="moto", daemon=True).start()

    def _warm_up(self) -> None:
        """moto loads a service with its first call, IAM's thousand managed policies among them."""
        # Whoever needs moto is told why it is not there.
        with contextlib.suppress(AwsError):
            self.await_ready()
            self._call("iam", "ListRoles", {})

    def await_ready(self) -> None:
        """Raises: AwsError ServiceUnavailable when moto has died or does not come up."""
        with self._start_lock:
            if not self._ready or self._process.poll() is not None:
                self._await_answer()
                self._replay.play(self._call)
                self._ready = True

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while not self._answers():
            if self._process.poll() is not None:
                raise AwsError(
                    "ServiceUnavailable", f"moto ended with code {self._process.poll()}; see moto.log", 503
                )
            if time.monotonic() > deadline:
                raise AwsError("ServiceUnavailable", f"moto did not answer within {START_LIMIT_S:.0f} s", 503)
            time.sleep(0.02)

    def call(self, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """An in-process call, answered in boto3's shape. Raises: AwsError as moto worded it."""
        self.await_ready()
        if not keeps(service, operation):
            return self._call(service, operation, params)
        with self._replay.writing(service, operation, params) as accepted:
            answer = self._call(service, operation, params)
            accepted()
            return answer

    def _call(self, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        client = self._client(service)
        try:
            answer: dict[str, Any] = client._make_api_call(operation, params)  # type: ignore[attr-defined]
        except ClientError as error:
            raise as_aws_error(error) from None
        except BotoCoreError as error:
            raise AwsError("ServiceUnavailable", f"moto does not answer: {error}", 503) from error
        answer.pop("ResponseMetadata", None)
        return answer

    def close(self) -> None:
        kill_group(self._process)
        with self._lock:
            for client in self._clients.values():
                client.close()
        self.pool.close()
        self._log.close()
        self._socket_file.close()

    def _client(self, service: str) -> BaseClient:
        with self._lock:
            if service not in self._clients:
                client = self._session.create_client(
                    service,
                    region_name=self._region,
                    endpoint_url=URL,
                    aws_access_key_id="moto",
                    aws_secret_access_key="moto",  # noqa: S106  # moto checks none
                    config=Config(
                        retries={"total_max_attempts": 1},
                        parameter_validation=False,
                        s3={"addressing_style": "path"},
                    ),
                )
                client.meta.events.register("before-send", sender(self.pool))  # type: ignore[arg-type]
                self._clients[service] = client
            return self._clients[service]

    def _answers(self) -> bool:
        try:
            return self.pool.request("GET", "/moto-api/", timeout=5).status < 500
        except urllib3.exceptions.HTTPError:
            return False


def as_aws_error(error: ClientError) -> AwsError:
    response: dict[str, Any] = dict(error.response)
    head = response.pop("Error", {})
    status = response.pop("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    extra = {
        key: value for key, value in response.items() if key.lower() not in ("message", "code", "status")
    }
    return AwsError(head.get("Code", "InternalFailure"), head.get("Message", ""), status, **extra)

"""Model servers: one boxed child process for each variant, reached through a Unix socket."""

import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

from stepmill.cloud.child import kill_group
from stepmill.cloud.cloud import Cloud
from stepmill.cloud.images.container import RUN, STANDIN_PATH, box_of
from stepmill.cloud.images.registry import UnknownImage, find_image
from stepmill.cloud.sandbox.archive import BadArchive, Caps, extract
from stepmill.cloud.sandbox.box import GIB, start
from stepmill.cloud.sandbox.pickles import find_pickle
from stepmill.cloud.sandbox.run import read_lines
from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.services.sagemaker.boxes import limits
from stepmill.cloud.services.sagemaker.service import split_s3_uri
from stepmill.cloud.services.sagemaker.transfer import TransferFailed, download

START_TIMEOUT_S = 120.0
VOLUME_GB = 10
SOCKET = "server.sock"


class ServerFailed(Exception):
    """The text is the endpoint's FailureReason."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    content_type: str


class Connection(http.client.HTTPConnection):
    """HTTP to a socket in a folder whose path may be longer than a socket's address can be."""

    def __init__(self, folder: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._folder = folder

    def connect(self) -> None:
        directory = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(self.timeout)
            self.sock.connect(f"/proc/self/fd/{directory}/{SOCKET}")
        finally:
            os.close(directory)


class Server:
    """A running model server. Raises in its constructor: ServerFailed."""

    def __init__(
        self, cloud: Cloud, model: Mapping[str, Any], folder: Path, on_lines: Callable[[list[str]], None]
    ) -> None:
        """`model` is the record of a model; `folder` is this server's own, emptied first."""
        self._folder = folder
        container = model["PrimaryContainer"]
        shutil.rmtree(folder, ignore_errors=True)
        for part in ("ml", "run", "root"):
            (folder / part).mkdir(parents=True)
        principal = Principal(model["ExecutionRoleArn"], "SageMaker")
        try:
            image = find_image(container["Image"], cloud.root)
            fetch_model(cloud, principal, container.get("ModelDataUrl"), folder / "ml" / "model")
            argv = list(image.serve or [])
            env = {
                "STEPMILL_SOCKET": f"{RUN}/{SOCKET}",
                "AWS_REGION": cloud.region,
                "SM_MODEL_DIR": "/opt/ml/model",
            }
            if image.speaks_http_on is not None:
                argv = [
                    "python3",
                    "-m",
                    "stepmill.cloud.images.standins.bridge",
                    str(image.speaks_http_on),
                    *argv,
                ]
                env["PYTHONPATH"] = STANDIN_PATH
            env |= container.get("Environment") or {}
            box = box_of(
                image, cloud.root, folder / "ml", argv, env, limits(VOLUME_GB), run_folder=folder / "run"
            )
        except (UnknownImage, PackageNotFoundError) as error:
            raise ServerFailed(f"The primary container could not be started: {error}") from None
        self._process = start(box, folder / "root", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._reader = threading.Thread(target=read_lines, args=(self._process.stdout, on_lines), daemon=True)
        self._reader.start()
        try:
            self._await_ping()
        except BaseException:
            self.close()
            raise

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def invoke(self, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Reply:
        """Raises: OSError, http.client.HTTPException when the server is gone or takes too long."""
        connection = Connection(self._folder / "run", timeout_s)
        try:
            connection.request("POST", "/invocations", body=body, headers=dict(headers))
            answer = connection.getresponse()
            return Reply(
                answer.status, answer.read(), answer.getheader("Content-Type") or "application/octet-stream"
            )
        finally:
            connection.close()

    def close(self) -> None:
        """Safe to call twice."""
        kill_group(self._process)
        self._reader.join(5)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _await_ping(self) -> None:
        deadline_s, nap_s = time.monotonic() + START_TIMEOUT_S, 0.01
        while time.monotonic() < deadline_s:
            if not self.is_alive:
                self._reader.join(2)
                raise ServerFailed(
                    "The primary container for production variant did not pass the ping health check. "
                    "Please check "
                    f"CloudWatch logs for this endpoint. (It ended with exit code "
                    f"{self._process.returncode}.)"
                )
            if self._answers_ping():
                return
            time.sleep(nap_s)
            nap_s = min(nap_s * 1.5, 0.2)
        raise ServerFailed(
            "The primary container for production variant did not pass the ping health check. Please check "
            "CloudWatch "
            f"logs for this endpoint. (No answer within {START_TIMEOUT_S:.0f} seconds.)"
        )

    def _answers_ping(self) -> bool:
        connection = Connection(self._folder / "run", 2.0)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def fetch_model(cloud: Cloud, principal: Principal, uri: str | None, folder: Path) -> None:
    """model.tar.gz, unpacked as if an enemy had made it. Raises: ServerFailed."""
    if not uri:
        folder.mkdir()
        return
    bucket, key = split_s3_uri(uri)
    archive = folder.with_name("model.tar.gz")
    try:
        download(cloud, principal, bucket, key, archive)
        extract(archive, folder, Caps(total_bytes=VOLUME_GB * GIB))
    except (AwsError, TransferFailed) as error:
        raise ServerFailed(f"Failed to download model data from {uri}: {error}") from None
    except BadArchive as error:
        raise ServerFailed(f"Failed to extract model data archive {uri}: {error}") from None
    if found := find_pickle(folder):
        raise ServerFailed(f"Model data {uri} is refused: {found}; pickles run code when they are loaded")
    archive.unlink()

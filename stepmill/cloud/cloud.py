"""The embedded AWS of one root folder: one account, one region, on the loopback address only."""

import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar

from stepmill.cloud import caller
from stepmill.cloud.door import Door
from stepmill.cloud.iam.authority import Authority
from stepmill.cloud.keyring import Keyring
from stepmill.cloud.moto_backend import Moto
from stepmill.cloud.replay import Replay
from stepmill.cloud.root import CannotStart, lock_root, owner_key
from stepmill.cloud.scheduler import Scheduler
from stepmill.cloud.service import ROOT, Answer, Principal
from stepmill.cloud.services import load_services
from stepmill.cloud.store import Store
from stepmill.engine.clock import Clock, SystemClock

logger = logging.getLogger(__name__)
T = TypeVar("T")

# Threads are made on demand; a call that waits for another call must always find one free.
MOST_THREADS = 512


class Cloud:
    """Made by `Cloud.start`; every service is given it and keeps its files in `root / "<service>"`."""

    def __init__(
        self,
        root: Path,
        lock: IO[str],
        listener: socket.socket,
        region: str,
        clock: Clock,
        server_time: Callable[[], float],
    ) -> None:
        self._lock_file = lock
        self._listener = listener
        self.is_closing = False
        self.root = root
        self.account = "123456789012"
        self.region = region
        self.port: int = listener.getsockname()[1]
        self.endpoint_url = f"http://127.0.0.1:{self.port}"
        self.clock = clock
        self.server_time = server_time
        self.store = Store(root / "cloud.sqlite")
        self.replay = Replay(self.store)
        self.moto = Moto(root / "moto", region, self.account, self.replay)
        self.pool = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="cloud")
        self.scheduler = Scheduler(clock, self.pool)
        self.keyring = Keyring(owner_key(root), clock)
        self.authority = Authority(self)
        self.services = load_services()
        self.on_emit: Callable[[dict[str, Any]], None] | None = None
        self._listeners: dict[str, list[Callable[[dict[str, Any]], None]]] = {}
        self._door = Door(self, listener)
        self._states: dict[type, Any] = {}
        self._states_lock = threading.RLock()

    @classmethod
    def start(
        cls,
        root: Path,
        *,
        port: int = 4510,
        region: str = "us-east-1",
        clock: Clock | None = None,
        server_time: Callable[[], float] = time.time,
    ) -> "Cloud":
        """Take up the folder's data again, or begin anew in it. Port 0 takes any free one.

        `clock` is the time of schedules, waits and records. `server_time` (seconds since 1970, UTC) is what
        signatures are held against: clients sign by the true time, also those of a cloud whose clock is not.

        Raises: CannotStart when the port is taken, another live cloud uses the folder, or the folder holds
            what no cloud keeps.
        """
        root = root.resolve()
        lock = lock_root(root)
        try:
            listener = listen_on(port)
        except BaseException:
            lock.close()
            raise
        cloud = cls(root, lock, listener, region, clock or SystemClock(), server_time)
        try:
            cloud._begin()
        except BaseException:
            cloud.close()
            raise
        return cloud

    def _begin(self) -> None:
        for service in self.services.values():
            self.store.apply_schema(service.schema)
        for service in self.services.values():
            for start in service.starters:
                start(self)
        self._door.open()

    def close(self) -> None:
        """End every child process and thread that the cloud started. Data stays."""
        self.is_closing = True
        self._door.close()
        self.scheduler.close()
        for service in reversed(self.services.values()):
            for stop in service.stoppers:
                stop(self)
        self.moto.close()
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.store.close()
        self._listener.close()
        self._lock_file.close()

    def call(
        self,
        service: str,
        operation: str,
        params: dict[str, Any] | None = None,
        *,
        principal: Principal = ROOT,
        attempt: str | None = None,
        body: BinaryIO | None = None,
    ) -> Answer:
        """An AWS call without HTTP: same checks, same handlers, answered in boto3's shape.

        Raises: AwsError as the service words it.
        """
        return caller.call(self, service, operation, params or {}, principal, attempt, body)

    def allow(
        self, principal: Principal, action: str, resource_arn: str, context: dict[str, str] | None = None
    ) -> None:
        """Raises: AwsError AccessDeniedException (403) unless the principal's policies allow the action."""
        self.authority.allow(principal, action, resource_arn, context or {})

    def assume(self, role_arn: str, service_principal: str, *, source_arn: str | None = None) -> Principal:
        """Let an AWS service take on a role, if the role's trust policy allows the service to.

        Raises: AwsError AccessDenied otherwise.
        """
        return self.authority.assume(role_arn, service_principal, source_arn)

    def credentials(self, principal: Principal) -> dict[str, str]:
        """Environment variables that make boto3 in a child process act as the principal."""
        if principal.role_arn is None:
            owner = self.keyring.owner
            return {
                "AWS_ACCESS_KEY_ID": owner.access_key_id,
                "AWS_SECRET_ACCESS_KEY": owner.secret_access_key,
            }
        held = self.keyring.lasting(principal)
        return {
            "AWS_ACCESS_KEY_ID": held.key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": held.key.secret_access_key,
            "AWS_SESSION_TOKEN": held.session_token,
        }

    def emit(
        self,
        source: str,
        detail_type: str,
        detail: dict[str, Any],
        resources: list[str] | None = None,
        event_id: str | None = None,
    ) -> None:
        """Publish a service's event: on the default bus first, then to the listeners of this process."""
        event = {
            "version": "0",
            "id": event_id or str(uuid.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": self.account,
            "time": datetime.fromtimestamp(int(self.clock.time()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self.region,
            "resources": resources or [],
            "detail": detail,
        }
        if self.on_emit is not None:
            self.on_emit(event)
        for fn in list(self._listeners.get(detail_type, [])):
            try:
                fn(event)
            except Exception:  # one listener's failure must not keep the event from the others
                logger.exception("listener %r of %r failed", fn, detail_type)

    def listen(self, detail_type: str, fn: Callable[[dict[str, Any]], None]) -> None:
        """Call `fn` with each emitted event of the type, in the thread that emits it."""
        self._listeners.setdefault(detail_type, []).append(fn)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def log(self, group: str, stream: str, lines: Iterable[str]) -> None:
        """Append to CloudWatch Logs, making group and stream where they are missing."""
        from stepmill.cloud.services.logs import append_lines

        append_lines(self, group, stream, lines)

    def state(self, kind: Callable[["Cloud"], T]) -> T:
        """The one instance of `kind` that belongs to this cloud, made on first use."""
        with self._states_lock:
            if kind not in self._states:
                self._states[kind] = kind(self)  # type: ignore[index]
            return self._states[kind]  # type: ignore[index,no-any-return]


def listen_on(port: int) -> socket.socket:
    """Bind the loopback address, and nothing else. Raises: CannotStart when the port is taken."""
    # asyncio turns Nagle's delay off only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise CannotStart(f"port {port} is taken ({error.strerror}); choose another with --port") from None
    return listener

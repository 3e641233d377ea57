"""The workers of one cloud: warm ones are reused, the number at once is bounded, idle ones are ended."""

import logging
import shutil
import threading
import time
import uuid
from datetime import UTC, datetime

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.sandbox.distributions import link_packages
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.lambda_.code import code_folder
from stepmill.cloud.services.lambda_.layers import layer_folders
from stepmill.cloud.services.lambda_.service import SERVICE, Function, function_arn, setting
from stepmill.cloud.services.lambda_.worker import Setup, Worker

log = logging.getLogger(__name__)

# AWS's default is 1,000 for an account; a laptop has memory for fewer processes.
MOST_AT_ONCE = 100
IDLE_S = 300.0


class Workers:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, str, str], list[Worker]] = {}
        self._busy: dict[str, list[Worker | None]] = {}
        self._is_closed = False
        self._homes = cloud.root / "lambda" / "homes"
        shutil.rmtree(self._homes, ignore_errors=True)  # of workers that were killed with the last cloud
        self._homes.mkdir(parents=True)
        self._reaper = threading.Thread(target=self._reap, name="lambda-reaper", daemon=True)
        self._wake = threading.Event()
        self._reaper.start()

    def take(self, function: Function) -> tuple[Worker, bool]:
        """A worker for one invocation, and whether it was made for it. Give it back with `give_back`.

        Raises: AwsError TooManyRequestsException (429) beyond the function's or the account's limit;
        TimedOut, Died.
        """
        label = (function.name, function.version, function.config["RevisionId"])
        with self._lock:
            self._admit(function.name)
            idle = self._idle.get(label)
            while idle:
                worker = idle.pop()
                if worker.process.poll() is None:
                    self._busy.setdefault(function.name, []).append(worker)
                    return worker, False
                worker.close()
            self._busy.setdefault(function.name, []).append(None)
        try:
            worker = Worker(self._setup(function), self._log_stream(function), label)
        except BaseException:
            self._leave(function.name, None)
            raise
        with self._lock:
            busy = self._busy[function.name]
            busy[busy.index(None)] = worker
        return worker, True

    def give_back(self, worker: Worker, *, is_reusable: bool) -> None:
        self._leave(worker.label[0], worker)
        with self._lock:
            if is_reusable and not self._is_closed:
                worker.idle_since_s = time.monotonic()
                self._idle.setdefault(worker.label, []).append(worker)
                return
        worker.close()

    def retire(self, name: str) -> None:
        """The function changed or is gone: end its idle workers; busy ones finish and are not taken again."""
        with self._lock:
            labels = [label for label in self._idle if label[0] == name]
            outdated = [worker for label in labels for worker in self._idle.pop(label)]
        for worker in outdated:
            worker.close()

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            workers = [worker for idle in self._idle.values() for worker in idle]
            workers += [worker for busy in self._busy.values() for worker in busy if worker is not None]
            self._idle.clear()
        self._wake.set()
        for worker in workers:
            worker.close()
        self._reaper.join()

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def _admit(self, name: str) -> None:
        reserved = setting(self._cloud, name, "concurrency")
        busy = len(self._busy.get(name, []))
        if reserved is not None and busy >= reserved:
            reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
        elif sum(len(workers) for workers in self._busy.values()) >= MOST_AT_ONCE:
            reason = "ConcurrentInvocationLimitExceeded"
        else:
            return
        raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429, Reason=reason, Type="User")

    def _leave(self, name: str, worker: Worker | None) -> None:
        with self._lock:
            self._busy[name].remove(worker)

    def _setup(self, function: Function) -> Setup:
        cloud, config = self._cloud, function.config
        code = code_folder(cloud, function.code_sha)
        runtime = link_packages(["boto3"], cloud.root / "lambda" / "runtime")
        principal = cloud.assume(
            config["Role"], "lambda.amazonaws.com", source_arn=function_arn(cloud, function.name)
        )
        env = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "AWS_REGION": cloud.region,
            "AWS_DEFAULT_REGION": cloud.region,
            "AWS_ENDPOINT_URL": cloud.endpoint_url,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config["MemorySize"]),
            "AWS_LAMBDA_LOG_GROUP_NAME": config["LoggingConfig"]["LogGroup"],
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "LAMBDA_TASK_ROOT": str(code),
            "LAMBDA_RUNTIME_DIR": str(runtime),
            "_HANDLER": config["Handler"],
            "TZ": ":UTC",
            "MALLOC_ARENA_MAX": "2",  # glibc reserves 64 MiB of address space per thread otherwise
        }
        env |= cloud.credentials(principal)
        env |= config.get("Environment", {}).get("Variables", {})
        layers = layer_folders(cloud, config)
        return Setup(config["Handler"], code, layers, runtime, env, config["MemorySize"], self._homes)

    def _log_stream(self, function: Function) -> str:
        day = datetime.fromtimestamp(self._cloud.clock.time(), UTC)
        return f"{day:%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"

    def _reap(self) -> None:
        while not self._wake.wait(IDLE_S / 10):
            oldest_s = time.monotonic() - IDLE_S
            with self._lock:
                old = [
                    worker
                    for idle in self._idle.values()
                    for worker in idle
                    if worker.idle_since_s < oldest_s
                ]
                for label, idle in self._idle.items():
                    self._idle[label] = [worker for worker in idle if worker not in old]
            for worker in old:
                worker.close()


@SERVICE.on_stop
def close_workers(cloud: Cloud) -> None:
    cloud.state(Workers).close()

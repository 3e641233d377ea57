"""The engine's TaskRunner: each attempt is one AWS call under the machine's role."""

import json
import logging
import threading
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from stepmill.cloud import models
from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.tasks import functions
from stepmill.cloud.tasks.failures import failure, unreachable
from stepmill.cloud.tasks.jobs import Jobs, Watch, backoff_s
from stepmill.cloud.tasks.kinds import KINDS
from stepmill.cloud.tasks.resources import Call, UnknownResource, read_resource
from stepmill.cloud.tasks.shapes import BadParameters, optimised_answer, sdk_answer, to_api
from stepmill.engine.task import TaskReport, TaskRequest

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

logger = logging.getLogger(__name__)
_LOST_REPLIES = 3  # how often a call without an answer is made again, under the same attempt


class Refused(Exception):
    """The attempt fails with this error name and cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


@dataclass
class _Run:
    """An attempt under way."""

    watch: Watch | None = None
    is_stopped: bool = False


class Tasks:
    """Blocking calls run on the cloud's pool; a waiting .sync task costs no thread."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._jobs = Jobs(cloud)
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}

    def start(self, task: TaskRequest, report: TaskReport) -> None:
        run = _Run()
        with self._lock:
            self._runs[task.token] = run
        self._cloud.pool.submit(self._attempt, task, report, run)

    def stop(self, task: TaskRequest) -> None:
        with self._lock:
            run = self._runs.pop(task.token, None)
            watch = run.watch if run else None
            if run is not None:
                run.is_stopped = True
        if watch is not None:
            self._jobs.drop(watch)
            self._cloud.pool.submit(self._stop_job, watch)

    def _attempt(self, task: TaskRequest, report: TaskReport, run: _Run) -> None:
        try:
            self._perform(task, report, run)
        except Refused as error:
            report.failed(error.error, error.cause)
        except Exception as error:  # the machine must hear of every end, ours by mistake too
            logger.exception("task %s of %s failed unexpectedly", task.state_name, task.execution_arn)
            report.failed("States.Runtime", f"{type(error).__name__}: {error}")
        finally:
            if run.watch is None:
                self._forget(task.token)

    def _forget(self, token: str) -> None:
        with self._lock:
            self._runs.pop(token, None)

    def _perform(self, task: TaskRequest, report: TaskReport, run: _Run) -> None:
        try:
            call = read_resource(task.resource)
        except UnknownResource as error:
            raise Refused("States.Runtime", str(error)) from error
        principal = self._principal(task)
        params = self._parameters(call, task)
        report.started()
        if call.is_sync:
            self._begin_job(call, task, params, principal, report, run)
        else:
            answer = self._call(call, params, principal, task.token)
            report.succeeded(self._output(call, answer))

    def _principal(self, task: TaskRequest) -> Principal:
        if task.role_arn is None:
            raise Refused("States.Permissions", f"{task.state_machine_arn} has no role to make calls with")
        try:
            return self._cloud.assume(
                task.role_arn, "states.amazonaws.com", source_arn=task.state_machine_arn
            )
        except AwsError as error:
            cause = f"states.amazonaws.com cannot assume {task.role_arn}: {error.message}"
            raise Refused("States.Permissions", cause) from error

    def _parameters(self, call: Call, task: TaskRequest) -> dict[str, Any]:
        if call.style == "function":
            return {"FunctionName": task.resource, "Payload": json.dumps(task.parameters).encode()}
        model = models.operation_model(call.service, call.operation)
        try:
            if not isinstance(task.parameters, dict):
                raise BadParameters("an object is needed")
            params: dict[str, Any] = {}
            if model.input_shape is not None:
                params = to_api(task.parameters, model.input_shape, is_sdk=call.style == "sdk")
            models.validate(model, params)
        except (BadParameters, AwsError) as error:
            reason = error.message if isinstance(error, AwsError) else str(error)
            given = json.dumps(task.parameters)[:1000]
            cause = f"The Parameters '{given}' could not be used to start the Task: [{reason}]"
            raise Refused("States.Runtime", cause) from error
        return params

    def _call(self, call: Call, params: dict[str, Any], principal: Principal, attempt: str) -> dict[str, Any]:
        for tries in range(1, _LOST_REPLIES + 1):
            try:
                return self._cloud.call(
                    call.service, call.operation, params, principal=principal, attempt=attempt
                )
            except AwsError as error:
                raise Refused(*failure(call, error)) from error
            except (OSError, BotoCoreError) as error:
                if tries == _LOST_REPLIES:
                    raise Refused(*unreachable(call, error)) from error
                logger.warning("%s:%s gave no answer, asking again: %s", call.service, call.operation, error)
                time.sleep(backoff_s(tries))
        raise AssertionError("unreachable")

    def _output(self, call: Call, answer: dict[str, Any]) -> Any:
        shape = models.operation_model(call.service, call.operation).output_shape
        if call.style == "sdk":
            return sdk_answer(answer, shape)
        if call.service == "lambda":
            return self._function_output(call, answer)
        output = optimised_answer(answer, shape) or {}
        if call.operation == "PutEvents" and output.get("FailedEntryCount"):
            raise Refused("EventBridge.FailedEntry", json.dumps(output))
        return {**output, **_metadata(200)}

    @staticmethod
    def _function_output(call: Call, answer: dict[str, Any]) -> Any:
        stream = answer.get("Payload", b"")
        payload = bytes(stream if isinstance(stream, bytes | bytearray) else stream.read())
        if answer.get("FunctionError"):
            raise Refused(*functions.function_error(payload))
        if call.style == "function":
            return functions.parsed(payload)
        status = answer.get("StatusCode", 200)
        output = {"ExecutedVersion": answer.get("ExecutedVersion", "$LATEST"), "StatusCode": status}
        if "LogResult" in answer:
            output["LogResult"] = answer["LogResult"]
        return {**output, "Payload": functions.parsed(payload), **_metadata(status)}

    def _begin_job(
        self,
        call: Call,
        task: TaskRequest,
        params: dict[str, Any],
        principal: Principal,
        report: TaskReport,
        run: _Run,
    ) -> None:
        kind = KINDS[call.operation]
        name = kind.job_name(params, None)
        watch = Watch(call, kind, params, name, principal, report, forget=lambda: self._forget(task.token))
        self._jobs.watch(watch)
        try:
            answer = self._call(call, params, principal, task.token)
        except Refused:
            self._jobs.drop(watch)
            raise
        shape = models.operation_model(call.service, call.operation).output_shape
        report.submitted({**optimised_answer(answer, shape), **_metadata(200)})
        with self._lock:
            run.watch = watch
            is_stopped = run.is_stopped
        if is_stopped:  # while the job was being begun: `stop` could not know its name
            self._jobs.drop(watch)
            watch.job_name = kind.job_name(params, answer)
            self._stop_job(watch)
            return
        self._jobs.begun(watch, answer)

    def _stop_job(self, watch: Watch) -> None:
        kind, name = watch.kind, watch.job_name or ""
        try:
            params = kind.halting(watch.params, name)
            self._cloud.call(kind.service, kind.halt, params, principal=watch.principal)
        except AwsError as error:
            logger.warning("job %s was not stopped: %s", watch.job_name, error)


def _metadata(status: int) -> dict[str, Any]:
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": request_id}
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": status,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
    }

"""Operations on executions."""

import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Later, Request
from stepmill.cloud.services.states.machines import existing
from stepmill.cloud.services.states.paging import page
from stepmill.cloud.services.states.service import SERVICE, Runtime
from stepmill.engine import Engine, EngineError, EngineStopped, Execution

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

ANSWER_S = 60.0
_DATA = ("input", "output", "parameters")


def _of_machine(_cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [params["stateMachineArn"]]


def _of_execution(_cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [params["executionArn"]]


@SERVICE.operation("StartExecution", resources=_of_machine, is_quick=True)
def start_execution(cloud: "Cloud", request: Request) -> Later:
    params = request.params
    machine = existing(cloud, params["stateMachineArn"])
    if machine.status == "DELETING":
        raise AwsError("StateMachineDeleting", f"State Machine is being deleted: '{machine.arn}'")
    # Without a name the attempt names the execution: a call made again begins nothing twice.
    name = params.get("name") or str(uuid.uuid5(uuid.NAMESPACE_URL, request.attempt or str(uuid.uuid4())))
    with _refusals():
        begun = _engine(cloud).begin_execution(
            execution_arn=cloud.arn("states", f"execution:{machine.name}:{name}"),
            state_machine_arn=machine.arn,
            name=name,
            definition=machine.definition,
            input=params.get("input", "{}"),
            role_arn=machine.role_arn,
        )
    return Later(begun, lambda: _begun(begun))


def _begun(begun: "Future[Execution]") -> Answer:
    with _refusals():
        execution = begun.result(timeout=ANSWER_S)
    return {"executionArn": execution.execution_arn, "startDate": _time(execution.start_s)}


@SERVICE.operation("StopExecution", resources=_of_execution)
def stop_execution(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    with _refusals():
        execution = _engine(cloud).stop_execution(
            params["executionArn"], params.get("error"), params.get("cause")
        )
    return {"stopDate": _time(execution.stop_s if execution.stop_s is not None else cloud.clock.time())}


@SERVICE.operation("DescribeExecution", resources=_of_execution, is_quick=True)
def describe_execution(cloud: "Cloud", request: Request) -> Answer:
    execution = execution_of(cloud, request)
    answer = {
        **_listed(execution),
        "input": execution.input,
        "inputDetails": {"included": True},
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
    }
    if execution.output is not None:
        answer.update(output=execution.output, outputDetails={"included": True})
    for field in ("error", "cause"):
        if getattr(execution, field) is not None:
            answer[field] = getattr(execution, field)
    return answer


@SERVICE.operation("ListExecutions", resources=_of_machine)
def list_executions(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    if "stateMachineArn" not in params:
        raise AwsError("ValidationException", "stateMachineArn is missing; executions are listed by machine")
    machine = existing(cloud, params["stateMachineArn"])
    found, token = page(_engine(cloud).executions(machine.arn, params.get("statusFilter")), params, 100)
    return {"executions": [_listed(execution) for execution in found], **token}


@SERVICE.operation("GetExecutionHistory", resources=_of_execution)
def get_execution_history(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    with _refusals():
        events = _engine(cloud).history(params["executionArn"])
    if params.get("reverseOrder"):
        events = events[::-1]
    found, token = page(events, params, 100)
    if params.get("includeExecutionData", True) is False:
        found = [_without_data(event) for event in found]
    return {"events": list(found), **token}


def execution_of(cloud: "Cloud", request: Request) -> Execution:
    """Raises: AwsError ExecutionDoesNotExist."""
    with _refusals():
        return _engine(cloud).execution(request.params["executionArn"])


def _engine(cloud: "Cloud") -> Engine:
    return cloud.state(Runtime).engine


@contextmanager
def _refusals() -> Iterator[None]:
    """The engine's refusals under AWS's names."""
    try:
        yield
    except EngineStopped as error:
        raise AwsError("ServiceUnavailable", str(error), 503) from error
    except EngineError as error:
        raise AwsError(type(error).__name__, str(error)) from error


def _listed(execution: Execution) -> dict[str, Any]:
    answer = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": _time(execution.start_s),
    }
    if execution.stop_s is not None:
        answer["stopDate"] = _time(execution.stop_s)
    return answer


def _without_data(event: dict[str, Any]) -> dict[str, Any]:
    return {
        key: {name: item for name, item in value.items() if name not in _DATA}
        if isinstance(value, dict)
        else value
        for key, value in event.items()
    }


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

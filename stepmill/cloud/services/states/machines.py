"""Operations on state machines."""

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Principal, Request
from stepmill.cloud.services.states import definition
from stepmill.cloud.services.states.paging import page
from stepmill.cloud.services.states.service import SERVICE, Runtime
from stepmill.cloud.services.states.table import Machines, StateMachine
from stepmill.engine import InvalidName, check_name

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


def _by_name(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [cloud.arn("states", f"stateMachine:{params['name']}")]


def _by_arn(_cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [params["stateMachineArn"]]


@SERVICE.operation("CreateStateMachine", resources=_by_name)
def create_state_machine(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    try:
        check_name(params["name"])
    except InvalidName as error:
        raise AwsError("InvalidName", str(error)) from error
    if params.get("type", "STANDARD") != "STANDARD":
        raise AwsError("ValidationException", f"type: {params['type']} does not run here; use STANDARD")
    if params.get("publish"):
        raise AwsError("ValidationException", "publish: versions are not kept here; leave it out")
    definition.check(params["definition"])
    _pass_role(cloud, request.principal, params["roleArn"], _by_name(cloud, params)[0])
    now_s = cloud.clock.time()
    machine = StateMachine(
        arn=_by_name(cloud, params)[0],
        name=params["name"],
        definition=params["definition"],
        role_arn=params["roleArn"],
        logging=params.get("loggingConfiguration", {}),
        tracing=params.get("tracingConfiguration", {}),
        status="ACTIVE",
        revision=str(uuid.uuid4()),
        created_s=now_s,
        updated_s=now_s,
        tags={tag["key"]: tag["value"] for tag in params.get("tags", [])},
    )
    with cloud.store.transaction():
        there = cloud.state(Machines).find(machine.arn)
        if there is None:
            cloud.state(Machines).save(machine)
            there = machine
        elif there.status == "DELETING":
            raise AwsError("StateMachineDeleting", f"State Machine is being deleted: '{there.arn}'")
        elif (there.definition, there.logging, there.tracing) != (
            machine.definition,
            machine.logging,
            machine.tracing,
        ):
            raise AwsError("StateMachineAlreadyExists", f"State Machine Already Exists: '{there.arn}'")
    return {"stateMachineArn": there.arn, "creationDate": _time(there.created_s)}


@SERVICE.operation("UpdateStateMachine", resources=_by_arn)
def update_state_machine(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    if not {"definition", "roleArn", "loggingConfiguration", "tracingConfiguration"} & params.keys():
        raise AwsError("MissingRequiredParameter", "give at least a definition, roleArn or a configuration")
    if "definition" in params:
        definition.check(params["definition"])
    if "roleArn" in params:
        _pass_role(cloud, request.principal, params["roleArn"], params["stateMachineArn"])
    with cloud.store.transaction():
        machine = existing(cloud, params["stateMachineArn"])
        if machine.status == "DELETING":
            raise AwsError("StateMachineDeleting", f"State Machine is being deleted: '{machine.arn}'")
        machine.definition = params.get("definition", machine.definition)
        machine.role_arn = params.get("roleArn", machine.role_arn)
        machine.logging = params.get("loggingConfiguration", machine.logging)
        machine.tracing = params.get("tracingConfiguration", machine.tracing)
        machine.updated_s, machine.revision = cloud.clock.time(), str(uuid.uuid4())
        cloud.state(Machines).save(machine)
    return {"updateDate": _time(machine.updated_s), "revisionId": machine.revision}


@SERVICE.operation("DeleteStateMachine", resources=_by_arn)
def delete_state_machine(cloud: "Cloud", request: Request) -> Answer:
    with cloud.store.transaction():
        machine = cloud.state(Machines).find(request.params["stateMachineArn"])
        if machine is None:
            return {}
        machine.status = "DELETING"
        cloud.state(Machines).save(machine)
    cloud.state(Runtime).finish_deletion(machine.arn)
    return {}


@SERVICE.operation("DescribeStateMachine", resources=_by_arn)
def describe_state_machine(cloud: "Cloud", request: Request) -> Answer:
    machine = existing(cloud, request.params["stateMachineArn"])
    return {**_described(machine), "status": machine.status, "creationDate": _time(machine.created_s)}


@SERVICE.operation("DescribeStateMachineForExecution")
def describe_state_machine_for_execution(cloud: "Cloud", request: Request) -> Answer:
    from stepmill.cloud.services.states.executions import execution_of

    execution = execution_of(cloud, request)
    machine = existing(cloud, execution.state_machine_arn)
    as_begun = {"definition": execution.definition, "roleArn": execution.role_arn or machine.role_arn}
    return {**_described(machine), **as_begun, "updateDate": _time(machine.updated_s)}


@SERVICE.operation("ListStateMachines")
def list_state_machines(cloud: "Cloud", request: Request) -> Answer:
    machines, token = page(cloud.state(Machines).all(), request.params, 100)
    items = [
        {
            "stateMachineArn": one.arn,
            "name": one.name,
            "type": "STANDARD",
            "creationDate": _time(one.created_s),
        }
        for one in machines
    ]
    return {"stateMachines": items, **token}


@SERVICE.operation("ValidateStateMachineDefinition")
def validate_state_machine_definition(_: "Cloud", request: Request) -> Answer:
    found = definition.problems(request.params["definition"])
    diagnostics = [
        {
            "severity": "ERROR",
            "code": "SCHEMA_VALIDATION_FAILED",
            "message": problem.partition(": ")[2],
            "location": problem.partition(": ")[0],
        }
        for problem in found
    ]
    return {"result": "FAIL" if found else "OK", "diagnostics": diagnostics, "truncated": False}


def existing(cloud: "Cloud", arn: str) -> StateMachine:
    """Raises: AwsError StateMachineDoesNotExist."""
    machine = cloud.state(Machines).find(arn)
    if machine is None:
        raise AwsError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    return machine


def _described(machine: StateMachine) -> Answer:
    return {
        "stateMachineArn": machine.arn,
        "name": machine.name,
        "definition": machine.definition,
        "roleArn": machine.role_arn,
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False, **machine.logging},
        "tracingConfiguration": {"enabled": False, **machine.tracing},
        "revisionId": machine.revision,
        "type": "STANDARD",
    }


def _pass_role(cloud: "Cloud", principal: Principal, role_arn: str, machine_arn: str) -> None:
    """The caller may hand the role on, and Step Functions may take it."""
    service = "states.amazonaws.com"
    cloud.allow(principal, "iam:PassRole", role_arn, {"iam:PassedToService": service})
    try:
        cloud.assume(role_arn, service, source_arn=machine_arn)
    except AwsError as error:
        message = f"Neither the global service principal {service}, nor the regional one is authorized to "
        raise AwsError(
            "AccessDeniedException", f"{message}assume the provided role. ({error.message})"
        ) from error


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

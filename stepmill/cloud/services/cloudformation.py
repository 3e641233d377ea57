"""CloudFormation: stacks, deployed by stepmill.cloud.deploy.

What it does not do: change sets, stack sets, drift, imports, stack policies, roles of its own: only the
account's owner deploys.
"""

import logging
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.deploy import TemplateError, records, sam
from stepmill.cloud.deploy import template as templates
from stepmill.cloud.deploy.deployer import Deployer, read_url
from stepmill.cloud.deploy.records import Records, Stack
from stepmill.cloud.deploy.resume import resume_stacks
from stepmill.cloud.scheduler import run_logged
from stepmill.cloud.service import Answer, AwsError, Request, Service
from stepmill.cloud.services.apigateway.execute import local_address

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

log = logging.getLogger(__name__)
SERVICE = Service("cloudformation", records.SCHEMA)
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_TYPE = "AWS::CloudFormation::Stack"
_NEEDED = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")


@SERVICE.on_start
def _resume(cloud: "Cloud") -> None:
    resume_stacks(cloud)


@SERVICE.operation("CreateStack")
def create_stack(cloud: "Cloud", request: Request) -> Answer:
    name, found = request.params["StackName"], cloud.state(Records)
    if not _NAME.fullmatch(name):
        raise _invalid(f"StackName {name!r} must be a letter, then letters, digits and '-', at most 128")
    template, values = _asked(cloud, request)
    _check(cloud, template, values, name)
    with cloud.store.transaction():
        if found.find(name):
            raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
        stack = found.new_stack(name, template, values, _tags(request), None)
    _begin(cloud, stack)
    return {"StackId": stack.id}


@SERVICE.operation("UpdateStack")
def update_stack(cloud: "Cloud", request: Request) -> Answer:
    found = cloud.state(Records)
    stack = _existing(cloud, request.params["StackName"])
    template, values = _asked(cloud, request, stack)
    _check(cloud, template, values, stack.name)
    with cloud.store.transaction():
        stack = _existing(cloud, stack.id)
        if stack.status.endswith("_IN_PROGRESS") or stack.status in ("ROLLBACK_COMPLETE", "DELETE_FAILED"):
            raise _invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        is_whole = stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        if is_whole and (stack.template, stack.parameters) == (template, values):
            raise _invalid("No updates are to be performed.")
        stack.template, stack.parameters, stack.status = template, values, "UPDATE_IN_PROGRESS"
        stack.tags = _tags(request) or stack.tags
        found.save(stack)
    _begin(cloud, stack)
    return {"StackId": stack.id}


@SERVICE.operation("DeleteStack")
def delete_stack(cloud: "Cloud", request: Request) -> Answer:
    _owner_only(request)
    stack = cloud.state(Records).find(request.params["StackName"])
    if stack is not None and stack.status != "DELETE_COMPLETE":
        if stack.status.endswith("_IN_PROGRESS"):
            raise _invalid(f"Stack:{stack.id} is in {stack.status} state and can not be deleted.")
        deployer, going = cloud.state(Deployer), stack
        stack.status = "DELETE_IN_PROGRESS"
        cloud.state(Records).save(stack)
        cloud.pool.submit(run_logged, lambda: deployer.delete(going))
    return {}


class _WarmUp:
    """`cloud.state(_WarmUp)`: begins once, in the background, what the first deployment would wait for."""

    def __init__(self, cloud: "Cloud") -> None:
        cloud.pool.submit(run_logged, sam.load)


@SERVICE.operation("DescribeStacks")
def describe_stacks(cloud: "Cloud", request: Request) -> Answer:
    cloud.state(_WarmUp)  # who deploys asks first what stands
    name = request.params.get("StackName")
    stacks = [_existing(cloud, name)] if name else cloud.state(Records).stacks()
    return {"Stacks": [_described(cloud, stack) for stack in stacks]}


@SERVICE.operation("ListStacks")
def list_stacks(cloud: "Cloud", request: Request) -> Answer:
    wanted = request.params.get("StackStatusFilter")
    summaries = [
        {
            "StackId": stack.id,
            "StackName": stack.name,
            "CreationTime": _time(stack.created_s),
            "StackStatus": stack.status,
        }
        for stack in cloud.state(Records).stacks()
        if not wanted or stack.status in wanted
    ]
    return {"StackSummaries": summaries}


@SERVICE.operation("DescribeStackResources")
def describe_stack_resources(cloud: "Cloud", request: Request) -> Answer:
    if "StackName" not in request.params:
        raise _invalid("DescribeStackResources: StackName is missing; give the stack's name")
    stack = _existing(cloud, request.params["StackName"])
    wanted = request.params.get("LogicalResourceId")
    rows = [row for row in _resources(cloud, stack) if wanted in (None, row["LogicalResourceId"])]
    return {"StackResources": [{**row, "StackId": stack.id, "StackName": stack.name} for row in rows]}


@SERVICE.operation("ListStackResources")
def list_stack_resources(cloud: "Cloud", request: Request) -> Answer:
    rows = _resources(cloud, _existing(cloud, request.params["StackName"]))
    for row in rows:
        row["LastUpdatedTimestamp"] = row.pop("Timestamp")
    return {"StackResourceSummaries": rows}


@SERVICE.operation("DescribeStackEvents")
def describe_stack_events(cloud: "Cloud", request: Request) -> Answer:
    stack = _existing(cloud, request.params["StackName"])
    events = []
    for row in cloud.state(Records).events(stack.id):
        event = {
            "StackId": stack.id,
            "StackName": stack.name,
            "EventId": f"{row['logical_id']}-{row['number']}",
            "LogicalResourceId": row["logical_id"],
            "PhysicalResourceId": row["physical_id"],
            "ResourceType": row["type"],
            "ResourceStatus": row["status"],
            "Timestamp": _time(row["at_s"]),
        }
        events.append({**event, **({"ResourceStatusReason": row["reason"]} if row["reason"] else {})})
    return {"StackEvents": events}


@SERVICE.operation("ListExports")
def list_exports(cloud: "Cloud", _request: Request) -> Answer:
    rows = cloud.state(Records).exports()
    return {
        "Exports": [
            {"ExportingStackId": row["stack"], "Name": row["name"], "Value": row["value"]} for row in rows
        ]
    }


@SERVICE.operation("GetTemplate")
def get_template(cloud: "Cloud", request: Request) -> Answer:
    if "StackName" not in request.params:
        raise _invalid("GetTemplate: StackName is missing; give the stack's name")
    stack = _existing(cloud, request.params["StackName"])
    return {"TemplateBody": stack.template, "StagesAvailable": ["Original"]}


def _asked(cloud: "Cloud", request: Request, before: Stack | None = None) -> tuple[str, dict[str, str]]:
    """The template's text and the parameters of a CreateStack or UpdateStack."""
    _owner_only(request)
    params = request.params
    if params.get("TemplateURL"):
        try:
            text = read_url(cloud, params["TemplateURL"])
        except TemplateError as error:
            raise _invalid(str(error)) from error
    elif params.get("TemplateBody"):
        text = params["TemplateBody"]
    elif before and params.get("UsePreviousTemplate"):
        text = before.template
    else:
        raise _invalid("Either Template URL or Template Body must be specified.")
    values = {}
    for one in params.get("Parameters", []):
        name = one["ParameterKey"]
        if one.get("UsePreviousValue") and before:
            if name in before.parameters:
                values[name] = before.parameters[name]
        else:
            values[name] = one.get("ParameterValue", "")
    given = set(params.get("Capabilities", []))
    if "AWS::IAM::" in text and not given.intersection(_NEEDED):
        raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{_NEEDED[0]}]")
    return text, values


def _check(cloud: "Cloud", template: str, values: dict[str, str], name: str) -> None:
    try:
        cloud.state(Deployer).check(template, values, name)
    except TemplateError as error:
        raise _invalid(str(error)) from error


def _begin(cloud: "Cloud", stack: Stack) -> None:
    cloud.pool.submit(run_logged, lambda: _deploy(cloud, stack))


def _deploy(cloud: "Cloud", stack: Stack) -> None:
    """A deployment that the end of the cloud cuts short is no failure: the next start goes on with it."""
    try:
        cloud.state(Deployer).deploy(stack)
    except Exception:
        if not cloud.is_closing:
            raise
        log.info("stack %s: the cloud stopped while it was deployed", stack.name)


def _owner_only(request: Request) -> None:
    if request.principal.role_arn is not None:
        message = f"{request.principal.role_arn} may not deploy here; only the account's owner deploys stacks"
        raise AwsError("AccessDenied", message, 403)


def _existing(cloud: "Cloud", name: str) -> Stack:
    stack = cloud.state(Records).find(name)
    if stack is None:
        raise _invalid(f"Stack with id {name} does not exist")
    return stack


def _described(cloud: "Cloud", stack: Stack) -> dict[str, Any]:
    answer = {
        "StackId": stack.id,
        "StackName": stack.name,
        "CreationTime": _time(stack.created_s),
        "StackStatus": stack.status,
        "DisableRollback": False,
        "Parameters": _parameters(stack),
        "Outputs": [
            {**one, "OutputValue": local_address(cloud, one["OutputValue"])} for one in stack.outputs
        ],
        "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
    }
    if stack.reason:
        answer["StackStatusReason"] = stack.reason
    if stack.updated_s:
        answer["LastUpdatedTime"] = _time(stack.updated_s)
    return answer


def _parameters(stack: Stack) -> list[dict[str, str]]:
    declared = templates.parse(stack.template).get("Parameters", {})
    shown = {}
    for name, rules in declared.items():
        value = str(stack.parameters.get(name, rules.get("Default", "")))
        shown[name] = "****" if str(rules.get("NoEcho", "")).lower() == "true" else value
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in shown.items()]


def _resources(cloud: "Cloud", stack: Stack) -> list[dict[str, Any]]:
    rows = []
    for resource in cloud.state(Records).resources(stack.id):
        row = {
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.made.physical_id,
            "ResourceType": resource.type,
            "ResourceStatus": resource.status,
            "Timestamp": _time(resource.changed_s),
        }
        rows.append({**row, **({"ResourceStatusReason": resource.reason} if resource.reason else {})})
    return rows


def _tags(request: Request) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in request.params.get("Tags", [])}


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)

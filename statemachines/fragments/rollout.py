"""Roll-out of an endpoint: create or update it, wait until the new config serves, else go back.

Needs $.config.endpoint_name, $.config.poll_interval_s and $.endpoint_config.name, and what `before` gives;
remembers the config that served before at $.previous.config_name (null when there was none).
"""

from typing import Any

from statemachines.fragments import retries
from statemachines.fragments.failures import is_in_cause, say
from statemachines.fragments.tasks import CALL_TIMEOUT_S, caught, in_any_partition, put_parameter, tell
from stepmill.asl import (
    Chain,
    Choice,
    ChoiceRule,
    Pass,
    State,
    Task,
    Wait,
    aws_sdk,
    chain,
    context,
    format_,
    json_to_string,
    math_add,
    path,
    sagemaker,
)

C = ChoiceRule
MAX_LOOKS = 300  # 13 events each, in up to four loops: an execution may have 25,000
ENDPOINT = path("$.config.endpoint_name")
STATUS = "$.endpoint.status"
MOVING = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
BROKEN = ("Failed", "OutOfService", "UpdateRollbackFailed")


def before() -> dict[str, Any]:
    """What the state must hold before the first look."""
    return {
        "endpoint": {"status": "not known", "config_name": "not known"},
        "previous": {"config_name": None},
        "looks": {purpose: {"made": 0} for purpose in ("Lock", "Find", "Watch", "RollBack")},
    }


def is_status(*statuses: str) -> Any:
    return C.Or([C.StringEquals(STATUS, status) for status in statuses])


def look(state_id: str, *, on_error: State, comment: str) -> Task:
    """Describe the endpoint: $.endpoint {status, config_name}. Its absence is an error, at $.look_failed."""
    task = sagemaker.describe_endpoint(
        state_id,
        endpoint_name=ENDPOINT,
        comment=comment,
        result_selector={"status": path("$.EndpointStatus"), "config_name": path("$.EndpointConfigName")},
        result_path="$.endpoint",
        catch=caught(on_error, "$.look_failed"),
        timeout_seconds=CALL_TIMEOUT_S,
    )
    return in_any_partition(task)


def change(
    build: Any, state_id: str, config_name: Any, *, on_error: State, error_path: str = "$.failure"
) -> Task:
    """CreateEndpoint or UpdateEndpoint."""
    task: Task = build(
        state_id,
        endpoint_name=ENDPOINT,
        endpoint_config_name=config_name,
        result_path=None,
        retry=retries.SAGEMAKER,
        catch=caught(on_error, error_path),
        timeout_seconds=CALL_TIMEOUT_S,
    )
    return in_any_partition(task)


def pause(purpose: str, *, give_up: State | Chain) -> tuple[Pass, Wait]:
    """(count, wait) before one more look, at most MAX_LOOKS times; the wait can be entered by itself."""
    looks = f"$.looks.{purpose}.made"
    count = Pass(
        f"Count{purpose}", parameters={"made": math_add(path(looks), 1)}, result_path=f"$.looks.{purpose}"
    )
    enough = Choice(f"Enough{purpose}", choices=[(C.NumericGreaterThanEquals(looks, MAX_LOOKS), give_up)])
    wait = Wait(f"Wait{purpose}", seconds_path="$.config.poll_interval_s")
    chain(count, enough, wait)
    return count, wait


def roll_out(*, done: State | Chain, roll_back: State, what_failed: State) -> State:
    """The first state. `done` follows when the new config serves."""
    too_slow = format_(
        "endpoint {}: is still {} after many looks; the previous config is put back", ENDPOINT, path(STATUS)
    )
    count, wait = pause("Watch", give_up=chain(say("SayTooSlow", "EndpointTooSlow", too_slow), roll_back))
    new_config = path("$.endpoint_config.name")
    create = change(sagemaker.create_endpoint, "CreateEndpoint", new_config, on_error=roll_back)
    update = change(sagemaker.update_endpoint, "UpdateEndpoint", new_config, on_error=roll_back)
    watch = look("WatchEndpoint", on_error=count, comment="A look that fails is made again")
    chain(create, wait)
    chain(update, wait, watch, _serves(count=count, done=done, roll_back=roll_back))
    return _find(create=create, update=update, what_failed=what_failed)


def _serves(*, count: State, done: State | Chain, roll_back: State) -> Choice:
    """Is it the new config that serves?"""
    broken = format_(
        "endpoint {}: is {} with config {} instead of InService with {}; the previous config serves on",
        *(ENDPOINT, path(STATUS), path("$.endpoint.config_name"), path("$.endpoint_config.name")),
    )
    serves = Choice("NewConfigServes")
    on_new = C.StringEqualsPath("$.endpoint.config_name", "$.endpoint_config.name")
    serves.add_choice(C.And([is_status("InService"), on_new]), done)
    not_in_service = chain(say("SayNotInService", "EndpointUpdateFailed", broken), roll_back)
    serves.add_choice(is_status("InService", *BROKEN), not_in_service)
    serves.default_choice(count)
    return serves


def _find(*, create: State, update: State, what_failed: State) -> State:
    """Is there an endpoint, and at rest? It may be absent, moving, or the rest of a creation that failed."""
    stuck = format_(
        "endpoint {}: is {}; nothing was changed, see to it and start the execution again",
        ENDPOINT,
        path(STATUS),
    )
    say_stuck = chain(say("SayStuck", "EndpointStuck", stuck), what_failed)
    count, wait = pause("Find", give_up=say_stuck)
    absent = Choice("EndpointAbsent")
    find = look(
        "FindEndpoint", on_error=absent, comment="The API has no name of its own for an absent endpoint"
    )
    wait.next(find)
    nothing_before = Pass("NothingBefore", result={"config_name": None}, result_path="$.previous")
    nothing_before.next(create)
    absent.add_choice(is_in_cause("Could not find endpoint", at="$.look_failed.Cause"), nothing_before)
    unknown = Pass("TakeLookFailed", input_path="$.look_failed", result_path="$.failure")
    unknown.next(what_failed)
    throttled = is_in_cause("ThrottlingException", "Rate exceeded", "Throttled", at="$.look_failed.Cause")
    absent.add_choice(throttled, count)
    absent.default_choice(unknown)

    at_rest = Choice("EndpointAtRest")
    remember = Pass(
        "RememberConfig", parameters={"config_name": path("$.endpoint.config_name")}, result_path="$.previous"
    )
    remember.next(update)
    delete = in_any_partition(
        aws_sdk(
            "DeleteEndpoint",
            "sagemaker",
            "deleteEndpoint",
            {"EndpointName": ENDPOINT},
            comment="It never served: its creation failed",
            result_path=None,
            retry=retries.SAGEMAKER_THROTTLED,
            catch=caught(what_failed),
            timeout_seconds=CALL_TIMEOUT_S,
        )
    )
    delete.next(count)
    at_rest.add_choice(is_status("InService"), remember)
    at_rest.add_choice(is_status("Failed"), delete)
    at_rest.add_choice(is_status(*MOVING), count)
    at_rest.default_choice(say_stuck)
    find.next(at_rest)
    return find


def roll_back_to_previous(*, then: State) -> State:
    """The first state of the way back, entered with the reason at $.failure; ends in a message and `then`."""
    told = tell(
        "TellRolledBack",
        subject="Endpoint was not updated: the previous model serves on",
        message=format_(
            "Why: {}. Endpoint {} is {} with config {} (before: {}; new: {}). Execution: {}",
            *(json_to_string(path("$.failure")), ENDPOINT, path(STATUS), path("$.endpoint.config_name")),
            *(
                json_to_string(path("$.previous.config_name")),
                path("$.endpoint_config.name"),
                context("$$.Execution.Id"),
            ),
        ),
        on_error=then,
        comment="The execution's own failure is told as well",
    )
    told.next(then)
    count, wait = pause("RollBack", give_up=told)
    back = change(
        sagemaker.update_endpoint,
        "PutPreviousConfigBack",
        path("$.previous.config_name"),
        on_error=count,
        error_path="$.not_back",
    )
    back.next(count)
    restore = put_parameter(
        "RestoreConfigName",
        name=format_("{}/endpoint-config-name", path("$.config.parameter_prefix")),
        value=path("$.previous.config_name"),
        on_error=told,
        error_path="$.not_restored",
        comment="Whether it had been changed already or not",
    )
    restore.next(told)
    where = Choice("WhatServes")
    has_previous = C.IsString("$.previous.config_name", True)
    on_previous = C.And(
        [has_previous, C.StringEqualsPath("$.endpoint.config_name", "$.previous.config_name")]
    )
    where.add_choice(C.And([is_status("InService"), on_previous]), restore)
    where.add_choice(C.And([is_status("InService", *BROKEN), has_previous]), back)
    where.add_choice(is_status(*MOVING), count)
    where.default_choice(told)
    first_look = look(
        "LookBeforeRollBack", on_error=count, comment="What serves now decides what there is to do"
    )
    first_look.next(where)
    wait.next(first_look)
    return first_look

"""Roll-out of an endpoint: create or update it, wait until the new config serves, else take the way back.

Needs $.config with endpoint_name, poll_interval_s and what `guardrails` reads, $.endpoint_config.name and
what `before` gives. Remembers the config that served before (null when there was none) at
$.previous.config_name.
"""

from typing import Any

from statemachines.fragments import guardrails, retries, throttled
from statemachines.fragments.failures import is_in_cause, say
from statemachines.fragments.tasks import CALL_TIMEOUT_S
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
    format_,
    json_to_string,
    math_add,
    path,
    sagemaker,
)

C = ChoiceRule
MAX_LOOKS = 150  # 13 events each, in three loops beside that of the lock: an execution may have 25,000
ENDPOINT = path("$.config.endpoint_name")
STATUS = "$.endpoint.status"
MOVING = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
BROKEN = ("Failed", "OutOfService", "UpdateRollbackFailed")


def before() -> dict[str, Any]:
    """What the state must hold before the first look."""
    return {
        "endpoint": {"status": "not known", "config_name": "not known", "instances": [], "reasons": []},
        "previous": {"config_name": None},
        "looks": {purpose: {"made": 0} for purpose in ("Lock", "Find", "Watch", "RollBack")},
    }


def is_status(*statuses: str) -> Any:
    return C.Or([C.StringEquals(STATUS, status) for status in statuses])


def look(state_id: str, *, on_error: State, again: State, comment: str) -> Task:
    """Describe the endpoint: $.endpoint {status, config_name, instances of each variant, reasons it failed}.

    Its absence is an error, at $.look_failed.

    No Retry: what was lost is looked at `again` in the loop.
    """
    task = sagemaker.describe_endpoint(
        state_id,
        endpoint_name=ENDPOINT,
        comment=comment,
        result_selector={
            "status": path("$.EndpointStatus"),
            "config_name": path("$.EndpointConfigName"),
            "instances": path("$..DesiredInstanceCount"),
            "reasons": path("$..FailureReason"),
        },
        result_path="$.endpoint",
        timeout_seconds=CALL_TIMEOUT_S,
    )
    return throttled.again(task, on_error=on_error, error_path="$.look_failed", when_lost=again)


def change(
    build: Any, state_id: str, config_name: Any, *, more: dict[str, Any] | None = None, **ways_out: Any
) -> Task:
    """CreateEndpoint or UpdateEndpoint. more: further parameters; `ways_out` are those of throttled.again."""
    task: Task = build(
        state_id,
        endpoint_name=ENDPOINT,
        endpoint_config_name=config_name,
        result_path=None,
        retry=retries.SAGEMAKER,
        timeout_seconds=CALL_TIMEOUT_S,
        **(more or {}),
    )
    return throttled.again(task, **ways_out)


def looks_made(purpose: str) -> str:
    return f"$.looks.{purpose}.made"


def remove(state_id: str, *, on_error: State, error_path: str = "$.failure", comment: str) -> Task:
    """DeleteEndpoint."""
    task = aws_sdk(
        state_id,
        "sagemaker",
        "deleteEndpoint",
        {"EndpointName": ENDPOINT},
        comment=comment,
        result_path=None,
        retry=retries.SAGEMAKER_LOST,
        timeout_seconds=CALL_TIMEOUT_S,
    )
    return throttled.again(task, on_error=on_error, error_path=error_path)


def pause(purpose: str, *, give_up: State | Chain, is_enough: Any = None) -> tuple[Pass, Wait]:
    """(count, wait) before one more look, unless it was the last; the wait can be entered by itself."""
    looks = looks_made(purpose)
    count = Pass(
        f"Count{purpose}", parameters={"made": math_add(path(looks), 1)}, result_path=f"$.looks.{purpose}"
    )
    is_last = is_enough or C.NumericGreaterThanEquals(looks, MAX_LOOKS)
    enough = Choice(f"Enough{purpose}", choices=[(is_last, give_up)])
    wait = Wait(f"Wait{purpose}", seconds_path="$.config.poll_interval_s")
    chain(count, enough, wait)
    return count, wait


def take_look_failed(state_id: str, *, then: State, result_path: str = "$.failure") -> Pass:
    """The error of a look becomes the reason."""
    taken = Pass(state_id, input_path="$.look_failed", result_path=result_path)
    taken.next(then)
    return taken


def roll_out(*, done: State | Chain, roll_back: State, what_failed: State) -> State:
    """The first state. `done` follows when the new config serves."""
    too_slow = format_(
        "endpoint {}: is still {} after many looks; the previous config is put back", ENDPOINT, path(STATUS)
    )
    count, wait = pause("Watch", give_up=chain(say("SayTooSlow", "EndpointTooSlow", too_slow), roll_back))
    new_config = path("$.endpoint_config.name")
    create = change(sagemaker.create_endpoint, "CreateEndpoint", new_config, on_error=roll_back)
    # The fleet keeps its size: a busy endpoint is not thrown back to its smallest.
    shifting = {"deployment_config": path("$.deployment.config"), "retain_all_variant_properties": True}
    update = change(
        sagemaker.update_endpoint, "UpdateEndpoint", new_config, more=shifting, on_error=roll_back
    )
    failed = take_look_failed("TakeWatchFailed", then=roll_back)
    watch = look("WatchEndpoint", on_error=failed, again=count, comment="Until the new config serves")
    chain(create, wait)
    chain(update, wait, watch, _serves(count=count, done=done, roll_back=roll_back))
    return _find(create=create, update=update, what_failed=what_failed)


def _serves(*, count: State, done: State | Chain, roll_back: State) -> Choice:
    """Is it the new config that serves?"""
    broken = format_(
        "endpoint {}: is {} with config {} instead of InService with {}, for the reasons {}; what was before "
        "is put back",
        *(ENDPOINT, path(STATUS), path("$.endpoint.config_name"), path("$.endpoint_config.name")),
        json_to_string(path("$.endpoint.reasons")),
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
        "FindEndpoint",
        on_error=absent,
        again=count,
        comment="The API has no name of its own for an absent endpoint",
    )
    wait.next(find)
    nothing_before = Pass("NothingBefore", result={"config_name": None}, result_path="$.previous")
    nothing_before.next(create)
    absent.add_choice(is_in_cause("Could not find endpoint", at="$.look_failed.Cause"), nothing_before)
    absent.default_choice(take_look_failed("TakeFindFailed", then=what_failed))

    at_rest = Choice("EndpointAtRest")
    remember = Pass(
        "RememberConfig", parameters={"config_name": path("$.endpoint.config_name")}, result_path="$.previous"
    )
    remember.next(guardrails.plan(update))
    delete = remove("DeleteEndpoint", on_error=what_failed, comment="It never served: its creation failed")
    delete.next(count)
    at_rest.add_choice(is_status("InService"), remember)
    at_rest.add_choice(is_status("Failed"), delete)
    at_rest.add_choice(is_status(*MOVING), count)
    at_rest.default_choice(say_stuck)
    find.next(at_rest)
    return find

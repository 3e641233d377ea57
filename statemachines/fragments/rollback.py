"""The way back of a roll-out: the config that served before is put back, and people are told how it went."""

from typing import Any

from statemachines.fragments import rollout, scaling, throttled
from statemachines.fragments.failures import is_in_cause, say
from statemachines.fragments.names import parameter
from statemachines.fragments.rollout import BROKEN, ENDPOINT, MOVING, STATUS, is_status
from statemachines.fragments.tasks import put_parameter, tell
from stepmill.asl import (
    Choice,
    ChoiceRule,
    Pass,
    State,
    Task,
    chain,
    context,
    format_,
    json_to_string,
    path,
    sagemaker,
)

C = ChoiceRule
NOT_BACK = "$.not_back"
SERVES, NEW, PREVIOUS = "$.endpoint.config_name", "$.endpoint_config.name", "$.previous.config_name"


def to_previous(*, then: State) -> State:
    """The first state of the way back, entered with the reason at $.failure; ends in a message and `then`."""
    put_back = "Endpoint was not updated: the previous model serves on"
    told, needs_hands = _told("TellRolledBack", put_back, then), _needs_hands(then)
    count, wait = rollout.pause("RollBack", give_up=chain(_say("SayNotBack", "EndpointTooSlow"), needs_hands))
    restore = _restore("ConfigName", "endpoint-config-name", path(PREVIOUS), needs_hands)
    package = _restore("PackageArn", "model-package-arn", path("$.champion.package.arn"), needs_hands)
    chain(restore, package, told)
    look = rollout.look(
        "LookBeforeRollBack",
        on_error=rollout.take_look_failed("TakeLookFailed", then=needs_hands, result_path=NOT_BACK),
        again=count,
        comment="What serves now decides what there is to do",
    )
    back = _put_back(count, needs_hands)
    take_off = rollout.remove(
        "TakeFirstEndpointOff", on_error=needs_hands, error_path=NOT_BACK, comment="Nothing served before"
    )
    take_off.next(_told("TellTakenOff", "Endpoint was taken off again: nothing served before", then))
    look.next(
        _what_serves(
            restore=restore, back=back, take_off=scaling.stop(take_off), count=count, needs_hands=needs_hands
        )
    )
    wait.next(look)
    # The way here may have used up the throttled calls; none of those that follow is named by their number.
    afresh = Pass("GoBack", parameters=throttled.before()["throttled"], result_path="$.throttled")
    afresh.next(look)
    return afresh


def _restore(title: str, name: str, value: Any, needs_hands: State) -> Task:
    return put_parameter(
        f"Restore{title}",
        name=parameter(name),
        value=value,
        on_error=needs_hands,
        error_path=NOT_BACK,
        comment="Whether it had been changed already or not",
    )


def _what_serves(*, restore: State, back: State, take_off: State, count: State, needs_hands: State) -> Choice:
    """Only the config of this execution is replaced: any other was put there by somebody else.

    When there was none before, the endpoint that this execution has made is taken off, in service or not.
    """
    where = Choice("WhatServes")
    is_made_here = [C.IsNull(PREVIOUS, True), C.StringEquals(SERVES, path(NEW))]
    is_first = C.And([is_status("InService", "Failed"), *is_made_here])
    has_previous = C.IsString(PREVIOUS, True)
    on_previous = C.And([has_previous, C.StringEquals(SERVES, path(PREVIOUS))])
    on_new = C.And([has_previous, C.StringEquals(SERVES, path(NEW))])
    where.add_choice(C.And([is_status("InService"), on_previous]), restore)
    where.add_choice(C.And([is_status("InService"), on_new]), back)
    where.add_choice(C.And([is_status(*BROKEN), has_previous]), back)
    where.add_choice(is_first, take_off)
    where.add_choice(is_status(*MOVING), count)
    where.add_choice(has_previous, chain(_say("SayOtherServes", "EndpointChanged"), needs_hands))
    where.default_choice(chain(_say("SayNothingBefore", "NothingBefore"), needs_hands))
    return where


def _say(state_id: str, error: str) -> State:
    words = {
        "EndpointTooSlow": "the previous config did not come into service within many looks",
        "EndpointChanged": "another config than those of this execution serves, and is left alone",
        "NothingBefore": "no config served before that could be put back",
    }
    return say(state_id, error, format_(f"endpoint {{}}: {words[error]}", ENDPOINT), at=NOT_BACK)


def _put_back(count: State, needs_hands: State) -> Task:
    moves_again = Choice("MovesAgain")
    moves_again.add_choice(is_in_cause("in-progress", at=f"{NOT_BACK}.Cause"), count)
    moves_again.default_choice(needs_hands)
    back = rollout.change(
        sagemaker.update_endpoint,
        "PutPreviousConfigBack",
        path(PREVIOUS),
        on_error=moves_again,
        error_path=NOT_BACK,
        when_lost=count,
    )
    back.next(count)
    return back


def _told(state_id: str, subject: str, then: State) -> Task:
    told = tell(
        state_id,
        subject=subject,
        message=_message(),
        on_error=then,
        comment="The execution's own failure is told as well",
    )
    told.next(then)
    return told


def _needs_hands(then: State) -> Task:
    told = tell(
        "TellNotRolledBack",
        subject="Endpoint was not updated, and not put back either: see to it",
        message=_message(
            "Why it was not put back: {} - {}. ", path(f"{NOT_BACK}.Error"), path(f"{NOT_BACK}.Cause")
        ),
        on_error=then,
        comment="Nobody else will see to this endpoint",
    )
    told.next(then)
    return told


def _message(more: str = "", *values: Any) -> Any:
    return format_(
        f"Why: {{}} - {{}}. {more}Endpoint {{}} is {{}} with config {{}} (before: {{}}; new: {{}}). "
        "Execution: {}",
        *(path("$.failure.Error"), path("$.failure.Cause"), *values, ENDPOINT, path(STATUS), path(SERVES)),
        *(json_to_string(path(PREVIOUS)), path(NEW), context("$$.Execution.Id")),
    )

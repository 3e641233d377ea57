"""The lock of an endpoint: one execution at a time compares with its champion and replaces it.

An execution that does not get it waits, and ends as skipped when it has waited long enough. The lock is held
for as long as its holder's execution runs; the fencing token tells whether it is still the same hold.
Keeps the hold at $.lock {acquired, holder, fencing_token}.
"""

from typing import Any

from statemachines.fragments import rollout
from statemachines.fragments.failures import say
from statemachines.fragments.tasks import function, tell
from stepmill.asl import (
    Chain,
    Choice,
    ChoiceRule,
    Pass,
    State,
    Succeed,
    Task,
    chain,
    context,
    format_,
    path,
)

C = ChoiceRule
HOLD = {name: path(f"$.Payload.{name}") for name in ("acquired", "holder", "fencing_token")}


def alone(lock: dict[str, Any], *, what_failed: State, skipped: State | Chain) -> Chain:
    """Wait for the lock, else go to `skipped`. It is read only now: nobody else changes the champion."""
    acquire = _ask("AcquireLock", lock, "$.lock", what_failed)
    count, wait = rollout.pause(
        "Lock",
        is_enough=C.NumericGreaterThan(rollout.looks_made("Lock"), path("$.config.lock_looks")),
        give_up=skipped,
    )
    wait.next(acquire)
    has_lock = Choice("HasLock", choices=[(C.BooleanEquals("$.lock.acquired", False), count)])
    return chain(acquire, has_lock)


def confirm(lock: dict[str, Any], *, what_failed: State, in_words: State) -> Chain:
    """The last look before anything is changed: is it still the same hold?"""
    ask = _ask("ConfirmLock", lock, "$.confirmed", what_failed)
    words = format_(
        "lock {}: is with {} under fencing token {}, but was taken under {}; nothing was changed, and the "
        "champion may be another by now: start a new execution",
        *(lock["name"], path("$.confirmed.holder")),
        *(path("$.confirmed.fencing_token"), path("$.lock.fencing_token")),
    )
    is_same = C.And(
        [
            C.BooleanEquals("$.confirmed.acquired", True),
            C.NumericEquals("$.confirmed.fencing_token", path("$.lock.fencing_token")),
        ]
    )
    lost = chain(say("SayLockLost", "LockLost", words), in_words)
    return chain(ask, Choice("SameHold", choices=[(C.Not(is_same), lost)]))


def release(state_id: str, lock: dict[str, Any], *, then: State) -> Task:
    """A lock that cannot be released is free once this execution has ended."""
    task = function(
        state_id,
        function_arn="${ReleaseLockArn}",
        payload=lock,
        on_error=then,
        error_path="$.not_released",
        result_path=None,
        comment="The next execution may go on",
    )
    task.next(then)
    return task


def _ask(state_id: str, lock: dict[str, Any], result_path: str, what_failed: State) -> Task:
    return function(
        state_id,
        function_arn="${AcquireLockArn}",
        payload=lock,
        result_selector=HOLD,
        result_path=result_path,
        on_error=what_failed,
        comment="Asked again by its holder, the answer is the same",
    )


def skipped(lock: dict[str, Any], *, process: str, what: str, name: Any, data: Any, **more: Any) -> Chain:
    """The end of who did not get the lock. what: "model {} was compared with nobody"; name: what it is about.

    data: told to people; more: further fields of the output.
    """
    words = format_(
        f"lock {{}}: {{}} still holds it after {{}} looks; {what}, start a new execution "
        "when that one has ended",
        *(lock["name"], path("$.lock.holder"), path(rollout.looks_made("Lock")), name),
    )
    reason = Pass("SaySkipped", parameters={"reason": words}, result_path="$.skipped")
    summary = Pass(
        "SummarizeSkipped",
        parameters={
            "outcome": "skipped",
            "reason": path("$.skipped.reason"),
            "lock": lock["name"],
            "holder": path("$.lock.holder"),
            **more,
        },
    )
    told = tell(
        "TellSkipped",
        subject=f"{process} skipped: another execution holds the lock",
        message=format_(
            "Why: {}. Data: {}. Execution: {}",
            *(path("$.skipped.reason"), data, context("$$.Execution.Id")),
        ),
        on_error=summary,
        comment="Who waits for it learns that nothing was done",
    )
    return chain(reason, told, summary, Succeed("Skipped"))

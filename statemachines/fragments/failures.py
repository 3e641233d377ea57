"""From whatever went wrong to one clear reason, through the release of the lock, to a failed execution."""

from typing import Any

from statemachines.fragments.tasks import function
from stepmill.asl import (
    Chain,
    Choice,
    ChoiceRule,
    Fail,
    Pass,
    State,
    Task,
    chain,
    format_,
    json_merge,
    path,
    string_to_json,
)

C = ChoiceRule
CAUSE = "$.failure.Cause"
# What the description of a job, or a function's error, may say.
NAMES = ("ProcessingJobName", "TrainingJobName", "TransformJobName")
STATUSES = ("ProcessingJobStatus", "TrainingJobStatus", "TransformJobStatus")
REASONS = ("SecondaryStatus", "FailureReason", "ExitMessage", "errorMessage")


def say(state_id: str, error: Any, cause: Any, at: str = "$.failure") -> Pass:
    """Put a reason in words where Catch puts an error."""
    return Pass(state_id, parameters={"Error": error, "Cause": cause}, result_path=at)


def is_in_cause(*words: str, at: str = CAUSE) -> Any:
    """The cause holds one of the words."""
    found = [C.StringMatches(at, f"*{word}*") for word in words]
    return C.And([C.IsPresent(at, True), C.Or(found)])


def ending(lock_payload: dict[str, Any]) -> tuple[Choice, Task]:
    """(where Catch goes with $.failure, where a reason that is in words already goes)."""
    failed = Fail("Failed", error=path("$.failure.Error"), cause=path("$.failure.Cause"))
    # The lock of an execution that has ended is free anyway: failing to release it changes no outcome.
    release = function(
        "ReleaseAfterFailure",
        function_arn="${ReleaseLockArn}",
        payload=lock_payload,
        on_error=failed,
        error_path="$.not_released",
        result_path=None,
        comment="Without effect for whoever does not hold the lock",
    )
    chain(release, failed)
    return in_words(release), release


def in_words(then: State) -> Choice:
    """Where Catch goes with $.failure: it goes on to `then` with a reason that is in words."""
    what_failed = Choice("WhatFailed")
    timed_out = C.Or(
        [C.StringEquals("$.failure.Error", "States.Timeout"), C.IsPresent("$.failure.Cause", False)]
    )
    words = format_(
        "{}: a step took longer than it may; was the service slow or stuck?", path("$.failure.Error")
    )
    what_failed.add_choice(timed_out, chain(say("SayTimedOut", path("$.failure.Error"), words), then))
    described = C.And([C.StringEquals("$.failure.Error", "States.TaskFailed"), C.StringMatches(CAUSE, "{*}")])
    raised = C.StringMatches(CAUSE, '{*"errorMessage"*}')
    what_failed.add_choice(C.Or([described, raised]), _read_cause(then))
    what_failed.default_choice(then)
    return what_failed


def _read_cause(then: State) -> Chain:
    """A cause that is JSON, the description of a job or the error of a function: the reason in it."""
    absent: dict[str, Any] = dict.fromkeys([*NAMES, *STATUSES, *REASONS], "") | {"SecondaryStatus": "Stopped"}
    read = Pass(
        "ReadCause",
        parameters={"of": json_merge(absent, string_to_json(path(CAUSE)))},
        result_path="$.cause",
    )
    reason = Choice("ReasonGiven")
    was_stopped = C.Or([C.StringEquals(f"$.cause.of.{status}", "Stopped") for status in STATUSES])
    words = format_(
        "{}{}{}: stopped before its end ({}{}); start the execution again",
        *(path(f"$.cause.of.{name}") for name in (*NAMES, "SecondaryStatus", "FailureReason")),
    )
    reason.add_choice(was_stopped, chain(say("SayStopped", "JobStopped", words), then))
    for field, error in (
        ("errorMessage", path("$.failure.Error")),
        ("ExitMessage", "JobFailed"),
        ("FailureReason", "JobFailed"),
    ):
        name = f"Say{field[0].upper()}{field[1:]}"
        is_given = C.Not(C.StringEquals(f"$.cause.of.{field}", ""))
        reason.add_choice(is_given, chain(say(name, error, path(f"$.cause.of.{field}")), then))
    reason.default_choice(then)
    return chain(read, reason)

"""A call that SageMaker or Application Auto Scaling throttles is made again; one that it denies is not.

Step Functions has one error name for both (and for every other error that SageMaker's model lacks), so that a
Retry cannot tell them. Their causes differ: a Choice reads them.
Needs what `before` gives. In a branch the count goes on from what it was before the Parallel.
"""

from typing import Any

from statemachines.fragments.tasks import caught, in_any_partition
from stepmill.asl import (
    Catch,
    Choice,
    ChoiceRule,
    Fail,
    Pass,
    State,
    Task,
    Wait,
    chain,
    math_add,
    math_random,
    path,
)

C = ChoiceRule
# The optimised integration's name, and the SDK integration's.
ERRORS = ("SageMaker.AmazonSageMakerException", "SageMaker.SageMakerException")
SCALING = ("ApplicationAutoScaling.ApplicationAutoScalingException",)
LOST = ("SageMaker.SdkClientException", "States.Timeout")
WORDS = (
    *("ThrottlingException", "Rate exceeded", "Throttled", "TooManyRequests"),
    *("Status Code: 5", "ServiceUnavailable", "InternalFailure"),
)
DENIED = ("not authorized", "AccessDenied")  # may name a resource that is called like one of the words
MAX_CALLS = 40  # of an execution: 11 events each; two digits of the names of jobs
CALLS = "$.throttled.calls"
SHORTEST_S, LONGEST_S = 1, 10  # the longest grows by a second with each throttled call


def before() -> dict[str, Any]:
    """What the state must hold before the first call."""
    return {"throttled": {"calls": 0, "wait_s": 0}}


def again(
    task: Task,
    *,
    on_error: State | None = None,
    error_path: str = "$.failure",
    when_lost: State | None = None,
    errors: tuple[str, ...] = ERRORS,
) -> Task:
    """The SageMaker task with its ways out: again after a random wait when it was throttled, else `on_error`.

    on_error: None in a branch; the branch then fails with the task's own error and cause.
    when_lost: for a call without an answer after all retries, when that is another way than `on_error`.
    errors: the names that stand for throttling and for all else that the service's model lacks.
    """
    name = task.state_id
    why = Choice(f"Throttled{name}")
    count = Pass(
        f"CountThrottled{name}",
        parameters={
            "calls": math_add(path(CALLS), 1),
            "wait_s": math_random(SHORTEST_S, math_add(path(CALLS), LONGEST_S + 1)),
        },
        result_path="$.throttled",
    )
    wait = Wait(f"WaitThrottled{name}", seconds_path="$.throttled.wait_s")
    chain(count, wait)
    wait.next(task)
    why.add_choice(_may_be_made_again(f"{error_path}.Cause"), count)
    why.default_choice(on_error or _raise_again(name, error_path))
    task.add_catch(Catch(error_equals=errors, next_step=why, result_path=error_path))
    if when_lost is not None:
        task.add_catch(Catch(error_equals=LOST, next_step=when_lost, result_path=error_path))
    if on_error is not None:
        task.add_catch(caught(on_error, error_path))
    return in_any_partition(task)


def _may_be_made_again(cause: str) -> Any:
    return C.And(
        [
            C.IsPresent(cause, True),
            C.Or([C.StringMatches(cause, f"*{word}*") for word in WORDS]),
            *(C.Not(C.StringMatches(cause, f"*{word}*")) for word in DENIED),
            C.NumericLessThan(CALLS, MAX_CALLS),
        ]
    )


def _raise_again(name: str, error_path: str) -> Fail:
    return Fail(f"Raise{name}", error=path(f"{error_path}.Error"), cause=path(f"{error_path}.Cause"))

"""What a single state, Retry or Catch refuses."""

from collections.abc import Callable
from typing import Any

import pytest

from stepmill.asl import (
    Catch,
    Chain,
    Choice,
    ChoiceRule,
    Graph,
    Machine,
    Map,
    Parallel,
    Pass,
    Retry,
    State,
    Succeed,
    Task,
    Wait,
    chain,
)

States = Callable[..., dict[str, Any]]
Problems = Callable[[Callable[[], object]], list[str]]
ARN = "arn:aws:states:::aws-sdk:s3:listObjectsV2"
NO_STATE: Any = "x"
NO_RULE: Any = 1


def _machine(start: State | Chain | None = None, **options: Any) -> Machine:
    given = {
        "name": "m",
        "comment": "A machine.",
        "timeout_seconds": 60,
        "states": start or Pass("P"),
        **options,
    }
    return Machine(**given)


@pytest.mark.parametrize("resource", [None, "", "lambda:invoke"])
def test_a_task_needs_a_resource(resource: Any, problems: Problems) -> None:
    assert problems(lambda: Task("T", resource=resource)) == [
        f"States.T: Resource is {resource!r}; give an ARN or a ${{Token}} filled at deployment"
    ]


def test_a_task_takes_a_token_as_resource(states: States) -> None:
    assert states(Task("T", resource="${JudgeCandidateArn}"))["T"]["Resource"] == "${JudgeCandidateArn}"


def test_a_field_that_the_state_does_not_have_is_refused_with_the_near_one(problems: Problems) -> None:
    assert problems(lambda: Succeed("S", result_path="$.x")) == [  # type: ignore[call-arg]
        "States.S: result_path is not a field of Succeed; allowed: comment, input_path, output, output_path, "
        "query_language"
    ]
    assert problems(lambda: Pass("P", reslt=1))[0].endswith("(did you mean 'result'?)")  # type: ignore[call-arg]
    assert problems(lambda: Map("M", parameters={}))[0].startswith(  # type: ignore[call-arg]
        "States.M: parameters is not a field of Map"
    )


def test_a_wait_has_exactly_one_moment(problems: Problems) -> None:
    message = "States.W: Seconds, SecondsPath, Timestamp, TimestampPath: give exactly one"
    assert problems(lambda: Wait("W")) == [message]
    assert problems(lambda: Wait("W", seconds=1, timestamp="2026-01-01T00:00:00Z")) == [message]


@pytest.mark.parametrize("moment", ["tomorrow", "2026-01-01", "2026-01-01T00:00:00", 5])
def test_a_timestamp_is_a_moment_with_its_zone(moment: Any, problems: Problems) -> None:
    assert problems(lambda: _machine(Wait("W", timestamp=moment))) == [
        f"m.States.W: Timestamp is {moment!r}; write it as 2026-01-01T00:00:00Z"
    ]


def test_a_moment_fixed_and_as_a_path_is_refused(problems: Problems) -> None:
    assert problems(lambda: Task("T", resource=ARN, timeout_seconds=5, timeout_seconds_path="$.t")) == [
        "States.T: TimeoutSeconds is given fixed and as a path; keep one"
    ]


@pytest.mark.parametrize("seconds", [0, -1, 1.5, "60", True])
def test_a_timeout_is_a_positive_whole_number(seconds: Any, problems: Problems) -> None:
    assert problems(lambda: _machine(Task("T", resource=ARN, timeout_seconds=seconds))) == [
        f"m.States.T: TimeoutSeconds is {seconds!r}; use a whole number from 1 to 99999999"
    ]


def test_a_heartbeat_is_shorter_than_the_timeout(problems: Problems) -> None:
    assert problems(lambda: _machine(Task("T", resource=ARN, timeout_seconds=60, heartbeat_seconds=60))) == [
        "m.States.T: HeartbeatSeconds is 60, not below TimeoutSeconds 60; lower it"
    ]


def test_a_pass_has_result_or_parameters(problems: Problems) -> None:
    assert problems(lambda: _machine(Pass("P", result=1, parameters={}))) == [
        "m.States.P: Result stands beside Parameters, which it overrides; keep one"
    ]


def test_a_state_that_ends_the_machine_goes_nowhere(problems: Problems) -> None:
    assert problems(lambda: chain(Succeed("Done"), Pass("P"))) == [
        "States.Done: Next is 'P', but a Succeed state ends the machine; go there from the state before it"
    ]


def test_a_state_has_one_next_state(problems: Problems) -> None:
    first = Pass("First")
    chain(first, Pass("A"))
    assert problems(lambda: chain(first, Pass("B"))) == [
        "States.First: Next is already 'A' and cannot also be 'B'; use a Choice"
    ]


def test_a_choice_has_one_default(problems: Problems) -> None:
    choice = Choice("Which", default=Pass("A"))
    assert problems(lambda: chain(choice, Pass("B"))) == [
        "States.Which: Default is already 'A' and cannot also be 'B'; add a rule for one of them"
    ]


def test_a_chain_holds_each_state_once_and_only_states(problems: Problems) -> None:
    state = Pass("P")
    assert problems(chain) == ["chain(): has no states; give at least one"]
    assert problems(lambda: chain(state, Pass("Q"), chain(state))) == [
        "chain(): 'P' stands twice; go back to it with a Choice"
    ]
    assert problems(lambda: chain("P")) == [  # type: ignore[arg-type]
        "chain(): 'P' is not a state; give states and chains"
    ]


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (lambda: Parallel("P", branches=[NO_STATE]), "States.P: Branches holds 'x'; give states and chains"),
        (
            lambda: Map("M", item_processor=NO_STATE),
            "States.M: ItemProcessor is 'x'; give a state or a chain",
        ),
        (lambda: Graph(NO_STATE), "Graph: 'x' is not a state; give a state or a chain"),
        (
            lambda: Catch(error_equals=["E"], next_step=NO_STATE),
            "Catch: Next is 'x'; give a state or a chain",
        ),
        (
            lambda: Choice("C", choices=[(ChoiceRule.IsNull("$.x", True), NO_STATE)]),
            "States.C: Choices goes to 'x'; give a state or a chain",
        ),
        (
            lambda: Choice("C", choices=[(NO_RULE, Pass("P"))]),
            "States.C: Choices has the rule 1; use ChoiceRule or jsonata(...)",
        ),
        (
            lambda: Task("T", resource=ARN, retry=[NO_STATE]),
            "States.T: Retry holds 'x'; give Retry(...) objects",
        ),
        (
            lambda: Pass("P").add_retry(Retry(error_equals=["E"])),
            "States.P: Retry is not a field of a Pass state; put it on the task",
        ),
    ],
)
def test_things_that_are_no_states_are_refused(
    build: Callable[[], object], problem: str, problems: Problems
) -> None:
    assert problems(build) == [problem]


@pytest.mark.parametrize("errors", [[], "States.ALL", [""], [1]])
def test_error_names_are_a_list_of_text(errors: Any, problems: Problems) -> None:
    assert problems(lambda: Retry(error_equals=errors)) == [
        f"Retry: ErrorEquals is {errors!r}; give a list of error names, such as ['States.ALL']"
    ]


def test_states_all_stands_alone_and_last(problems: Problems) -> None:
    assert problems(lambda: Catch(error_equals=["States.ALL", "E"], next_step=Pass("P"))) == [
        "Catch: ErrorEquals is ['States.ALL', 'E'], but States.ALL stands alone; drop the others"
    ]
    retries = [Retry(error_equals=["States.ALL"]), Retry(error_equals=["E"])]
    assert problems(lambda: _machine(Task("T", resource=ARN, retry=retries))) == [
        "m.States.T: Retry has States.ALL before its last entry; move that to the end"
    ]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"interval_seconds": 0}, "IntervalSeconds is 0; use a whole number from 1 to 99999999"),
        ({"max_attempts": -1}, "MaxAttempts is -1; use a whole number from 0 to 99999999"),
        ({"max_attempts": True}, "MaxAttempts is True; use a whole number from 0 to 99999999"),
        ({"backoff_rate": 0.5}, "BackoffRate is 0.5; use a number of at least 1.0"),
        ({"backoff_rate": float("nan")}, "BackoffRate is nan; use a number of at least 1.0"),
        (
            {"max_delay_seconds": 31_622_400},
            "MaxDelaySeconds is 31622400; use a whole number from 1 to 31622399",
        ),
        ({"jitter_strategy": "full"}, "JitterStrategy is 'full'; use 'FULL' or 'NONE'"),
    ],
)
def test_a_retry_has_numbers_that_step_functions_takes(
    fields: dict[str, Any], problem: str, problems: Problems
) -> None:
    assert problems(lambda: Retry(error_equals=["E"], **fields)) == [f"Retry: {problem}"]


def test_a_problem_in_a_catch_names_the_state(problems: Problems) -> None:
    catch = Catch(error_equals=["E"], next_step=Pass("P"), assign={"x": float("nan")})
    assert problems(lambda: _machine(Task("T", resource=ARN, catch=catch))) == [
        "m.States.T: Catch.Assign.x is nan, which JSON does not have; use a finite number"
    ]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"item_reader": {}, "label": "l", "execution_type": "STANDARD"},
            "ItemReader, Label, ExecutionType stands on an inline Map; set mode='DISTRIBUTED' or drop it",
        ),
        ({"mode": "inline"}, "ProcessorConfig.Mode is 'inline'; use 'INLINE' or 'DISTRIBUTED'"),
        ({"max_concurrency": -1}, "MaxConcurrency is -1; use a whole number of at least 0"),
        (
            {"mode": "DISTRIBUTED", "execution_type": "EXPRESS", "tolerated_failure_percentage": 101},
            "ToleratedFailurePercentage is 101; use a number from 0 to 100",
        ),
        ({"mode": "DISTRIBUTED"}, "ProcessorConfig.ExecutionType is None; use 'STANDARD' or 'EXPRESS'"),
        (
            {"mode": "DISTRIBUTED", "execution_type": "EXPRESS", "label": "l" * 41},
            "Label has 41 characters; use 1 to 40",
        ),
    ],
)
def test_a_map_is_inline_or_distributed(fields: dict[str, Any], problem: str, problems: Problems) -> None:
    found = problems(lambda: _machine(Map("M", item_processor=Pass("P"), **fields)))
    assert f"m.States.M: {problem}" in found

import functools
import json
from collections.abc import Callable
from typing import Any

import pytest
from millkit import environment, lock

from functions.acquire_lock.handler import handler as acquire_lock
from functions.release_lock.handler import handler as release_lock

TABLE = "locks"
PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 600, "End": True}}})


@pytest.fixture
def start(client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Start an execution; the answer is its ARN. The lock's table is there."""
    monkeypatch.setenv("LOCK_TABLE", TABLE)
    client("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
    )
    states = client("stepfunctions")
    role = "arn:aws:iam::123456789012:role/r"
    machine = states.create_state_machine(name="m", definition=PASS, roleArn=role)["stateMachineArn"]
    return lambda name: str(states.start_execution(stateMachineArn=machine, name=name)["executionArn"])


def acquire(execution_arn: str) -> Any:
    return acquire_lock({"name": "champion", "execution_arn": execution_arn}, None)


def release(execution_arn: str) -> Any:
    return release_lock({"name": "champion", "execution_arn": execution_arn}, None)


def test_the_first_gets_the_lock_and_the_second_hears_who_has_it(start: Callable[[str], str]) -> None:
    one, two = start("one"), start("two")
    held = {"acquired": True, "holder": one, "fencing_token": 1}
    assert acquire(one) == held
    assert acquire(two) == {**held, "acquired": False}


def test_the_holder_asking_again_has_the_same_hold(start: Callable[[str], str]) -> None:
    one = start("one")
    assert acquire(one) == acquire(one) == {"acquired": True, "holder": one, "fencing_token": 1}


def test_a_released_lock_goes_to_the_next_with_a_higher_token(start: Callable[[str], str]) -> None:
    one, two = start("one"), start("two")
    acquire(one)
    assert release(one) == {"acquired": False, "holder": "", "fencing_token": 1}
    assert acquire(two) == {"acquired": True, "holder": two, "fencing_token": 2}


def test_releasing_twice_takes_nothing_from_the_next_holder(start: Callable[[str], str]) -> None:
    one, two = start("one"), start("two")
    acquire(one)
    release(one)
    acquire(two)
    assert release(one) == {"acquired": False, "holder": two, "fencing_token": 2}
    assert acquire(two) == {"acquired": True, "holder": two, "fencing_token": 2}


def test_releasing_a_lock_that_never_was_is_harmless(start: Callable[[str], str]) -> None:
    assert release(start("one")) == {"acquired": False, "holder": "", "fencing_token": 0}


def test_a_holder_that_no_longer_runs_is_superseded(
    start: Callable[[str], str], client: Callable[[str], Any]
) -> None:
    one, two = start("one"), start("two")
    acquire(one)
    client("stepfunctions").stop_execution(executionArn=one)
    assert acquire(two) == {"acquired": True, "holder": two, "fencing_token": 2}
    assert release(one) == {"acquired": False, "holder": two, "fencing_token": 2}


def test_a_holder_that_is_unknown_is_superseded(start: Callable[[str], str]) -> None:
    one = start("one")
    acquire(one.replace(":one", ":gone"))
    assert acquire(one) == {"acquired": True, "holder": one, "fencing_token": 2}


class Overtaken:
    """Step Functions, while it answers, another execution supersedes the dead holder."""

    def __init__(self, states: Any, overtake: Callable[[], object]) -> None:
        self.exceptions = states.exceptions
        self._overtake = overtake

    def describe_execution(self, **_: str) -> dict[str, str]:
        self._overtake()
        return {"status": "ABORTED"}


def test_of_two_that_supersede_the_same_holder_one_wins(
    start: Callable[[str], str], client: Callable[[str], Any]
) -> None:
    dead, one, two = start("dead"), start("one"), start("two")
    acquire(dead)
    client("stepfunctions").stop_execution(executionArn=dead)
    states = Overtaken(client("stepfunctions"), lambda: acquire(two))
    hold = lock.acquire(client("dynamodb"), states, table=TABLE, name="champion", execution_arn=one)
    assert hold == lock.Hold(False, two, 2)


def test_of_40_at_once_exactly_one_wins(
    start: Callable[[str], str], client: Callable[[str], Any], atomic: Any, at_once: Any
) -> None:
    executions = [start(f"e{number}") for number in range(40)]
    dynamodb, states = atomic(client("dynamodb")), atomic(client("stepfunctions"))
    take = functools.partial(lock.acquire, dynamodb, states, table=TABLE, name="champion")
    holds = at_once([functools.partial(take, execution_arn=execution) for execution in executions])
    winners = [execution for execution, hold in zip(executions, holds, strict=True) if hold.acquired]
    assert len(winners) == 1
    assert [hold[1:] for hold in holds] == [(winners[0], 1)] * 40


def test_a_missing_setting_is_named(client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCK_TABLE", raising=False)
    said = "^environment lacks LOCK_TABLE; set them in stacks/foundation.yaml$"
    with pytest.raises(environment.EnvironmentIncomplete, match=said):
        acquire("a")
    with pytest.raises(environment.EnvironmentIncomplete, match=said):
        release("a")

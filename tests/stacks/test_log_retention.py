"""Logs end some day: nothing that a function or machine wrote is kept for ever."""

import pytest

from .deployment import MACHINES, Stack, deploy

Stacks = dict[str, Stack]


def kept_days(stacks: Stacks) -> dict[str, int | str | None]:
    return {
        group["LogGroupName"]: group.get("RetentionInDays")
        for stack in stacks.values()
        for _, group in stack.resources("AWS::Logs::LogGroup")
    }


def test_every_log_group_is_kept_for_as_long_as_the_parameter_says(stacks: Stacks) -> None:
    assert len(kept_days(stacks)) >= 10
    assert set(kept_days(stacks).values()) == {30}
    assert set(kept_days(deploy(LogRetentionDays="7")).values()) == {"7"}


@pytest.mark.parametrize("stack", [stack for stack, _ in MACHINES.values()])
def test_a_machine_logs_to_a_group_that_ends(aws: Stacks, stack: str) -> None:
    [(_, machine)] = aws[stack].resources("AWS::Serverless::StateMachine")
    [destination] = machine["Logging"]["Destinations"]
    group = destination["CloudWatchLogsLogGroup"]["LogGroupArn"].split(":log-group:")[1].removesuffix(":*")
    assert group in kept_days(aws)

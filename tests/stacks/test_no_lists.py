"""No execution asks a service for a list: such calls are the first to be throttled, for the whole account.

S3's are the exception: they have no such limit. So is the one list of a group's versions with which a scoring
begins: only a list tells which approved version is the latest.
Source: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html (ListTrainingJobs: 2 a second)
"""

from collections.abc import Callable
from typing import Any

import pytest

from .calls import actions
from .deployment import MACHINES, ROOT, Stack
from .needs import tasks

Stacks = dict[str, Stack]


@pytest.mark.parametrize("name", MACHINES)
def test_no_state_of_a_machine_asks_for_a_list(
    aws: Stacks, machine: Callable[..., dict[str, Any]], name: str
) -> None:
    asked = [task["Resource"] for task in tasks(machine(aws, name))]
    assert len(asked) > 10
    assert [resource for resource in asked if resource.rpartition(":")[2].lower().startswith("list")] == []


def test_no_function_asks_for_a_list_but_of_a_bucket() -> None:
    functions = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
    asked = {action for function in functions for action in actions(function)}
    assert {"sagemaker:DescribeTrainingJob", "states:StartExecution"} <= asked
    listing = {action for action in asked if ":List" in action}
    assert {action for action in listing if not action.startswith("s3:")} == {"sagemaker:ListModelPackages"}
    assert "sagemaker:ListModelPackages" in actions("find_model")

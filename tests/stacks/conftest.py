"""The deployed stacks of a partition, and the requests that their machines make."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.statemachines.running import definition_for

from .deployment import MACHINES, PARTITIONS, Stack, deploy


@pytest.fixture(scope="session", params=list(PARTITIONS))
def stacks(request: pytest.FixtureRequest) -> dict[str, Stack]:
    """Every test that asks for it runs in each partition."""
    return deploy(request.param)


@pytest.fixture(scope="session")
def aws() -> dict[str, Stack]:
    return deploy("aws")


@pytest.fixture(scope="session")
def machine() -> Callable[..., dict[str, Any]]:
    """The definition of a machine, of training if not told, as it is deployed with the stacks."""

    def deployed(stacks: dict[str, Stack], name: str = "training") -> dict[str, Any]:
        [(_, properties)] = stacks[MACHINES[name][0]].resources("AWS::Serverless::StateMachine")
        tokens = {token: str(value) for token, value in properties["DefinitionSubstitutions"].items()}
        return definition_for(tokens, name)

    return deployed

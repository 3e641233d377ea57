"""The deployed stacks of a partition, and the requests that their training machine makes."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.statemachines.conftest import definition_for

from .deployment import PARTITIONS, Stack, deploy


@pytest.fixture(scope="session", params=list(PARTITIONS))
def stacks(request: pytest.FixtureRequest) -> dict[str, Stack]:
    """Every test that asks for it runs in each partition."""
    return deploy(request.param)


@pytest.fixture(scope="session")
def aws() -> dict[str, Stack]:
    return deploy("aws")


@pytest.fixture(scope="session")
def machine() -> Callable[[dict[str, Stack]], dict[str, Any]]:
    """The definition of the training machine as it is deployed with the stacks."""

    def deployed(stacks: dict[str, Stack]) -> dict[str, Any]:
        [(_, properties)] = stacks["tabular"].resources("AWS::Serverless::StateMachine")
        return definition_for(
            {name: str(value) for name, value in properties["DefinitionSubstitutions"].items()}
        )

    return deployed

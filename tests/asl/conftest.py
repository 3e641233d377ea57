"""What the tests of the vocabulary share."""

from collections.abc import Callable
from typing import Any

import pytest

from stepmill.asl import AslError, Chain, Machine, State


@pytest.fixture(scope="session")
def states() -> Callable[..., dict[str, Any]]:
    """The States of a machine that starts with the given state or chain."""

    def compiled(start: State | Chain, **options: Any) -> dict[str, Any]:
        machine = Machine(name="m", comment="A machine.", timeout_seconds=60, states=start, **options)
        states: dict[str, Any] = machine.definition()["States"]
        return states

    return compiled


@pytest.fixture(scope="session")
def problems() -> Callable[[Callable[[], object]], list[str]]:
    """The problems that building something raises; none is a failed test."""

    def raised(build: Callable[[], object]) -> list[str]:
        with pytest.raises(AslError) as caught:
            build()
        return caught.value.problems

    return raised

"""A cloud with a virtual clock for each module, and clients of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.engine.clock import VirtualClock
from tests.cloud.cloudwatch.things import START_S


@pytest.fixture(scope="module")
def clock() -> VirtualClock:
    return VirtualClock(START_S)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, clock: VirtualClock) -> Iterator[Cloud]:
    cloud = Cloud.start(tmp_path_factory.mktemp("root") / ".stepmill", port=0, clock=clock)
    yield cloud
    cloud.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Cloud, VirtualClock]]:
    """A cloud of the test's own, whose clock it moves."""
    clock = VirtualClock(START_S)
    cloud = Cloud.start(tmp_path / "root", port=0, clock=clock)
    yield cloud, clock
    cloud.close()

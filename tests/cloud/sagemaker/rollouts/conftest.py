"""A cloud whose clock is moved by hand, with two models that answer 10 and 20."""

from collections.abc import Iterator

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.engine.clock import VirtualClock
from tests.cloud.sagemaker.fleets import START_S, configure, model, variant


@pytest.fixture(scope="module")
def clock() -> VirtualClock:
    return VirtualClock(START_S)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, clock: VirtualClock) -> Iterator[Cloud]:
    cloud = Cloud.start(tmp_path_factory.mktemp("root") / ".stepmill", port=0, clock=clock)
    for name, level, features in (("ten", 10.0, 2), ("twenty", 20.0, 2), ("narrow", 30.0, 1)):
        configure(cloud, name, variant(model(cloud, name, level, features)))
    yield cloud
    cloud.close()

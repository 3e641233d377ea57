"""A cloud whose clock is moved by hand, with an endpoint `cars` of one server."""

from collections.abc import Iterator

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.engine.clock import VirtualClock
from tests.cloud.sagemaker.fleets import START_S, configure, model, serve, variant


@pytest.fixture(scope="module")
def clock() -> VirtualClock:
    return VirtualClock(START_S)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, clock: VirtualClock) -> Iterator[Cloud]:
    cloud = Cloud.start(tmp_path_factory.mktemp("root") / ".stepmill", port=0, clock=clock)
    configure(cloud, "ten", variant(model(cloud, "ten", 10.0)))
    serve(cloud, "cars", "ten")
    yield cloud
    cloud.close()

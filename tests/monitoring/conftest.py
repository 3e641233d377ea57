"""A cloud for each file of tests, and an endpoint of its own for each test."""

from collections.abc import Iterator

import pytest

from stepmill.cloud.cloud import Cloud
from tests.monitoring.lake import Lake


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    cloud = Cloud.start(tmp_path_factory.mktemp("monitoring") / ".stepmill", port=0)
    yield cloud
    cloud.close()


@pytest.fixture
def lake(cloud: Cloud, request: pytest.FixtureRequest) -> Lake:
    """An endpoint with a champion of two columns: Mileage, a number, and Make, Buick or Saab."""
    name = "".join(char if char.isalnum() else "-" for char in request.node.name)[-55:].strip("-")
    lake = Lake(cloud, f"e-{name}")
    lake.register()
    return lake

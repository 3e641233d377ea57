"""A cloud on a free port, and boto3 clients of its owner."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from stepmill.cloud.cloud import Cloud


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    cloud = Cloud.start(tmp_path_factory.mktemp("root") / ".stepmill", port=0)
    yield cloud
    cloud.close()


def client_of(cloud: Cloud, service: str, region: str | None = None, **credentials: str) -> Any:
    """A boto3 client that talks to the cloud, as its owner unless other credentials are given."""
    owner = cloud.keyring.owner
    given = {"aws_access_key_id": owner.access_key_id, "aws_secret_access_key": owner.secret_access_key}
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=cloud.endpoint_url,
        region_name=region or cloud.region,
        config=Config(retries={"total_max_attempts": 1}),
        **(credentials or given),
    )


@pytest.fixture(scope="module")
def aws(cloud: Cloud) -> Callable[[str], Any]:
    return lambda service: client_of(cloud, service)

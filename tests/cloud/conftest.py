"""A cloud on a free port, and boto3 clients of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache
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


def connect(cloud: Cloud, service: str, region: str | None = None, keys: dict[str, str] | None = None) -> Any:
    """A boto3 client of the cloud: as its owner, or with keys as `Cloud.credentials` gives them."""
    owner = cloud.keyring.owner
    keys = keys or {
        "AWS_ACCESS_KEY_ID": owner.access_key_id,
        "AWS_SECRET_ACCESS_KEY": owner.secret_access_key,
    }
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=cloud.endpoint_url,
        region_name=region or cloud.region,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys.get("AWS_SESSION_TOKEN"),
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=50),
    )


@pytest.fixture(scope="module")
def aws_with(cloud: Cloud) -> Iterator[Callable[..., Any]]:
    """(service, region=None, keys=None) -> a client that differs from the owner's in region or keys."""
    with ExitStack() as clients:

        def make(service: str, region: str | None = None, keys: dict[str, str] | None = None) -> Any:
            return clients.enter_context(closing(connect(cloud, service, region, keys)))

        yield make


@pytest.fixture(scope="module")
def aws(aws_with: Callable[..., Any]) -> Callable[[str], Any]:
    """service -> a client of the owner's."""
    return cache(aws_with)

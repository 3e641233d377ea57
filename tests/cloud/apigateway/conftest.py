"""APIs that several tests call."""

from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from tests.cloud.apigateway.things import key_of, template, with_key
from tests.cloud.deploy.things import create, outputs


@pytest.fixture(scope="module")
def open_url(cloud: Cloud) -> str:
    """Of an API without authorization: `/echo/{id}`, `/files/{path+}`, `/quick` (at most 0.3 s)."""
    methods = {
        "Echo": {"Path": "/echo/{id}", "Method": "any"},
        "Files": {"Path": "/files/{path+}", "Method": "get"},
        "Readme": {"Path": "/files/readme", "Method": "get"},
        "Quick": {"Path": "/quick", "Method": "get", "TimeoutInMillis": 300},
    }
    stack = create(
        cloud,
        "open",
        template(
            methods, BinaryMediaTypes=["image~1png"], Variables={"colour": "blue"}, OpenApiVersion="3.0.1"
        ),
    )
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack.get("StackStatusReason")
    return outputs(stack)["Url"]


@pytest.fixture(scope="module")
def keyed(cloud: Cloud) -> tuple[str, dict[str, str], dict[str, Any]]:
    """URL, the header with the key, and the stack of an API that wants a key."""
    auth = {"ApiKeyRequired": True, "UsagePlan": {"CreateUsagePlan": "PER_API"}}
    stack = create(
        cloud, "keyed", with_key(template({"Echo": {"Path": "/echo", "Method": "post"}}, Auth=auth))
    )
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack.get("StackStatusReason")
    return outputs(stack)["Url"] + "/echo", {"x-api-key": key_of(cloud, stack)}, stack

"""A stack with one API in front of one function, and requests to it without any AWS library."""

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from stepmill.cloud.cloud import Cloud
from tests.cloud.deploy.things import outputs

# What the function answers is what the request's header x-answer asks for.
HANDLER = """
import base64, json, time

def handler(event, context):
    asked = (event["headers"] or {}).get("x-answer", "echo")
    if asked == "echo":
        return {"statusCode": 200, "body": json.dumps(event)}
    if asked == "raise":
        raise ValueError("no")
    if asked == "slow":
        time.sleep(2)
        return {"statusCode": 200}
    return json.loads(asked)
"""


def template(methods: Mapping[str, Any], **api: Any) -> dict[str, Any]:
    """`methods`: event name -> properties of its Api event; `api`: further properties of the Api."""
    events = {
        name: {"Type": "Api", "Properties": {"RestApiId": {"Ref": "Api"}, **properties}}
        for name, properties in methods.items()
    }
    function = {"InlineCode": HANDLER, "Handler": "index.handler", "Runtime": "python3.13", "Timeout": 5}
    url = {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live"}
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Echo": {"Type": "AWS::Serverless::Function", "Properties": {**function, "Events": events}},
            "Api": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "live", **api}},
        },
        "Outputs": {"Url": {"Value": url}, "ApiId": {"Value": {"Ref": "Api"}}},
    }


def with_key(document: dict[str, Any]) -> dict[str, Any]:
    """Also tell the id of the key that SAM makes."""
    document["Outputs"]["KeyId"] = {"Value": {"Ref": "ApiApiKey"}}
    document["Outputs"]["PlanId"] = {"Value": {"Ref": "ApiUsagePlan"}}
    return document


def request(
    url: str, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, list[str]], bytes]:
    """Status, headers in lower case, body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, body or None, dict(headers or {}))
        answer = connection.getresponse()
        found: dict[str, list[str]] = {}
        for name, value in answer.getheaders():
            found.setdefault(name.lower(), []).append(value)
        return answer.status, found, answer.read()
    finally:
        connection.close()


def told(url: str, method: str = "GET", body: bytes = b"", **headers: str) -> tuple[int, Any]:
    """Status and the JSON of the body; `x_api_key` names the header x-api-key."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    status, _, content = request(url, method, body, named)
    return status, json.loads(content)


def signed(
    cloud: Cloud, url: str, method: str, body: bytes = b"", keys: Mapping[str, str] | None = None, **more: str
) -> dict[str, str]:
    """Headers of a request to an API, signed as the owner or with keys as `Cloud.credentials` gives them."""
    owner = cloud.keyring.owner
    credentials = Credentials(owner.access_key_id, owner.secret_access_key)
    if keys:
        credentials = Credentials(
            keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], keys["AWS_SESSION_TOKEN"]
        )
    asked = AWSRequest(method, url, data=body or None, headers=dict(more))
    SigV4Auth(credentials, "execute-api", cloud.region).add_auth(asked)
    return dict(asked.headers.items())


def key_of(cloud: Cloud, stack: dict[str, Any]) -> str:
    asked = {"apiKey": outputs(stack)["KeyId"], "includeValue": True}
    return str(cloud.call("apigateway", "GetApiKey", asked)["value"])

"""Keys, signatures, limits and models: who may call, how often, with what."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Principal
from stepmill.cloud.services.apigateway.limits import Buckets, period_start
from stepmill.engine.clock import VirtualClock
from tests.cloud.apigateway.things import key_of, request, signed, template, told, with_key
from tests.cloud.deploy.things import create, outputs

FORBIDDEN = (403, {"message": "Forbidden"})
NO_TOKEN = (403, {"message": "Missing Authentication Token"})
POST = {"Echo": {"Path": "/echo", "Method": "post"}}
Keyed = tuple[str, dict[str, str], dict[str, Any]]


def made(cloud: Cloud, name: str, document: dict[str, Any]) -> dict[str, Any]:
    stack = create(cloud, name, document)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack.get("StackStatusReason")
    return stack


def test_a_key_is_wanted_known_and_told_to_the_function(keyed: Keyed) -> None:
    url, header, stack = keyed
    status, event = told(url, "POST", b"x", **header)
    assert status == 200
    identity = event["requestContext"]["identity"]
    assert (identity["apiKey"], identity["apiKeyId"]) == (header["x-api-key"], outputs(stack)["KeyId"])


@pytest.mark.parametrize("key", ["", "x" * 40])
def test_no_key_and_an_unknown_key_are_forbidden(keyed: Keyed, key: str) -> None:
    assert told(keyed[0], "POST", b"x", x_api_key=key) == FORBIDDEN


def test_a_key_that_is_off_or_out_of_the_plan_is_forbidden(cloud: Cloud, keyed: Keyed) -> None:
    url, header, stack = keyed
    key, plan = outputs(stack)["KeyId"], outputs(stack)["PlanId"]

    def switch(value: str) -> None:
        patch = [{"op": "replace", "path": "/enabled", "value": value}]
        cloud.call("apigateway", "UpdateApiKey", {"apiKey": key, "patchOperations": patch})

    switch("false")
    assert told(url, "POST", b"x", **header) == FORBIDDEN
    switch("true")
    cloud.call("apigateway", "DeleteUsagePlanKey", {"usagePlanId": plan, "keyId": key})
    assert told(url, "POST", b"x", **header) == FORBIDDEN
    asked = {"usagePlanId": plan, "keyId": key, "keyType": "API_KEY"}
    cloud.call("apigateway", "CreateUsagePlanKey", asked)
    assert told(url, "POST", b"x", **header)[0] == 200


@pytest.fixture(scope="module")
def signed_url(cloud: Cloud) -> str:
    auth = {"DefaultAuthorizer": "AWS_IAM", "InvokeRole": "NONE"}
    return outputs(made(cloud, "signed", template(POST, Auth=auth)))["Url"] + "/echo"


def test_a_signature_is_wanted_and_its_owner_told(cloud: Cloud, signed_url: str) -> None:
    assert told(signed_url, "POST", b"x") == NO_TOKEN
    status, _, body = request(signed_url, "POST", b"x", signed(cloud, signed_url, "POST", b"x"))
    assert status == 200
    identity = json.loads(body)["requestContext"]["identity"]
    assert identity["userArn"] == f"arn:aws:iam::{cloud.account}:root"
    assert identity["accessKey"] == cloud.keyring.owner.access_key_id


def test_a_signature_of_another_body_path_or_service_is_refused(cloud: Cloud, signed_url: str) -> None:
    headers = signed(cloud, signed_url, "POST", b"x")
    status, _, body = request(signed_url, "POST", b"y", headers)
    assert (status, b"does not match" in body) == (403, True)
    status, _, body = request(f"{signed_url}/", "POST", b"x", headers)
    assert (status, b"does not match" in body) == (403, True)
    other = {**headers, "Authorization": headers["Authorization"].replace("/execute-api/", "/lambda/")}
    status, _, body = request(signed_url, "POST", b"x", other)
    assert (status, b"execute-api" in body) == (403, True)
    unknown = headers["Authorization"].replace(cloud.keyring.owner.access_key_id, "NOBODYSKEY")
    assert request(signed_url, "POST", b"x", {**headers, "Authorization": unknown})[0] == 403


def role(cloud: Cloud, name: str, resource: str) -> dict[str, str]:
    """Credentials of a role that may execute-api:Invoke the resource."""
    trust = {"Version": "2012-10-17", "Statement": []}
    policy = {"Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource}]}
    cloud.call("iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": json.dumps(trust)})
    document = json.dumps({"Version": "2012-10-17", **policy})
    cloud.call("iam", "PutRolePolicy", {"RoleName": name, "PolicyName": "p", "PolicyDocument": document})
    return cloud.credentials(Principal(f"arn:aws:iam::{cloud.account}:role/{name}", "tester"))


def test_a_role_needs_execute_api_invoke_on_the_method(cloud: Cloud, signed_url: str) -> None:
    api = signed_url.split("/")[-3]
    right = role(cloud, "may-call", cloud.arn("execute-api", f"{api}/live/POST/echo"))
    wrong = role(cloud, "may-get", cloud.arn("execute-api", f"{api}/live/GET/echo"))
    assert request(signed_url, "POST", b"x", signed(cloud, signed_url, "POST", b"x", right))[0] == 200
    status, _, body = request(signed_url, "POST", b"x", signed(cloud, signed_url, "POST", b"x", wrong))
    message = json.loads(body)["Message"]
    assert status == 403
    assert "is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:" in message


def test_with_the_callers_credentials_the_caller_needs_the_function_too(cloud: Cloud) -> None:
    """SAM's default for AWS_IAM, without InvokeRole."""
    url = outputs(made(cloud, "pass", template(POST, Auth={"DefaultAuthorizer": "AWS_IAM"})))["Url"] + "/echo"
    keys = role(cloud, "may-not-lambda", "*")
    assert request(url, "POST", b"x", signed(cloud, url, "POST", b"x"))[0] == 200
    assert request(url, "POST", b"x", signed(cloud, url, "POST", b"x", keys))[0] == 500


def test_a_stage_is_throttled_by_its_method_settings(cloud: Cloud) -> None:
    setting = {
        "ResourcePath": "/*",
        "HttpMethod": "*",
        "ThrottlingBurstLimit": 2,
        "ThrottlingRateLimit": 0.01,
    }
    url = outputs(made(cloud, "slow-stage", template(POST, MethodSettings=[setting])))["Url"] + "/echo"
    assert [told(url, "POST", b"x")[0] for _ in range(2)] == [200, 200]
    assert told(url, "POST", b"x") == (429, {"message": "Too Many Requests"})


def limited(cloud: Cloud, name: str, **plan: Any) -> tuple[str, dict[str, str], dict[str, Any]]:
    auth = {"ApiKeyRequired": True, "UsagePlan": {"CreateUsagePlan": "PER_API", **plan}}
    stack = made(cloud, name, with_key(template(POST, Auth=auth)))
    return outputs(stack)["Url"] + "/echo", {"x-api-key": key_of(cloud, stack)}, stack


def test_each_key_is_throttled_by_its_plan(cloud: Cloud) -> None:
    url, header, stack = limited(cloud, "slow-plan", Throttle={"BurstLimit": 1, "RateLimit": 0.01})
    other = cloud.call("apigateway", "CreateApiKey", {"name": "other", "enabled": True})
    asked = {"usagePlanId": outputs(stack)["PlanId"], "keyId": other["id"], "keyType": "API_KEY"}
    cloud.call("apigateway", "CreateUsagePlanKey", asked)
    assert told(url, "POST", b"x", **header)[0] == 200
    assert told(url, "POST", b"x", **header) == (429, {"message": "Too Many Requests"})
    assert told(url, "POST", b"x", x_api_key=other["value"])[0] == 200


def test_a_quota_that_is_used_up_ends_it_and_use_is_told(cloud: Cloud) -> None:
    url, header, stack = limited(cloud, "quota", Quota={"Limit": 2, "Period": "DAY"})
    assert [told(url, "POST", b"x", **header)[0] for _ in range(2)] == [200, 200]
    assert told(url, "POST", b"x", **header) == (429, {"message": "Limit Exceeded"})
    today = f"{datetime.fromtimestamp(cloud.clock.time(), UTC):%Y-%m-%d}"
    asked = {"usagePlanId": outputs(stack)["PlanId"], "startDate": today, "endDate": today}
    assert cloud.call("apigateway", "GetUsage", asked)["items"] == {outputs(stack)["KeyId"]: [[2, 0]]}


def test_a_bucket_fills_again_up_to_its_burst() -> None:
    clock = VirtualClock()
    buckets = Buckets(type("Timed", (), {"clock": clock})())
    assert [buckets.take(("a",), 2.0, 2.0) for _ in range(3)] == [True, True, False]
    clock.advance(0.5)
    assert [buckets.take(("a",), 2.0, 2.0) for _ in range(2)] == [True, False]
    clock.advance(3600)
    assert [buckets.take(("a",), 2.0, 2.0) for _ in range(3)] == [True, True, False]


def test_a_week_begins_on_sunday_and_a_month_on_its_first_day() -> None:
    wednesday = datetime(2026, 11, 18, tzinfo=UTC)
    begins = [f"{period_start(wednesday, period):%Y-%m-%d}" for period in ("DAY", "WEEK", "MONTH")]
    assert begins == ["2026-11-18", "2026-11-15", "2026-11-01"]
    sunday = datetime(2026, 11, 15, tzinfo=UTC)
    assert period_start(sunday, "WEEK") == sunday


@pytest.mark.parametrize("version", ["2.0", "3.0.1"])
def test_a_model_refuses_what_does_not_fit_it(cloud: Cloud, version: str) -> None:
    model = {"type": "object", "required": ["rows"], "properties": {"rows": {"$ref": "#/definitions/list"}}}
    if version != "2.0":
        model["properties"] = {"rows": {"type": "array"}}
    wanted = {"Model": "Rows", "Required": True, "ValidateBody": True, "ValidateParameters": True}
    event: dict[str, Any] = {"Path": "/echo", "Method": "post", "RequestModel": wanted}
    event["RequestParameters"] = [{"method.request.querystring.unit": {"Required": True}}]
    api: dict[str, Any] = {"Models": {"Rows": model, "List": {"type": "array"}}}
    api |= {} if version == "2.0" else {"OpenApiVersion": version}
    url = outputs(made(cloud, f"model-{version[0]}", template({"Echo": event}, **api)))["Url"] + "/echo"
    assert told(f"{url}?unit=USD", "POST", b'{"rows": []}', content_type="application/json")[0] == 200
    for body in (b'{"rows": 1}', b"{}", b"not json", b""):
        assert told(f"{url}?unit=USD", "POST", body, content_type="application/json") == (
            400,
            {"message": "Invalid request body"},
        )
    assert told(url, "POST", b'{"rows": []}') == (
        400,
        {"message": "Missing required request parameters: [unit]"},
    )

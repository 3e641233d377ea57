"""APIs, stages, keys and plans as boto3 and templates make, change and delete them."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.apigateway.things import key_of, request, template, told, with_key
from tests.cloud.deploy.things import create, delete, outputs, physical, update

GET = {"Echo": {"Path": "/echo", "Method": "get"}}
LATER = {**GET, "More": {"Path": "/more", "Method": "get"}}


def document(**changes: Any) -> dict[str, Any]:
    uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{}/invocations"
    function = "arn:aws:lambda:us-east-1:123456789012:function:f"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri.format(function)}
    method = {"x-amazon-apigateway-integration": integration, **changes.pop("method", {})}
    return {"openapi": "3.0.1", "info": {"title": "t"}, "paths": {"/a": {"get": method}}, **changes}


def test_boto3_makes_an_api_and_serves_it(aws: Any) -> None:
    client = aws("apigateway")
    api = client.import_rest_api(body=json.dumps(document()).encode())
    assert api["name"] == "t"
    deployment = client.create_deployment(restApiId=api["id"], stageName="v1")
    assert client.get_stage(restApiId=api["id"], stageName="v1")["deploymentId"] == deployment["id"]
    assert [one["id"] for one in client.get_deployments(restApiId=api["id"])["items"]] == [deployment["id"]]
    with pytest.raises(ClientError, match="Active stages pointing to this deployment"):
        client.delete_deployment(restApiId=api["id"], deploymentId=deployment["id"])
    client.delete_rest_api(restApiId=api["id"])
    with pytest.raises(ClientError, match=r"NotFoundException.*Invalid API identifier specified"):
        client.get_rest_api(restApiId=api["id"])


def test_listings_come_in_pages(aws: Any) -> None:
    client = aws("apigateway")
    made = [client.create_api_key(name=f"paged-{number}")["id"] for number in range(3)]
    first = client.get_api_keys(nameQuery="paged-", limit=2)
    rest = client.get_api_keys(nameQuery="paged-", limit=2, position=first["position"])
    assert [one["id"] for one in first["items"] + rest["items"]] == made
    assert ["value" in one for one in first["items"]] == [False, False]
    assert "position" not in rest


@pytest.mark.parametrize(
    ("changes", "told_as"),
    [
        ({"x-amazon-apigateway-policy": {}}, "resource policies are not supported"),
        ({"method": {"x-amazon-apigateway-integration": {"type": "mock"}}}, "integration type 'mock'"),
        ({"method": {"x-amazon-apigateway-integration": {"type": "aws_proxy"}}}, "names no Lambda function"),
        ({"method": {"security": [{"pool": []}]}}, "authorizer 'pool' is not supported"),
    ],
)
def test_a_body_that_asks_for_what_is_not_here_is_refused(
    cloud: Cloud, changes: dict[str, Any], told_as: str
) -> None:
    body = json.dumps(document(**changes)).encode()
    with pytest.raises(AwsError, match=told_as) as caught:
        cloud.call("apigateway", "ImportRestApi", {"body": body})
    assert (caught.value.code, caught.value.status) == ("BadRequestException", 400)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"paths": {}}'])
def test_what_is_no_openapi_is_refused(cloud: Cloud, body: bytes) -> None:
    with pytest.raises(AwsError, match="Invalid OpenAPI input"):
        cloud.call("apigateway", "ImportRestApi", {"body": body})


def test_a_stage_serves_what_was_deployed_until_the_template_changes(cloud: Cloud) -> None:
    stack = create(cloud, "changing", template(GET))
    url = outputs(stack)["Url"]
    assert (told(f"{url}/echo")[0], told(f"{url}/more")[0]) == (200, 403)
    changed = template(LATER, Variables={"a": "1"}, TracingEnabled=True)
    stack = update(cloud, "changing", changed)
    assert stack["StackStatus"] == "UPDATE_COMPLETE", stack.get("StackStatusReason")
    assert outputs(stack)["Url"] == url
    assert told(f"{url}/more")[1]["stageVariables"] == {"a": "1"}
    update(cloud, "changing", template(LATER, Variables={"b": "2"}))
    assert told(f"{url}/more")[1]["stageVariables"] == {"b": "2"}


def test_limits_of_a_template_come_change_and_go(cloud: Cloud) -> None:
    def limited(setting: list[dict[str, Any]], **plan: Any) -> dict[str, Any]:
        auth = {"ApiKeyRequired": True, "UsagePlan": {"CreateUsagePlan": "PER_API", **plan}}
        return with_key(template(GET, Auth=auth, MethodSettings=setting))

    setting = {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 7}
    stack = create(
        cloud, "limits", limited([setting], Quota={"Limit": 9, "Period": "WEEK"}, Throttle={"RateLimit": 3})
    )
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack.get("StackStatusReason")
    key, asked = key_of(cloud, stack), {"usagePlanId": outputs(stack)["PlanId"]}
    place = {"restApiId": outputs(stack)["ApiId"], "stageName": "live"}
    settings = cloud.call("apigateway", "GetStage", place)["methodSettings"]
    assert settings == {"*/*": {"throttlingRateLimit": 5.0, "throttlingBurstLimit": 7}}
    plan = cloud.call("apigateway", "GetUsagePlan", asked)
    assert (plan["quota"], plan["throttle"]) == ({"limit": 9, "period": "WEEK"}, {"rateLimit": 3.0})
    stack = update(cloud, "limits", limited([], Quota={"Limit": 10, "Period": "DAY"}))
    assert stack["StackStatus"] == "UPDATE_COMPLETE", stack.get("StackStatusReason")
    plan = cloud.call("apigateway", "GetUsagePlan", asked)
    assert (plan["quota"], "throttle" in plan) == ({"limit": 10, "period": "DAY"}, False)
    assert cloud.call("apigateway", "GetStage", place)["methodSettings"] == {}
    assert key_of(cloud, stack) == key
    assert told(f"{outputs(stack)['Url']}/echo", x_api_key=key)[0] == 200


def test_a_deleted_stack_leaves_no_api_key_or_plan(cloud: Cloud) -> None:
    auth = {"ApiKeyRequired": True, "UsagePlan": {"CreateUsagePlan": "PER_API"}}
    stack = create(cloud, "gone", with_key(template(GET, Auth=auth)))
    found = physical(cloud, stack)
    url = outputs(stack)["Url"]
    assert delete(cloud, stack)["StackStatus"] == "DELETE_COMPLETE"
    assert told(f"{url}/echo") == (403, {"message": "Forbidden"})
    for operation, member, name in (
        ("GetRestApi", "restApiId", "Api"),
        ("GetApiKey", "apiKey", "ApiApiKey"),
        ("GetUsagePlan", "usagePlanId", "ApiUsagePlan"),
    ):
        with pytest.raises(AwsError, match="NotFoundException"):
            cloud.call("apigateway", operation, {member: found[name]})


def test_the_access_log_has_a_line_a_request_with_its_variables(cloud: Cloud) -> None:
    cloud.call("logs", "CreateLogGroup", {"logGroupName": "/api/access"})
    form = "$context.httpMethod $context.resourcePath $context.status $context.identity.cognitoIdentityId"
    log = {"DestinationArn": cloud.arn("logs", "log-group:/api/access"), "Format": form}
    stack = create(cloud, "logged", template(GET, AccessLogSetting=log))
    url = outputs(stack)["Url"]
    request(f"{url}/echo?secret=1")
    request(f"{url}/nothing")
    events = cloud.call("logs", "FilterLogEvents", {"logGroupName": "/api/access"})["events"]
    assert [one["message"].strip() for one in events] == ["GET /echo 200 -", "GET - 403 -"]


def test_a_copy_of_aws_address_of_an_unknown_api_stays(cloud: Cloud) -> None:
    foreign = template(GET)
    foreign["Outputs"]["Other"] = {"Value": "https://abcdefghij.execute-api.us-east-1.amazonaws.com/live"}
    stack = create(cloud, "foreign", foreign)
    assert outputs(stack)["Other"] == "https://abcdefghij.execute-api.us-east-1.amazonaws.com/live"
    assert outputs(stack)["Url"].startswith(f"{cloud.endpoint_url}/_aws/execute-api/")

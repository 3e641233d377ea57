"""Requests that look alike reach the operation that AWS would choose."""

import io
from urllib.parse import quote

import pytest

from stepmill.cloud.protocol.messages import HttpRequest
from stepmill.cloud.protocol.routing import candidates, find_route
from stepmill.cloud.service import AwsError


def request(method: str, path: str, query: str = "", body: bytes = b"", **headers: str) -> HttpRequest:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return HttpRequest(method, path, query, named, io.BytesIO(body))


@pytest.mark.parametrize(
    ("asked", "operation"),
    [
        (request("GET", "/"), "ListBuckets"),
        (request("GET", "/bucket"), "ListObjects"),
        (request("GET", "/bucket/"), "ListObjects"),
        (request("GET", "/bucket", "list-type=2&prefix=a"), "ListObjectsV2"),
        (request("GET", "/bucket", "versions"), "ListObjectVersions"),
        (request("GET", "/bucket", "lifecycle="), "GetBucketLifecycleConfiguration"),
        (request("PUT", "/bucket", "notification="), "PutBucketNotificationConfiguration"),
        (request("GET", "/bucket/key"), "GetObject"),
        (request("GET", "/bucket/a//b/"), "GetObject"),
        (request("PUT", "/bucket/key"), "PutObject"),
        (request("PUT", "/bucket/key", x_amz_copy_source="b/k"), "CopyObject"),
        (request("PUT", "/bucket/key", "partNumber=1&uploadId=u"), "UploadPart"),
        (request("PUT", "/bucket/key", "partNumber=1&uploadId=u", x_amz_copy_source="b/k"), "UploadPartCopy"),
        (request("POST", "/bucket/key", "uploads"), "CreateMultipartUpload"),
        (request("POST", "/bucket/key", "uploadId=u"), "CompleteMultipartUpload"),
        (request("DELETE", "/bucket/key", "uploadId=u"), "AbortMultipartUpload"),
        (request("DELETE", "/bucket/key"), "DeleteObject"),
        (request("POST", "/bucket", "delete="), "DeleteObjects"),
    ],
)
def test_s3_requests_are_told_apart_by_query_and_headers(asked: HttpRequest, operation: str) -> None:
    assert find_route(["s3"], asked).operation == operation


def test_an_arn_in_a_path_stays_one_label() -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:judge"
    route = find_route(["lambda"], request("GET", f"/2017-03-31/tags/{quote(arn, safe='')}"))
    assert (route.operation, route.labels) == ("ListTags", {"Resource": quote(arn, safe="")})


def test_services_that_sign_alike_are_told_apart() -> None:
    services = candidates("sagemaker")
    asked = request("POST", "/", x_amz_target="SageMaker.ListModels")
    invoked = request("POST", "/endpoints/cars/invocations")
    assert find_route(services, asked).service == "sagemaker"
    assert find_route(services, invoked).service == "sagemaker-runtime"


def test_the_action_of_a_form_is_found_in_body_and_query() -> None:
    in_body = request("POST", "/", body=b"Action=GetCallerIdentity&Version=2011-06-15")
    in_query = request("GET", "/", "Action=GetCallerIdentity&Version=2011-06-15")
    assert [find_route(["sts"], asked).operation for asked in (in_body, in_query)] == [
        "GetCallerIdentity"
    ] * 2


def test_a_smithy_rpc_path_names_the_operation() -> None:
    asked = request("POST", "/service/GraniteServiceVersion20100801/operation/PutMetricData")
    assert find_route(candidates("monitoring"), asked).operation == "PutMetricData"


@pytest.mark.parametrize(
    "asked",
    [
        request("POST", "/", x_amz_target="AmazonSSM.NoSuchThing"),
        request("POST", "/", x_amz_target="Other.GetParameter"),
        request("PATCH", "/"),
    ],
)
def test_refuses_a_request_that_fits_no_operation(asked: HttpRequest) -> None:
    with pytest.raises(AwsError) as caught:
        find_route(["ssm", "s3"], asked)
    assert (caught.value.code, caught.value.status) == ("UnknownOperationException", 404)

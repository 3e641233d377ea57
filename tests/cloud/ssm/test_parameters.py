"""Parameter Store through boto3."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud

Aws = Callable[[str], Any]


@pytest.fixture
def ssm(aws: Aws, cloud: Cloud) -> Any:
    names = [item["Name"] for item in cloud.call("ssm", "DescribeParameters")["Parameters"]]
    for name in names:
        cloud.call("ssm", "DeleteParameter", {"Name": name})
    return aws("ssm")


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


def test_each_overwrite_is_a_new_version(ssm: Any) -> None:
    first = ssm.put_parameter(Name="/cars/model", Value="m1", Type="String", Description="live")
    second = ssm.put_parameter(Name="/cars/model", Value="m2", Overwrite=True)
    assert [first["Version"], second["Version"], second["Tier"]] == [1, 2, "Standard"]
    found = ssm.get_parameter(Name="/cars/model")["Parameter"]
    found.pop("LastModifiedDate")
    assert found == {
        "Name": "/cars/model",
        "Type": "String",
        "Value": "m2",
        "Version": 2,
        "ARN": "arn:aws:ssm:us-east-1:123456789012:parameter/cars/model",
        "DataType": "text",
    }
    assert ssm.get_parameter(Name="/cars/model:1")["Parameter"]["Value"] == "m1"
    assert ssm.get_parameter(Name=found["ARN"])["Parameter"]["Value"] == "m2"
    history = ssm.get_parameter_history(Name="/cars/model")["Parameters"]
    assert [(item["Version"], item["Value"], item["Description"]) for item in history] == [
        (1, "m1", "live"),
        (2, "m2", "live"),
    ]


def test_refuses_to_replace_without_overwrite(ssm: Any) -> None:
    ssm.put_parameter(Name="/cars/model", Value="m1", Type="String")
    with pytest.raises(ssm.exceptions.ParameterAlreadyExists):
        ssm.put_parameter(Name="/cars/model", Value="m2", Type="String")
    assert ssm.get_parameter(Name="/cars/model")["Parameter"]["Value"] == "m1"


def test_the_same_attempt_writes_once(cloud: Cloud, ssm: Any) -> None:
    params = {"Name": "/cars/model", "Value": "m1", "Type": "String", "Overwrite": True}
    answers = [cloud.call("ssm", "PutParameter", params, attempt=attempt) for attempt in ("t1", "t1", "t2")]
    assert [answer["Version"] for answer in answers] == [1, 1, 2]


def test_a_secure_string_is_masked_until_decryption_is_asked_for(ssm: Any) -> None:
    ssm.put_parameter(Name="hook", Value="s3cret", Type="SecureString")
    assert ssm.get_parameter(Name="hook")["Parameter"]["Value"] == "masked:hook:1"
    assert ssm.get_parameter(Name="hook", WithDecryption=True)["Parameter"]["Value"] == "s3cret"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Name": "no spaces", "Value": "x", "Type": "String"}, "ValidationException"),
        ({"Name": "not/rooted", "Value": "x", "Type": "String"}, "ValidationException"),
        ({"Name": "/aws/x", "Value": "x", "Type": "String"}, "ValidationException"),
        ({"Name": "/a" * 16, "Value": "x", "Type": "String"}, "HierarchyLevelLimitExceededException"),
        ({"Name": "x", "Value": "x"}, "ValidationException"),
        ({"Name": "x", "Value": "x", "Type": "Number"}, "ValidationException"),
        ({"Name": "x", "Value": "", "Type": "String"}, "ValidationException"),
        ({"Name": "x", "Value": "v" * 4097, "Type": "String"}, "ValidationException"),
        ({"Name": "x", "Value": "v" * 8193, "Type": "String", "Tier": "Advanced"}, "ValidationException"),
        (
            {"Name": "x", "Value": "12a", "Type": "String", "AllowedPattern": r"^\d+$"},
            "ParameterPatternMismatchException",
        ),
        (
            {
                "Name": "x",
                "Value": "x",
                "Type": "String",
                "Overwrite": True,
                "Tags": [{"Key": "k", "Value": "v"}],
            },
            "ValidationException",
        ),
    ],
)
def test_refuses_what_aws_refuses(ssm: Any, params: dict[str, Any], code: str) -> None:
    assert refusal(lambda: ssm.put_parameter(**params)) == code


def test_refuses_to_turn_a_secret_into_plain_text(ssm: Any) -> None:
    ssm.put_parameter(Name="hook", Value="s", Type="SecureString")
    call = lambda: ssm.put_parameter(Name="hook", Value="s", Type="String", Overwrite=True)  # noqa: E731
    assert refusal(call) == "HierarchyTypeMismatchException"


def test_what_is_missing_is_said_by_name(ssm: Any) -> None:
    ssm.put_parameter(Name="there", Value="x", Type="String")
    assert refusal(lambda: ssm.get_parameter(Name="absent")) == "ParameterNotFound"
    assert refusal(lambda: ssm.get_parameter(Name="there:7")) == "ParameterVersionNotFound"
    assert refusal(lambda: ssm.delete_parameter(Name="absent")) == "ParameterNotFound"
    many = ssm.get_parameters(Names=["there", "absent"])
    assert ([item["Name"] for item in many["Parameters"]], many["InvalidParameters"]) == (
        ["there"],
        ["absent"],
    )
    gone = ssm.delete_parameters(Names=["there", "absent"])
    assert (gone["DeletedParameters"], gone["InvalidParameters"]) == (["there"], ["absent"])


def test_a_path_is_read_page_by_page(ssm: Any) -> None:
    for number in range(12):
        ssm.put_parameter(Name=f"/many/p{number:02}", Value=str(number), Type="String")
    ssm.put_parameter(Name="/many/deep/er", Value="x", Type="StringList")
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/many")
    assert [[item["Name"][-3:] for item in page["Parameters"]] for page in pages] == [
        [f"p{number:02}" for number in range(10)],
        ["p10", "p11"],
    ]
    deep = ssm.get_paginator("get_parameters_by_path").paginate(Path="/many/", Recursive=True)
    assert sum(len(page["Parameters"]) for page in deep) == 13


def test_parameters_are_described_by_filter(ssm: Any) -> None:
    ssm.put_parameter(Name="/a/one", Value="1", Type="String", Tags=[{"Key": "team", "Value": "cars"}])
    ssm.put_parameter(Name="/a/two", Value="2", Type="SecureString")
    ssm.put_parameter(Name="/b/one", Value="3", Type="String")

    def names(**item: Any) -> list[str]:
        found = ssm.describe_parameters(ParameterFilters=[item])["Parameters"]
        return [parameter["Name"] for parameter in found]

    assert names(Key="Name", Option="BeginsWith", Values=["/a"]) == ["/a/one", "/a/two"]
    assert names(Key="Name", Option="Contains", Values=["one"]) == ["/a/one", "/b/one"]
    assert names(Key="Name", Values=["/b/one"]) == ["/b/one"]
    assert names(Key="Type", Values=["SecureString"]) == ["/a/two"]
    assert names(Key="Path", Values=["/b"]) == ["/b/one"]
    assert names(Key="tag:team", Values=["cars"]) == ["/a/one"]
    assert refusal(lambda: names(Key="Colour", Values=["red"])) == "InvalidFilterKey"
    assert refusal(lambda: names(Key="Name", Option="EndsWith", Values=["x"])) == "InvalidFilterOption"


def test_tags_come_and_go(ssm: Any) -> None:
    ssm.put_parameter(Name="/a/one", Value="1", Type="String", Tags=[{"Key": "team", "Value": "cars"}])
    about = {"ResourceType": "Parameter", "ResourceId": "/a/one"}
    ssm.add_tags_to_resource(**about, Tags=[{"Key": "stage", "Value": "dev"}])
    ssm.remove_tags_from_resource(**about, TagKeys=["team"])
    assert ssm.list_tags_for_resource(**about)["TagList"] == [{"Key": "stage", "Value": "dev"}]
    assert (
        refusal(lambda: ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="x"))
        == "InvalidResourceId"
    )


def test_every_change_is_an_event(cloud: Cloud, ssm: Any) -> None:
    seen: list[dict[str, Any]] = []
    cloud.listen("Parameter Store Change", seen.append)
    ssm.put_parameter(Name="/cars/model", Value="m1", Type="String")
    ssm.put_parameter(Name="/cars/model", Value="m2", Overwrite=True)
    ssm.delete_parameter(Name="/cars/model")
    assert [event["detail"]["operation"] for event in seen] == ["Create", "Update", "Delete"]
    assert seen[0]["resources"] == ["arn:aws:ssm:us-east-1:123456789012:parameter/cars/model"]
    assert (seen[0]["source"], seen[0]["account"], seen[0]["region"]) == (
        "aws.ssm",
        "123456789012",
        "us-east-1",
    )

"""What is not ours is moto's, and the client does not notice."""

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError

Aws = Callable[[str], Any]


def test_dynamodb_keeps_an_item(aws: Aws) -> None:
    client = aws("dynamodb")
    client.create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"id": {"S": "größe"}, "blob": {"B": b"\x00\xff"}, "n": {"N": "1.5"}}
    client.put_item(TableName="things", Item=item)
    assert client.get_item(TableName="things", Key={"id": {"S": "größe"}})["Item"] == item


def test_kms_encrypts_and_decrypts(aws: Aws) -> None:
    client = aws("kms")
    key = client.create_key()["KeyMetadata"]["KeyId"]
    secret = client.encrypt(KeyId=key, Plaintext=b"\x00secret")["CiphertextBlob"]
    assert client.decrypt(CiphertextBlob=secret)["Plaintext"] == b"\x00secret"


def test_cloudwatch_is_reached_by_its_binary_protocol(aws: Aws) -> None:
    client = aws("cloudwatch")
    client.put_metric_data(Namespace="mill", MetricData=[{"MetricName": "rmse", "Value": 1.5}])
    assert [metric["MetricName"] for metric in client.list_metrics(Namespace="mill")["Metrics"]] == ["rmse"]


def test_an_error_of_moto_keeps_its_code(aws: Aws, cloud: Cloud) -> None:
    with pytest.raises(ClientError) as caught:
        aws("dynamodb").describe_table(TableName="absent")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    with pytest.raises(AwsError) as in_process:
        cloud.call("dynamodb", "DescribeTable", {"TableName": "absent"})
    assert (in_process.value.code, in_process.value.status) == ("ResourceNotFoundException", 400)


def test_a_large_answer_arrives_whole(aws: Aws) -> None:
    client = aws("dynamodb")
    client.create_table(
        TableName="large",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    items = [{"id": {"S": name}, "text": {"S": name * 300_000}} for name in "abcde"]
    for item in items:
        client.put_item(TableName="large", Item=item)
    keys = [{"id": item["id"]} for item in items]
    answer = client.batch_get_item(RequestItems={"large": {"Keys": keys}})
    assert sorted(answer["Responses"]["large"], key=lambda item: item["id"]["S"]) == items


def test_fifty_clients_are_served_at_once(aws: Aws) -> None:
    dynamodb, ssm = aws("dynamodb"), aws("ssm")
    together = threading.Barrier(50)

    def work(number: int) -> str:
        together.wait(timeout=30)
        ssm.put_parameter(Name=f"/many/{number}", Value=str(number), Type="String")
        dynamodb.list_tables()
        value: str = ssm.get_parameter(Name=f"/many/{number}")["Parameter"]["Value"]
        return value

    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(work, range(50))) == [str(number) for number in range(50)]


def test_an_in_process_call_names_each_member_that_does_not_fit(cloud: Cloud) -> None:
    with pytest.raises(AwsError) as caught:
        cloud.call("ssm", "PutParameter", {"Nam": "x", "Value": 3})
    assert caught.value.code == "ValidationException"
    for part in (
        'Missing required parameter in input: "Name"',
        'Unknown parameter in input: "Nam"',
        "Value, value: 3",
    ):
        assert part in caught.value.message


@pytest.mark.parametrize(("service", "operation"), [("nowhere", "Get"), ("ssm", "GetNothing")])
def test_an_in_process_call_of_something_unknown_is_refused(
    cloud: Cloud, service: str, operation: str
) -> None:
    with pytest.raises(AwsError, match=r"no service 'nowhere'|no operation 'GetNothing'"):
        cloud.call(service, operation)


def test_a_streamed_answer_is_a_file_in_process_too(cloud: Cloud) -> None:
    cloud.call("s3", "CreateBucket", {"Bucket": "streams"})
    cloud.call("s3", "PutObject", {"Bucket": "streams", "Key": "k", "Body": b"first"})
    cloud.call("s3", "PutObject", {"Bucket": "streams", "Key": "f"}, body=io.BytesIO(b"second"))
    bodies = [cloud.call("s3", "GetObject", {"Bucket": "streams", "Key": key})["Body"].read() for key in "kf"]
    assert bodies == [b"first", b"second"]

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal
from tests.cloud.arrivals import Drain


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    code: str = error.value.response["Error"]["Code"]
    return code


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"DetailType": "T", "Detail": "{}"}, "InvalidArgument"),
        ({"Source": "s", "Detail": "{}"}, "InvalidArgument"),
        ({"Source": "s", "DetailType": "T"}, "InvalidArgument"),
        ({"Source": "s", "DetailType": "T", "Detail": "{"}, "MalformedDetail"),
        ({"Source": "s", "DetailType": "T", "Detail": "[]"}, "MalformedDetail"),
        ({"Source": "aws.s3", "DetailType": "T", "Detail": "{}"}, "NotAuthorizedForSourceException"),
        (
            {"Source": "s", "DetailType": "T", "Detail": "{}", "EventBusName": "none"},
            "ResourceNotFoundException",
        ),
    ],
)
def test_a_bad_entry_fails_alone(
    events: Any, wired: str, name: str, drain: Drain, entry: dict[str, str], code: str
) -> None:
    good = {"Source": name, "DetailType": "T", "Detail": "{}"}
    answer = events.put_events(Entries=[entry, good])
    assert (answer["FailedEntryCount"], answer["Entries"][0]["ErrorCode"]) == (1, code)
    assert len(drain(wired)) == 1


def test_refuses_entries_above_256_kib_and_more_than_ten(events: Any) -> None:
    big = {"Source": "s", "DetailType": "T", "Detail": json.dumps({"x": "y" * 262_144})}
    with pytest.raises(ClientError) as error:
        events.put_events(Entries=[big])
    assert code_of(error) == "ValidationException"
    small = {"Source": "s", "DetailType": "T", "Detail": "{}"}
    with pytest.raises(ClientError) as error:
        events.put_events(Entries=[small] * 11)
    assert code_of(error) == "ValidationException"


@pytest.mark.parametrize("arn", ["arn:aws:kinesis:us-east-1:123456789012:stream/x", "not an arn"])
def test_refuses_a_target_that_it_does_not_deliver_to(events: Any, wired: str, name: str, arn: str) -> None:
    with pytest.raises(ClientError, match="the embedded cloud delivers to"):
        events.put_targets(Rule=name, Targets=[{"Id": "x", "Arn": arn}])


def test_a_role_needs_pass_role_to_name_a_target_s_role(
    cloud: Cloud, aws: Callable[[str], Any], wired: str, name: str
) -> None:
    trust = '{"Version":"2012-10-17","Statement":[]}'
    role = aws("iam").create_role(RoleName=name[:60], AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"events:*","Resource":"*"}]}'
    aws("iam").put_role_policy(RoleName=name[:60], PolicyName="p", PolicyDocument=policy)
    target = {"Id": "m", "Arn": cloud.arn("states", "stateMachine:x"), "RoleArn": cloud.arn("iam", "role/x")}
    with pytest.raises(AwsError, match="iam:PassRole"):
        cloud.call(
            "events", "PutTargets", {"Rule": name, "Targets": [target]}, principal=Principal(role, "test")
        )

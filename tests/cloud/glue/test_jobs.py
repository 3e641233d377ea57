"""Definitions of jobs: kept as given, refused where they cannot run."""

import json
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal
from tests.cloud.glue.things import definition, make, role


def test_a_job_is_shown_as_it_was_defined_with_its_defaults(cloud: Cloud) -> None:
    wanted = definition(cloud, "shown", "print(1)", DefaultArguments={"--a": "1"}, Tags={"team": "cars"})
    cloud.call("glue", "CreateJob", wanted)
    found = cloud.call("glue", "GetJob", {"JobName": "shown"})["Job"]
    moments = [found.pop(key) for key in ("CreatedOn", "LastModifiedOn")]
    assert moments[0] == moments[1]
    assert found == {
        "Name": "shown",
        "Role": wanted["Role"],
        "Command": wanted["Command"],
        "DefaultArguments": {"--a": "1"},
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "MaxRetries": 0,
        "Timeout": 2880,
        "MaxCapacity": 0.0625,
    }
    arn = cloud.arn("glue", "job/shown")
    assert cloud.call("glue", "GetTags", {"ResourceArn": arn}) == {"Tags": {"team": "cars"}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Command": {"Name": "glueetl", "ScriptLocation": "s3://b/k"}}, "Command.Name glueetl needs Spark"),
        ({"Command": {"Name": "gluestreaming"}}, "Command.Name gluestreaming needs Spark"),
        ({"Command": {"Name": "pythonshell", "PythonVersion": "3"}}, "Command.PythonVersion is 3"),
        ({"Command": {"Name": "pythonshell", "PythonVersion": "3.9"}}, "Command.ScriptLocation is None"),
        ({"MaxCapacity": 2.0}, "MaxCapacity is 2; pythonshell allows 0.0625 or 1"),
        ({"WorkerType": "G.1X"}, "WorkerType is for Spark jobs"),
        ({"MaxRetries": 11}, "MaxRetries is 11"),
        ({"Timeout": 10_081}, "Timeout is 10081 minutes"),
        ({"ExecutionProperty": {"MaxConcurrentRuns": 0}}, "MaxConcurrentRuns must be at least 1"),
        ({"Role": "nobody-of-this-name"}, "does not exist or does not trust glue.amazonaws.com"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refuses_by_name_what_cannot_run_here(cloud: Cloud, change: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError) as caught:
        cloud.call("glue", "CreateJob", definition(cloud, "refused", "print(1)") | change)
    assert caught.value.code == "InvalidInputException"
    assert message in caught.value.message


def test_a_role_that_trusts_another_service_is_refused(cloud: Cloud) -> None:
    other = role(cloud, "for-lambda", "lambda.amazonaws.com")
    with pytest.raises(AwsError, match=r"does not trust glue\.amazonaws\.com"):
        make(cloud, "wrong-role", "print(1)", Role=other)


def test_a_caller_needs_to_be_allowed_to_pass_the_role(cloud: Cloud) -> None:
    caller = Principal(role(cloud, "maker", "lambda.amazonaws.com", "glue:*"), "lambda")
    with pytest.raises(AwsError, match="iam:PassRole"):
        cloud.call("glue", "CreateJob", definition(cloud, "passed", "print(1)"), principal=caller)


def test_a_taken_name_is_refused_and_the_same_attempt_is_not(cloud: Cloud) -> None:
    wanted = definition(cloud, "taken", "print(1)")
    for _ in range(2):
        assert cloud.call("glue", "CreateJob", wanted, attempt="deploy-1") == {"Name": "taken"}
    with pytest.raises(AwsError) as caught:
        cloud.call("glue", "CreateJob", wanted, attempt="deploy-2")
    assert caught.value.code == "AlreadyExistsException"


def test_a_deleted_job_is_unknown_and_deleting_it_again_is_no_error(cloud: Cloud) -> None:
    make(cloud, "deleted", "print(1)", Tags={"a": "b"})
    for _ in range(2):
        assert cloud.call("glue", "DeleteJob", {"JobName": "deleted"}) == {"JobName": "deleted"}
    with pytest.raises(AwsError) as caught:
        cloud.call("glue", "GetJob", {"JobName": "deleted"})
    assert caught.value.code == "EntityNotFoundException"
    assert cloud.call("glue", "GetTags", {"ResourceArn": cloud.arn("glue", "job/deleted")}) == {"Tags": {}}


def test_a_role_is_held_to_the_jobs_its_policy_names(cloud: Cloud) -> None:
    make(cloud, "allowed", "print(1)")
    name = "only-one-job"
    role(cloud, name, "states.amazonaws.com", "sns:Publish")
    statement = {"Effect": "Allow", "Action": "glue:GetJob", "Resource": cloud.arn("glue", "job/allowed")}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.call("iam", "PutRolePolicy", {"RoleName": name, "PolicyName": "all", "PolicyDocument": document})
    caller = Principal(f"arn:aws:iam::{cloud.account}:role/{name}", "states")
    assert cloud.call("glue", "GetJob", {"JobName": "allowed"}, principal=caller)["Job"]["Name"] == "allowed"
    with pytest.raises(AwsError) as caught:
        cloud.call("glue", "GetJob", {"JobName": "taken"}, principal=caller)
    assert caught.value.code == "AccessDeniedException"

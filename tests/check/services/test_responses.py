"""What tasks give back."""

from __future__ import annotations

from typing import Any

import pytest

from stepmill.check.services import output, resource
from stepmill.check.shapes.shape import (
    UNKNOWN,
    Array,
    Object,
    Presence,
    Shape,
    String,
    closed,
    of_value,
)
from stepmill.check.subject import Context, Contract

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:judge"
CHILD = "arn:aws:states:eu-west-1:123456789012:stateMachine:child"
VERDICT = closed(accepted=of_value(True))
CONTEXT = Context(
    lambdas={FUNCTION: Contract(returns=VERDICT), "${Judge}": Contract(returns=VERDICT)},
    callbacks={"Ask": VERDICT},
    executions={CHILD: VERDICT},
)
ENGINE = {"SdkHttpMetadata", "SdkResponseMetadata"}


def answer(name: str, arguments: Any = None, state: str = "Only") -> Shape:
    given = UNKNOWN if arguments is None else of_value(arguments)
    text = name if name.startswith(("arn:", "$")) else f"arn:aws:states:::{name}"
    return output(resource(text), given, CONTEXT, state)


def member(shape: Shape, path: str) -> Shape:
    for name in path.split("."):
        if isinstance(shape, Array):
            shape = shape.items
        assert isinstance(shape, Object)
        shape = shape.members[name].shape
    return shape


def test_an_answer_has_the_services_members_and_those_of_the_engine() -> None:
    shape = answer("sagemaker:createModel")
    assert isinstance(shape, Object)
    assert {name: it.presence for name, it in shape.members.items()} == {
        "ModelArn": Presence.ALWAYS,
        "SdkHttpMetadata": Presence.LIKELY,
        "SdkResponseMetadata": Presence.LIKELY,
    }
    assert shape.rest is None


def test_an_sdk_call_has_no_members_of_the_engine_and_javas_names() -> None:
    shape = answer("aws-sdk:rds:describeDBInstances")
    assert isinstance(shape, Object)
    assert set(shape.members) == {"Marker", "DbInstances"}
    assert isinstance(member(shape, "DbInstances.DbInstanceIdentifier"), String)


@pytest.mark.parametrize("job", ["Training", "Processing", "Transform"])
def test_a_finished_job_is_described_and_was_successful(job: str) -> None:
    shape = answer(f"sagemaker:create{job}Job.sync")
    assert isinstance(shape, Object)
    assert shape.rest is None
    status = shape.members[f"{job}JobStatus"]
    assert (status.presence, member(shape, f"{job}JobStatus")) == (
        Presence.ALWAYS,
        String(frozenset(["Completed"]), pieces=("Completed",)),
    )


def test_a_job_that_is_only_started_has_no_status() -> None:
    shape = answer("sagemaker:createTrainingJob")
    assert isinstance(shape, Object)
    assert set(shape.members) == {"TrainingJobArn"} | ENGINE


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("batch:submitJob.sync", "Container.ExitCode"),
        ("ecs:runTask.sync", "Containers.ExitCode"),
        ("ecs:runTask", "Tasks.TaskArn"),
        ("glue:startJobRun.sync", "JobRunState"),
        ("codebuild:startBuild.sync", "Build.BuildStatus"),
        ("athena:startQueryExecution.sync", "QueryExecution.ResultConfiguration.OutputLocation"),
        ("dynamodb:getItem", "Item"),
        ("aws-sdk:ssm:getParameter", "Parameter.Value"),
        ("aws-sdk:ec2:describeInstances", "Reservations.Instances.State.Name"),
        ("sqs:sendMessage", "MessageId"),
        ("sns:publish", "MessageId"),
        ("sagemaker:createTrainingJob.sync", "ModelArtifacts.S3ModelArtifacts"),
        ("sagemaker:createTrainingJob.sync", "ResourceConfig.VolumeSizeInGB"),
        ("states:startExecution", "ExecutionArn"),
        ("http:invoke", "ResponseBody"),
        ("apigateway:invoke", "ResponseBody"),
        ("bedrock:invokeModel", "Body"),
        ("bedrockagentcore:invokeHarness", "Output.Message.Content.Text"),
    ],
)
def test_the_usual_paths_are_there(name: str, path: str) -> None:
    member(answer(name), path)


def test_a_row_has_members_of_any_name_each_of_one_type() -> None:
    row = member(answer("dynamodb:getItem"), "Item")
    assert isinstance(row, Object)
    assert isinstance(row.rest, Object)
    assert {"S", "N", "BOOL", "NULL", "M", "L"} <= set(row.rest.members)
    assert row.rest.rest is None


@pytest.mark.parametrize("function", [FUNCTION, f"{FUNCTION}:live", "judge", "${Judge}"])
def test_a_function_gives_what_its_handler_returns_as_the_payload(function: str) -> None:
    shape = answer("lambda:invoke", {"FunctionName": function})
    assert isinstance(shape, Object)
    assert set(shape.members) == ENGINE | {
        "ExecutedVersion",
        "Payload",
        "StatusCode",
        "LogResult",
        "FunctionError",
    }
    assert shape.members["Payload"].shape == VERDICT


def test_a_function_that_is_not_waited_for_gives_nothing_known() -> None:
    shape = answer("lambda:invoke", {"FunctionName": FUNCTION, "InvocationType": "Event"})
    assert member(shape, "Payload") == UNKNOWN


@pytest.mark.parametrize("function", [FUNCTION, "${Judge}"])
def test_a_function_called_by_its_own_arn_gives_what_it_returns(function: str) -> None:
    assert answer(function) == VERDICT


def test_a_token_gives_what_its_holder_sends() -> None:
    assert answer("sqs:sendMessage.waitForTaskToken", state="Ask") == VERDICT
    assert answer("sqs:sendMessage.waitForTaskToken") == UNKNOWN
    assert answer("arn:aws:states:eu-west-1:123456789012:activity:ask", state="Ask") == VERDICT


def test_a_child_gives_its_output_as_text_or_parsed() -> None:
    arguments = {"StateMachineArn": CHILD, "Input": {"a": 1}}
    as_text = answer("states:startExecution.sync", arguments)
    parsed = answer("states:startExecution.sync:2", arguments)
    assert member(as_text, "Output") == String(format="json", parsed=VERDICT)
    assert (member(parsed, "Output"), member(parsed, "Input")) == (VERDICT, of_value({"a": 1}))


@pytest.mark.parametrize(
    "name",
    [
        "${Anything}",
        "eks:call",
        "elasticmapreduce:createCluster.sync",
        "emr-serverless:startJobRun.sync",
        "aws-sdk:lookoutvision:detectAnomalies",
        "aws-sdk:nowhere:nothing",
        "aws-sdk:bedrockruntime:converseStream",
        "aws-sdk:sagemaker:createTrainingJob.sync",
        "judge",
    ],
)
def test_what_nobody_can_say_is_unknown(name: str) -> None:
    assert answer(name) == UNKNOWN


def test_a_moment_is_a_text_in_an_sdk_answer() -> None:
    assert member(answer("aws-sdk:sagemaker:describeEndpoint"), "CreationTime") == String(format="date-time")
    assert member(answer("sagemaker:createTrainingJob.sync"), "CreationTime") == UNKNOWN


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("http:invoke", {"Headers", "ResponseBody", "StatusCode", "StatusText"}),
        ("apigateway:invoke", {"Headers", "ResponseBody", "StatusCode", "StatusText"}),
        ("athena:startQueryExecution.sync", {"QueryExecution"} | ENGINE),
        ("codebuild:startBuild.sync", {"Build"} | ENGINE),
    ],
)
def test_an_answer_of_its_own_has_these_members_and_no_others(name: str, members: set[str]) -> None:
    shape = answer(name)
    assert isinstance(shape, Object)
    assert (set(shape.members), shape.rest) == (members, None)


@pytest.mark.parametrize(
    ("name", "path", "absent"),
    [
        ("glue:startJobRun.sync", "Id", "RunId"),
        ("batch:submitJob.sync", "JobId", "Job"),
        ("ecs:runTask.sync", "TaskArn", "Tasks"),
        ("athena:startQueryExecution.sync", "QueryExecution.QueryExecutionId", "QueryExecutionId"),
    ],
)
def test_a_finished_job_is_no_answer_of_its_request(name: str, path: str, absent: str) -> None:
    shape = answer(name)
    member(shape, path)
    assert isinstance(shape, Object)
    assert (absent in shape.members, shape.rest) == (False, None)


def test_a_task_of_ecs_has_the_members_that_were_seen() -> None:
    """Source: an execution that localstack recorded, test_ecs_task_service.snapshot.json"""
    seen = [
        "Attachments", "Attributes", "AvailabilityZone", "ClusterArn", "Connectivity", "ConnectivityAt",
        "Containers", "Cpu", "CreatedAt", "DesiredStatus", "EnableExecuteCommand", "EphemeralStorage",
        "ExecutionStoppedAt", "Group", "InferenceAccelerators", "LastStatus", "LaunchType", "Memory",
        "Overrides", "PlatformVersion", "PullStartedAt", "PullStoppedAt", "StartedAt", "StartedBy",
        "StopCode", "StoppedAt", "StoppedReason", "StoppingAt", "Tags", "TaskArn",
        "TaskDefinitionArn", "Version",
    ]  # fmt: skip
    shape = answer("ecs:runTask.sync")
    assert isinstance(shape, Object)
    assert [name for name in seen if name not in shape.members] == []
    member(shape, "Containers.NetworkInterfaces.PrivateIpv4Address")

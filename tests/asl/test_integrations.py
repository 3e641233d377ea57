"""AWS services beside SageMaker as Task states, and what is refused when they are built."""

from collections.abc import Callable
from typing import Any

import pytest

from stepmill.asl import (
    Machine,
    Map,
    Parallel,
    Pass,
    Task,
    aws_sdk,
    chain,
    context,
    dynamodb,
    events,
    glue,
    lambda_invoke,
    path,
    sns,
    sqs,
    ssm,
)

States = Callable[..., dict[str, Any]]
Problems = Callable[[Callable[[], object]], list[str]]


def _resource_and_parameters(states: States, task: Task) -> tuple[str, Any]:
    state = states(task)[task.state_id]
    return state["Resource"].removeprefix("arn:aws:states:::"), state["Parameters"]


@pytest.mark.parametrize(
    ("task", "resource", "parameters"),
    [
        (
            ssm.put_parameter("T", name="/a", value=path("$.v"), description="A."),
            "aws-sdk:ssm:putParameter",
            {"Name": "/a", "Value.$": "$.v", "Type": "String", "Overwrite": True, "Description": "A."},
        ),
        (ssm.get_parameter("T", name="/a"), "aws-sdk:ssm:getParameter", {"Name": "/a"}),
        (
            ssm.get_parameters("T", names=["/a", path("$.b")]),
            "aws-sdk:ssm:getParameters",
            {"Names.$": "States.Array('/a', $.b)"},
        ),
        (ssm.delete_parameter("T", name="/a"), "aws-sdk:ssm:deleteParameter", {"Name": "/a"}),
        (
            sns.publish("T", topic_arn="${Topic}", message={"a": path("$.a")}, subject="Hello"),
            "sns:publish",
            {"TopicArn": "${Topic}", "Message": {"a.$": "$.a"}, "Subject": "Hello"},
        ),
        (
            sns.publish("T", phone_number="+431", message=context("$$.Task.Token"), task_token=True),
            "sns:publish.waitForTaskToken",
            {"PhoneNumber": "+431", "Message.$": "$$.Task.Token"},
        ),
        (
            sqs.send_message("T", queue_url="${Q}", message_body=path("$.b"), task_token=True),
            "sqs:sendMessage.waitForTaskToken",
            {"QueueUrl": "${Q}", "MessageBody.$": "$.b"},
        ),
        (
            glue.start_job_run("T", job_name="${Job}", arguments={"--day": path("$.day")}, timeout=10),
            "glue:startJobRun.sync",
            {"JobName": "${Job}", "Arguments": {"--day.$": "$.day"}, "Timeout": 10},
        ),
        (
            glue.start_job_run("T", job_name=path("$.job"), max_capacity=1.0, wait=False),
            "glue:startJobRun",
            {"JobName.$": "$.job", "MaxCapacity": 1.0},
        ),
        (
            events.put_events(
                "T", entries=[{"Source": "s", "DetailType": "d", "Detail": {"x": path("$.x")}}]
            ),
            "events:putEvents",
            {"Entries": [{"Source": "s", "DetailType": "d", "Detail": {"x.$": "$.x"}}]},
        ),
        (
            dynamodb.get_item("T", table_name="${T}", key={"id": {"S": path("$.id")}}, consistent_read=True),
            "dynamodb:getItem",
            {"TableName": "${T}", "Key": {"id": {"S.$": "$.id"}}, "ConsistentRead": True},
        ),
        (
            dynamodb.put_item(
                "T",
                table_name="${T}",
                item={"id": {"S": "a"}},
                condition_expression="attribute_not_exists(id)",
            ),
            "dynamodb:putItem",
            {
                "TableName": "${T}",
                "Item": {"id": {"S": "a"}},
                "ConditionExpression": "attribute_not_exists(id)",
            },
        ),
        (
            dynamodb.update_item(
                "T",
                table_name="${T}",
                key={"id": {"S": "a"}},
                update_expression="SET n = :n",
                expression_attribute_values={":n": {"N": "1"}},
            ),
            "dynamodb:updateItem",
            {
                "TableName": "${T}",
                "Key": {"id": {"S": "a"}},
                "UpdateExpression": "SET n = :n",
                "ExpressionAttributeValues": {":n": {"N": "1"}},
            },
        ),
        (
            dynamodb.delete_item("T", table_name="${T}", key={"id": {"S": "a"}}),
            "dynamodb:deleteItem",
            {"TableName": "${T}", "Key": {"id": {"S": "a"}}},
        ),
        (
            lambda_invoke("T", function_name="${JudgeCandidateArn}", payload={"limit": path("$.limit")}),
            "lambda:invoke",
            {"FunctionName": "${JudgeCandidateArn}", "Payload": {"limit.$": "$.limit"}},
        ),
        (
            lambda_invoke("T", function_name="f", payload=path("$"), task_token=True),
            "lambda:invoke.waitForTaskToken",
            {"FunctionName": "f", "Payload.$": "$"},
        ),
        (
            aws_sdk("T", "s3", "headObject", {"Bucket": path("$.b"), "Key": "k"}),
            "aws-sdk:s3:headObject",
            {"Bucket.$": "$.b", "Key": "k"},
        ),
        (
            aws_sdk("T", "sfn", "startExecution", {"StateMachineArn": "${M}"}, task_token=True),
            "aws-sdk:sfn:startExecution.waitForTaskToken",
            {"StateMachineArn": "${M}"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_writes_resource_and_parameters(task: Task, resource: str, parameters: Any, states: States) -> None:
    assert _resource_and_parameters(states, task) == (resource, parameters)


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (
            lambda: sns.publish("T", message="m"),
            "Parameters has none of TopicArn, TargetArn, PhoneNumber; give exactly one",
        ),
        (
            lambda: sns.publish("T", message="m", topic_arn="a", subject="two\nlines"),
            r"Parameters.Subject is 'two\nlines'; use one line of at most 100 characters",
        ),
        (
            lambda: sns.publish("T", message="", topic_arn="a"),
            "Parameters lack Message; sns:publish requires it",
        ),
        (
            lambda: glue.start_job_run("T", job_name="j", arguments={"day": "1"}),
            "Parameters.Arguments has day: '1'; names begin with --, values are text",
        ),
        (
            lambda: glue.start_job_run("T", job_name="j", arguments={"--days": 1}),
            "Parameters.Arguments has --days: 1; names begin with --, values are text",
        ),
        (
            lambda: glue.start_job_run("T", job_name="j", max_capacity=1, worker_type="G.1X"),
            "Parameters has MaxCapacity and WorkerType; give MaxCapacity to Python shell jobs, WorkerType "
            "and NumberOfWorkers to Spark jobs",
        ),
        (
            lambda: glue.start_job_run("T", job_name=""),
            "Parameters lack JobName; glue:startJobRun.sync requires it",
        ),
        (lambda: events.put_events("T", entries=[]), "Parameters.Entries has 0 events; give 1 to 10"),
        (
            lambda: events.put_events("T", entries=[{"Source": "s"}]),
            "Parameters.Entries[0] lacks DetailType, Detail; events:putEvents requires it",
        ),
        (
            lambda: aws_sdk("T", "SageMaker", "describeEndpoint"),
            "service is 'SageMaker'; write it in small letters, such as 'sagemaker'",
        ),
        (
            lambda: aws_sdk("T", "s3", "HeadObject"),
            "action is 'HeadObject'; write it in camelCase, such as 'describeEndpoint'",
        ),
        (
            lambda: aws_sdk("T", "s3", "headObject", {"bucket": "b"}),
            "Parameters has 'bucket'; members are in PascalCase: Bucket",
        ),
    ],
)
def test_refuses_what_the_service_would(build: Callable[[], Task], problem: str, problems: Problems) -> None:
    assert problems(build) == [f"States.T: {problem}"]


def test_integrations_move_to_the_machines_partition() -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    reader: dict[str, Any] = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b"}}
    each = Map(
        "Each", mode="DISTRIBUTED", execution_type="EXPRESS", item_reader=reader,
        item_processor=ssm.get_parameter("Inner", name="/a"),
    )  # fmt: skip
    both = Parallel("Both", branches=[ssm.get_parameter("Branch", name="/b"), Pass("P")])
    start = chain(Task("Function", resource=arn), each, both)
    machine = Machine(name="m", comment="", timeout_seconds=1, states=start, partition="${Partition}")
    states = machine.definition()["States"]
    moved = "arn:${Partition}:states:::"
    assert states["Function"]["Resource"] == arn
    assert states["Each"]["ItemReader"]["Resource"] == moved + "s3:getObject"
    assert (
        states["Each"]["ItemProcessor"]["States"]["Inner"]["Resource"] == moved + "aws-sdk:ssm:getParameter"
    )
    assert states["Both"]["Branches"][0]["States"]["Branch"]["Resource"] == moved + "aws-sdk:ssm:getParameter"

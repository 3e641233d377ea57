"""What each kind of call needs."""

from typing import Any

import pytest

from .needs import RULE, of_task, watching


def test_a_training_job_needs_all_that_sync_does() -> None:
    found = of_task(
        "sagemaker:createTrainingJob.sync",
        {
            "TrainingJobName.$": "States.Format('${Prefix}-train-{}-{}', $$.Execution.Name, $.attempt)",
            "RoleArn": "${TrainRoleArn}",
            "ResourceConfig": {"VolumeKmsKeyId": "${DataKeyArn}"},
        },
    )
    job = "sagemaker:training-job/${Prefix}-train-*-*"
    assert found == {
        ("sagemaker:CreateTrainingJob", job),
        ("sagemaker:DescribeTrainingJob", job),
        ("sagemaker:StopTrainingJob", job, "advised"),
        ("sagemaker:AddTags", job),
        ("iam:PassRole", "${TrainRoleArn}", "sagemaker.amazonaws.com"),
        ("kms:CreateGrant", "${DataKeyArn}", "advised"),
        ("kms:DescribeKey", "${DataKeyArn}", "advised"),
    } | watching(f"{RULE}ForSageMakerTrainingJobsRule")


def test_without_sync_only_the_call_is_needed() -> None:
    found = of_task("sagemaker:createTransformJob", {"TransformJobName": "cars", "ModelName": "m"})
    assert found == {("sagemaker:CreateTransformJob", "sagemaker:transform-job/cars")}


SCALED = {
    "ServiceNamespace": "sagemaker",
    "ResourceId.$": "States.Format('endpoint/cars-{}/variant/AllTraffic', $.stage)",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
SCALED_TARGET = "application-autoscaling:scalable-target/*"
ITS_ALARMS = "cloudwatch:alarm:TargetTracking-*"
ITS_ROLE = (
    "iam::${AWS::AccountId}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        (
            "registerScalableTarget",
            {
                ("sagemaker:DescribeEndpoint", "sagemaker:endpoint/cars-*", "advised"),
                ("sagemaker:UpdateEndpointWeightsAndCapacities", "sagemaker:endpoint/cars-*", "advised"),
                ("sagemaker:DescribeEndpointConfig", "sagemaker:endpoint-config/*", "advised"),
                ("iam:CreateServiceLinkedRole", ITS_ROLE, "advised"),
            },
        ),
        (
            "putScalingPolicy",
            {
                ("cloudwatch:DescribeAlarms", ITS_ALARMS, "advised"),
                ("cloudwatch:PutMetricAlarm", ITS_ALARMS, "advised"),
            },
        ),
        (
            "deregisterScalableTarget",
            {
                ("cloudwatch:DescribeAlarms", ITS_ALARMS, "advised"),
                ("cloudwatch:DeleteAlarms", ITS_ALARMS, "advised"),
            },
        ),
    ],
)
def test_who_scales_an_endpoint_needs_what_autoscaling_does_in_its_name(
    operation: str, more: set[tuple[str, ...]]
) -> None:
    action = f"application-autoscaling:{operation[0].upper()}{operation[1:]}"

    assert of_task(f"aws-sdk:applicationautoscaling:{operation}", SCALED) == {(action, SCALED_TARGET)} | more


def test_who_scales_a_table_needs_nothing_of_sagemaker() -> None:
    found = of_task(
        "aws-sdk:applicationautoscaling:registerScalableTarget", SCALED | {"ServiceNamespace": "dynamodb"}
    )

    assert found == {("application-autoscaling:RegisterScalableTarget", SCALED_TARGET)}


CALLS: list[tuple[str, dict[str, Any], set[tuple[str, ...]]]] = [
    (
        "lambda:invoke",
        {"FunctionName": "${JudgeArn}"},
        {("lambda:InvokeFunction", "${JudgeArn}")},
    ),
    (
        "lambda:invoke.waitForTaskToken",
        {"FunctionName": "judge", "Qualifier": "live", "Payload": {"token.$": "$$.Task.Token"}},
        {("lambda:InvokeFunction", "lambda:function:judge:live")},
    ),
    (
        "arn:aws:lambda:us-east-1:123456789012:function:judge",
        {},
        {("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:judge")},
    ),
    ("arn:aws:states:us-east-1:123456789012:activity:label", {}, set()),
    ("sns:publish", {"TopicArn": "${TopicArn}", "Message": "m"}, {("sns:Publish", "${TopicArn}")}),
    ("sns:publish", {"PhoneNumber": "+1", "Message": "m"}, {("sns:Publish", "*")}),
    (
        "sqs:sendMessage",
        {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/jobs", "MessageBody": "m"},
        {("sqs:SendMessage", "sqs:jobs")},
    ),
    ("sqs:sendMessage", {"QueueUrl": "${JobsUrl}", "MessageBody": "m"}, {("sqs:SendMessage", "*")}),
    ("sqs:sendMessage", {"QueueUrl": "jobs", "MessageBody": "m"}, {("sqs:SendMessage", "sqs:jobs")}),
    ("dynamodb:updateItem", {"TableName": "locks"}, {("dynamodb:UpdateItem", "dynamodb:table/locks")}),
    (
        "aws-sdk:dynamodb:query",
        {"TableName": "locks", "IndexName": "by-holder"},
        {("dynamodb:Query", "dynamodb:table/locks/index/by-holder")},
    ),
    (
        "states:startExecution.sync:2",
        {"StateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:child"},
        {
            ("states:StartExecution", "arn:aws:states:eu-west-1:123456789012:stateMachine:child"),
            (
                "states:DescribeExecution",
                "arn:aws:states:eu-west-1:123456789012:execution:child:*",
            ),
            ("states:StopExecution", "arn:aws:states:eu-west-1:123456789012:execution:child:*", "advised"),
        }
        | watching(f"{RULE}ForStepFunctionsExecutionRule"),
    ),
    (
        "events:putEvents",
        {"Entries": [{"Source": "cars", "EventBusName": "mill"}, {"Source": "cars"}]},
        {("events:PutEvents", "events:event-bus/mill"), ("events:PutEvents", "events:event-bus/default")},
    ),
    (
        "batch:submitJob.sync",
        {"JobName": "n", "JobDefinition": "fit", "JobQueue": "arn:aws:batch:r:1:job-queue/q"},
        {
            ("batch:SubmitJob", "batch:job-definition/fit*"),
            ("batch:SubmitJob", "arn:aws:batch:r:1:job-queue/q"),
            ("batch:DescribeJobs", "*"),
            ("batch:TerminateJob", "batch:job/*", "advised"),
        }
        | watching(f"{RULE}ForBatchJobsRule"),
    ),
    (
        "ecs:runTask.sync",
        {"Cluster": "mill", "TaskDefinition": "fit"},
        {
            ("ecs:RunTask", "ecs:task-definition/fit:*"),
            ("ecs:DescribeTasks", "ecs:task/mill/*"),
            ("ecs:StopTask", "ecs:task/mill/*", "advised"),
            ("iam:PassRole", "iam::${AWS::AccountId}:role/*", "ecs-tasks.amazonaws.com", "possible"),
        }
        | watching(f"{RULE}ForECSTaskRule"),
    ),
    (
        "glue:startJobRun.sync",
        {"JobName": "clean"},
        {
            ("glue:StartJobRun", "glue:job/clean"),
            ("glue:GetJobRun", "glue:job/clean"),
            ("glue:GetJobRuns", "glue:job/clean", "advised"),
            ("glue:BatchStopJobRun", "glue:job/clean", "advised"),
        },
    ),
    (
        "codebuild:startBuild.sync",
        {"ProjectName": "site"},
        {
            ("codebuild:StartBuild", "codebuild:project/site"),
            ("codebuild:BatchGetBuilds", "codebuild:project/site"),
            ("codebuild:StopBuild", "codebuild:project/site", "advised"),
        }
        | watching("StepFunctionsGetEventForCodeBuildStartBuildRule"),
    ),
    (
        "bedrock:invokeModel",
        {"ModelId": "anthropic.claude-v2"},
        {("bedrock:InvokeModel", "bedrock:${AWS::Region}::foundation-model/anthropic.claude-v2")},
    ),
    (
        "http:invoke",
        {
            "ApiEndpoint": "https://example.com",
            "Method": "GET",
            "Authentication": {"ConnectionArn": "${ConnectionArn}"},
        },
        {
            ("states:InvokeHTTPEndpoint", "states:stateMachine:${StateMachineName}"),
            ("events:RetrieveConnectionCredentials", "${ConnectionArn}"),
            ("secretsmanager:DescribeSecret", "secretsmanager:secret:events!connection/*"),
            ("secretsmanager:GetSecretValue", "secretsmanager:secret:events!connection/*"),
        },
    ),
    (
        "apigateway:invoke",
        {
            "ApiEndpoint": "abc.execute-api.us-east-1.amazonaws.com",
            "Method": "GET",
            "Stage": "prod",
            "Path": "/cars",
            "AuthType": "IAM_ROLE",
        },
        {("execute-api:Invoke", "execute-api:abc/prod/GET/cars")},
    ),
    ("aws-sdk:ssm:getParameter", {"Name": "/mill/x"}, {("ssm:GetParameter", "ssm:parameter/mill/x")}),
    ("aws-sdk:s3:listObjectsV2", {"Bucket": "b"}, {("s3:ListBucket", "s3:::b")}),
    ("aws-sdk:s3:headObject", {"Bucket": "b", "Key": "k"}, {("s3:GetObject", "s3:::b/k")}),
    (
        "aws-sdk:s3:copyObject",
        {"Bucket": "b", "Key": "k", "CopySource": "from/there"},
        {("s3:PutObject", "s3:::b/k"), ("s3:GetObject", "s3:::from/there")},
    ),
    (
        "aws-sdk:sfn:startExecution",
        {"StateMachineArn": "${ChildArn}"},
        {("states:StartExecution", "${ChildArn}")},
    ),
    (
        "aws-sdk:cloudwatchlogs:putLogEvents",
        {"LogGroupName": "g", "LogStreamName": "s"},
        {("logs:PutLogEvents", "logs:log-group:g:log-stream:s")},
    ),
    ("aws-sdk:cloudwatch:putMetricData", {"Namespace": "n"}, {("cloudwatch:PutMetricData", "*")}),
    (
        "aws-sdk:eventbridge:putEvents",
        {"Entries": [{"Source": "cars"}]},
        {("events:PutEvents", "events:event-bus/default")},
    ),
    (
        "aws-sdk:sagemakerruntime:invokeEndpoint",
        {"EndpointName": "live"},
        {("sagemaker:InvokeEndpoint", "sagemaker:endpoint/live")},
    ),
    (
        "aws-sdk:sagemaker:createModel",
        {"ModelName": "m", "ExecutionRoleArn": "${R}"},
        {
            ("sagemaker:CreateModel", "sagemaker:model/m"),
            ("iam:PassRole", "${R}", "sagemaker.amazonaws.com"),
        },
    ),
    (
        "aws-sdk:rekognition:detectLabels",
        {"Image": {"S3Object": {"Bucket": "b", "Name.$": "$.key"}}},
        {
            ("rekognition:DetectLabels", "*"),
            ("s3:GetObject", "s3:::b/*", "advised"),
            ("unknown", "s3"),
        },
    ),
    (
        "aws-sdk:sagemaker:createEndpoint",
        {"EndpointName": "e", "EndpointConfigName": "c"},
        {
            ("sagemaker:CreateEndpoint", "sagemaker:endpoint/e"),
            ("sagemaker:CreateEndpoint", "sagemaker:endpoint-config/c"),
        },
    ),
    (
        "aws-sdk:cloudformation:deleteStack",
        {"StackName": "s"},
        {("cloudformation:DeleteStack", "cloudformation:stack/s/*"), ("unknown", "")},
    ),
    ("aws-sdk:dynamodb:executeStatement", {"Statement": "s"}, {("unknown", "dynamodb")}),
    ("aws-sdk:nowhere:go", {}, {("unknown", "")}),
    ("athena:getQueryExecution", {}, {("athena:GetQueryExecution", "athena:workgroup/*")}),
    ("eks:call", {"ClusterName": "c"}, set()),
    (
        "${StepArn}",
        {},
        {("lambda:InvokeFunction", "${StepArn}", "possible"), ("unknown", "")},
    ),
]


@pytest.mark.parametrize(
    ("call", "parameters", "wanted"), CALLS, ids=[f"{n}-{call[0][:40]}" for n, call in enumerate(CALLS)]
)
def test_a_call_needs(call: str, parameters: dict[str, Any], wanted: set[tuple[str, ...]]) -> None:
    assert of_task(call, parameters) == wanted

"""Each function has a role of its own that allows what its code calls, and nothing else."""

import pytest

from .calls import actions
from .deployment import MACHINES, Stack
from .policies import listed, statements

Stacks = dict[str, Stack]
FUNCTIONS = {
    "notify": ("foundation", "Notify"),
    "acquire_lock": ("foundation", "AcquireLock"),
    "release_lock": ("foundation", "ReleaseLock"),
    "publish_jobs": ("jobs", "PublishJobs"),
    "start_training": ("tabular", "StartTraining"),
    "start_deployment": ("deployment", "StartDeployment"),
    "check_data": ("tabular", "CheckData"),
    "query_metrics": ("tabular", "QueryMetrics"),
    "seal_model": ("models", "SealModel"),
    "verify_model": ("models", "VerifyModel"),
    "judge_candidate": ("tabular", "JudgeCandidate"),
    "predict": ("realtime", "Predict"),
    "start_scoring": ("batch", "StartScoring"),
    "find_model": ("batch", "FindModel"),
    "check_rows": ("batch", "CheckRows"),
    "decide_retraining": ("batch", "DecideRetraining"),
    "read_window": ("monitoring", "ReadWindow"),
    "evaluate_drift": ("monitoring", "EvaluateDrift"),
    "commit_window": ("monitoring", "CommitWindow"),
}
BASICS = {
    *("logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"),
    *("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
}
# Without it S3 answers "denied" instead of "not found" for an object that has vanished.
FOR_NOT_FOUND = {
    "start_training": {"s3:ListBucket"},
    "start_scoring": {"s3:ListBucket"},
    "find_model": {"s3:ListBucket"},
    "evaluate_drift": {"s3:ListBucket"},
}


def test_every_function_is_looked_at(aws: Stacks) -> None:
    found = {
        (stack.file.split("/")[-1].removesuffix(".yaml"), name)
        for stack in aws.values()
        for name, _ in stack.resources("AWS::Serverless::Function")
    }
    assert found == set(FUNCTIONS.values())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_exactly_what_the_code_calls(aws: Stacks, function: str) -> None:
    stack, name = FUNCTIONS[function]
    given = statements(aws[stack], f"{name}Role", foreign=aws)
    allowed = [action for statement in given for action in listed(statement["Action"])]
    assert sorted(allowed) == sorted(BASICS | actions(function) | FOR_NOT_FOUND.get(function, set()))


def test_the_walk_finds_what_a_function_calls() -> None:
    """The proof above is only as good as the walk through the code."""
    assert actions("start_training") == {"s3:GetObject", "ssm:GetParameter", "states:StartExecution"}
    assert actions("start_deployment") == {"states:StartExecution"}
    assert actions("check_data") == {
        *("s3:GetObject", "s3:ListBucket", "s3:ListBucketVersions", "s3:PutObject"),
    }
    assert actions("verify_model") == {"s3:GetObject", "s3:ListBucketVersions"}
    assert actions("acquire_lock") == {"dynamodb:UpdateItem", "states:DescribeExecution"}


def test_no_role_serves_two(stacks: Stacks) -> None:
    roles = [
        properties["Role"]
        for stack in stacks.values()
        for kind in ("AWS::Serverless::Function", "AWS::Serverless::StateMachine")
        for _, properties in stack.resources(kind)
    ]
    assert len(set(roles)) == len(roles) == len(FUNCTIONS) + len(MACHINES)


def test_a_function_reaches_only_the_things_it_works_on(aws: Stacks) -> None:
    def resources(function: str, action: str) -> list[str]:
        stack, name = FUNCTIONS[function]
        given = statements(aws[stack], f"{name}Role", foreign=aws)
        return [arn for s in given if action in listed(s["Action"]) for arn in listed(s["Resource"])]

    artifacts = "arn:aws:s3:::stepmill-prod-artifacts-123456789012-us-east-1"
    data = "arn:aws:s3:::stepmill-prod-data-123456789012-us-east-1"
    machine = "arn:aws:states:us-east-1:123456789012"
    assert resources("seal_model", "s3:PutObject") == [f"{artifacts}/training/*/manifest.json"]
    assert resources("verify_model", "s3:GetObject") == [f"{artifacts}/training/*"]
    assert resources("check_data", "s3:GetObject") == [f"{data}/data/*"]
    assert resources("check_data", "s3:PutObject") == [f"{artifacts}/training/*/data/*.jsonl"]
    assert resources("seal_model", "ecr:BatchGetImage") == [
        "arn:aws:ecr:us-east-1:683313688378:repository/sagemaker-xgboost",
        "arn:aws:ecr:us-east-1:382416733822:repository/linear-learner",
    ]
    assert resources("publish_jobs", "s3:PutObject") == [f"{artifacts}/code/*"]
    assert resources("start_training", "s3:GetObject") == [f"{data}/data/*"]
    assert resources("start_training", "states:StartExecution") == [
        f"{machine}:stateMachine:stepmill-prod-training"
    ]
    assert resources("start_deployment", "states:StartExecution") == [
        f"{machine}:stateMachine:stepmill-prod-deployment"
    ]
    assert resources("start_scoring", "s3:GetObject") == [f"{data}/scoring/*"]
    assert resources("start_scoring", "states:StartExecution") == [
        f"{machine}:stateMachine:stepmill-prod-batch-scoring"
    ]
    schemas = f"{artifacts}/training/*/schema/features.json"
    assert resources("check_rows", "s3:GetObject") == [f"{data}/scoring/*", schemas]
    assert resources("decide_retraining", "s3:GetObject") == [f"{artifacts}/scoring/*"]
    parameter = "arn:aws:ssm:us-east-1:123456789012:parameter/stepmill/prod/use-case"
    assert resources("decide_retraining", "ssm:GetParameter") == [parameter]
    endpoint = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/stepmill-prod"
    assert resources("predict", "sagemaker:InvokeEndpoint") == [endpoint, f"{endpoint}-linear"]
    assert resources("predict", "s3:PutObject") == [f"{artifacts}/realtime/stepmill-prod/*"]
    assert resources("predict", "s3:GetObject") == [f"{artifacts}/training/*/schema/features.json"]
    assert resources("acquire_lock", "states:DescribeExecution") == [f"{machine}:execution:stepmill-prod-*:*"]
    assert resources("notify", "sns:Publish") == ["arn:aws:sns:us-east-1:123456789012:stepmill-prod-alerts"]
    logs = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/stepmill-prod"
    assert resources("query_metrics", "logs:PutLogEvents") == [f"{logs}-query-metrics:*"]

"""What every bucket, queue, topic, table, function, rule and machine of the stacks must have."""

import ast
import json
import re
from typing import Any

import pytest

from .deployment import MACHINES, ROOT, Stack, deploy

Stacks = dict[str, Stack]
FILES = ["template.yaml", *(f"stacks/{path.name}" for path in sorted((ROOT / "stacks").glob("*.yaml")))]


def found(stacks: Stacks, kind: str) -> dict[str, dict[str, Any]]:
    return {name: properties for stack in stacks.values() for name, properties in stack.resources(kind)}


def denies_plain_http(document: dict[str, Any], action: str) -> bool:
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    return any(
        (s["Effect"], s["Principal"], s["Action"], s["Condition"]) == ("Deny", "*", action, plain)
        for s in document["Statement"]
    )


def test_buckets_are_encrypted_versioned_private_and_tls_only(stacks: Stacks) -> None:
    buckets = found(stacks, "AWS::S3::Bucket")
    policies = {
        policy["Bucket"]: policy["PolicyDocument"]
        for policy in found(stacks, "AWS::S3::BucketPolicy").values()
    }
    assert set(buckets) == {"DataBucket", "ArtifactsBucket"}
    for bucket in buckets.values():
        [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert bucket["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }
        document = policies[bucket["BucketName"]]
        arn = f"arn:{stacks['template'].partition}:s3:::{bucket['BucketName']}"
        assert denies_plain_http(document, "s3:*")
        assert document["Statement"][0]["Resource"] == [arn, f"{arn}/*"]
        assert len(bucket["BucketName"]) <= 63


def test_new_data_are_events(aws: Stacks) -> None:
    data = found(aws, "AWS::S3::Bucket")["DataBucket"]
    assert data["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_buckets_outlive_their_stack(aws: Stacks) -> None:
    for name in ("DataBucket", "ArtifactsBucket"):
        bucket = aws["foundation"].template["Resources"][name]
        assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_topic_queue_and_table_are_encrypted(aws: Stacks) -> None:
    assert found(aws, "AWS::SNS::Topic")["Alerts"]["KmsMasterKeyId"] == "alias/aws/sns"
    assert found(aws, "AWS::SQS::Queue")["DeadLetters"]["SqsManagedSseEnabled"] is True
    assert found(aws, "AWS::DynamoDB::Table")["Locks"]["SSESpecification"] == {"SSEEnabled": True}
    assert denies_plain_http(
        found(aws, "AWS::SNS::TopicPolicy")["AlertsPolicy"]["PolicyDocument"], "sns:Publish"
    )
    assert denies_plain_http(
        found(aws, "AWS::SQS::QueuePolicy")["DeadLettersPolicy"]["PolicyDocument"], "sqs:*"
    )


def test_only_rules_of_this_account_reach_the_queue(aws: Stacks) -> None:
    document = found(aws, "AWS::SQS::QueuePolicy")["DeadLettersPolicy"]["PolicyDocument"]
    [allowed] = [statement for statement in document["Statement"] if statement["Effect"] == "Allow"]
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/stepmill-prod-*"},
    }


def test_people_are_told_by_email(aws: Stacks) -> None:
    subscription = found(aws, "AWS::SNS::Subscription")["AlertsByEmail"]
    topic = "arn:aws:sns:us-east-1:123456789012:stepmill-prod-alerts"
    assert subscription == {"TopicArn": topic, "Protocol": "email", "Endpoint": "you@example.com"}


def test_every_function_is_bounded_traced_logged_and_has_dead_letters(stacks: Stacks) -> None:
    groups = {group["LogGroupName"]: group for group in found(stacks, "AWS::Logs::LogGroup").values()}
    queue = stacks["foundation"].resolve({"Fn::GetAtt": ["DeadLetters", "Arn"]})
    functions = []
    for stack in stacks.values():
        shared = stack.resolve(stack.template.get("Globals", {}).get("Function", {}))
        functions += [{**shared, **own} for _, own in stack.resources("AWS::Serverless::Function")]
    assert len(functions) == 19
    for function in functions:
        assert function["DeadLetterQueue"] == {"Type": "SQS", "TargetArn": queue}
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["Handler"] == "handler.handler"
        assert function["Tracing"] == "Active"
        assert 1 <= function["Timeout"] <= 300
        assert function["MemorySize"] >= 128
        assert groups[f"/aws/lambda/{function['FunctionName']}"]["RetentionInDays"] == 30
        assert len(function["FunctionName"]) <= 64


def settings_of(function: str) -> set[str]:
    """The variables that a handler's Settings ask for."""
    tree = ast.parse((ROOT / "functions" / function / "handler.py").read_text())
    return {
        ast.unparse(field.target).upper()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
        for field in node.body
        if isinstance(field, ast.AnnAssign)
    }


def test_every_function_has_the_environment_that_its_handler_reads(aws: Stacks) -> None:
    for name, function in found(aws, "AWS::Serverless::Function").items():
        folder = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
        assert function["CodeUri"] == f"../functions/{folder}/"
        assert set(function.get("Environment", {}).get("Variables", {})) == settings_of(folder)


def test_a_task_waits_longer_than_its_function_may_run(aws: Stacks) -> None:
    from statemachines.fragments.tasks import FUNCTION_TIMEOUT_S

    timeouts = [own.get("Timeout", 0) for own in found(aws, "AWS::Serverless::Function").values()]
    assert max(timeouts) < FUNCTION_TIMEOUT_S


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_is_traced_and_logged_without_its_data(stacks: Stacks, name: str) -> None:
    stack, logical_id = MACHINES[name]
    machine = found(stacks, "AWS::Serverless::StateMachine")[logical_id]
    group = stacks[stack].resolve({"Fn::GetAtt": [f"{logical_id}Logs", "Arn"]})
    assert machine["Tracing"] == {"Enabled": True}
    assert machine["Logging"] == {
        "Level": "ALL",
        "IncludeExecutionData": False,
        "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": group}}],
    }


def test_every_rule_retries_and_then_keeps_the_event(aws: Stacks) -> None:
    queue = aws["foundation"].resolve({"Fn::GetAtt": ["DeadLetters", "Arn"]})
    rules = [
        event["Properties"]
        for function in found(aws, "AWS::Serverless::Function").values()
        for event in function.get("Events", {}).values()
        if event["Type"] != "Api"  # an API asks again by itself
    ]
    assert sorted(rule.get("RuleName") or rule["Name"] for rule in rules) == [
        "stepmill-prod-execution-ended",
        "stepmill-prod-model-approved",
        "stepmill-prod-new-data",
        "stepmill-prod-new-rows",
        "stepmill-prod-scheduled-rows",
    ]
    for rule in rules:
        assert rule["DeadLetterConfig"] == {"Arn": queue}
        assert rule["RetryPolicy"]["MaximumRetryAttempts"] >= 10


def test_the_rules_match_what_they_are_for(aws: Stacks) -> None:
    start = found(aws, "AWS::Serverless::Function")["StartTraining"]["Events"]["NewData"]["Properties"]
    assert start["Pattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": ["stepmill-prod-data-123456789012-us-east-1"]},
            "object": {"key": [{"prefix": "data/"}]},
        },
    }
    rows = found(aws, "AWS::Serverless::Function")["StartScoring"]["Events"]["NewRows"]["Properties"]
    prefix = {"object": {"key": [{"prefix": "scoring/"}]}}
    assert rows["Pattern"] == start["Pattern"] | {"detail": start["Pattern"]["detail"] | prefix}
    approved = found(aws, "AWS::Serverless::Function")["StartDeployment"]["Events"]["Approved"]["Properties"]
    assert approved["Pattern"] == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {
            "ModelPackageGroupName": [{"prefix": "stepmill-prod"}],
            "ModelApprovalStatus": ["Approved"],
        },
    }
    ended = found(aws, "AWS::Serverless::Function")["Notify"]["Events"]["ExecutionEnded"]["Properties"]
    assert ended["Pattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "status": ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
            "stateMachineArn": [
                {"prefix": "arn:aws:states:us-east-1:123456789012:stateMachine:stepmill-prod-"}
            ],
        },
    }


def matches(pattern: Any, value: Any) -> bool:
    """EventBridge's patterns as far as ours go."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            key in value and matches(pattern[key], value[key]) for key in pattern
        )
    return any(
        str(value).startswith(one["prefix"]) if isinstance(one, dict) else value == one for one in pattern
    )


@pytest.mark.parametrize(
    ("function", "rule"),
    [
        ("StartTraining", "NewData"),
        ("StartScoring", "NewRows"),
        ("StartDeployment", "Approved"),
        ("Notify", "ExecutionEnded"),
    ],
)
def test_the_sample_events_match_their_rule(function: str, rule: str) -> None:
    """They are of stage dev."""
    stacks = deploy("aws", Stage="dev")
    pattern = found(stacks, "AWS::Serverless::Function")[function]["Events"][rule]["Properties"]["Pattern"]
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", function).lower()
    events = [json.loads(path.read_text()) for path in (ROOT / "events").glob(f"{name}.*.json")]
    assert len(events) >= 2
    for event in events:
        assert matches(pattern, event)
        assert not matches(pattern, event | {"source": "elsewhere"})


def test_the_limit_of_the_latency_alarm_is_the_templates() -> None:
    [alarm] = (
        properties
        for name, properties in deploy(LatencyLimitUs="5")["deployment"].resources("AWS::CloudWatch::Alarm")
        if name == "LatencyAlarm"
    )
    assert alarm["Threshold"] == "5"


@pytest.mark.parametrize("file", FILES)
def test_a_template_is_short_described_and_holds_no_account_region_or_secret(file: str) -> None:
    text = (ROOT / file).read_text()
    rest = re.sub(r"# images: begin.*# images: end", "", text, flags=re.DOTALL)
    assert len(text.splitlines()) < 400
    assert re.findall(r"\b\d{12}\b", rest) == []
    assert re.findall(r"\b(?:us|eu|ap|cn)-[a-z]+-\d\b", rest) == []
    assert re.findall(r"arn:aws[:-]", rest) == []
    assert re.findall(r"(?i)AKIA[A-Z0-9]{16}|secret_?access|password|BEGIN [A-Z ]*PRIVATE KEY", text) == []
    assert re.findall(r"(?m)[:\s-] [&*][A-Za-z]\w*$", rest) == []  # CloudFormation takes no YAML aliases


def test_every_parameter_says_what_it_is(aws: Stacks) -> None:
    for stack in aws.values():
        for name, facts in stack.template["Parameters"].items():
            assert facts.get("Description"), f"{stack.file}: {name}"


def test_every_bad_parameter_value_is_refused_by_a_constraint(aws: Stacks) -> None:
    parameters = aws["template"].template["Parameters"]
    bad = {
        "Project": ["", "s", "toolongname", "9mill", "My-Mill"],
        "NotificationEmail": ["", "nobody", "a b@c"],
        "SecondNotificationEmail": ["nobody"],
        "UseCase": ["", "[]", "x"],
        "DataPrefix": ["", "data", "/data/", "da ta/"],
        "ScoringUseCase": ["", "[]", "x"],
        "ScoringPrefix": ["", "scoring", "/scoring/", "sco ring/"],
    }
    for name, values in bad.items():
        assert [value for value in values if re.search(parameters[name]["AllowedPattern"], value)] == []


def test_the_same_parameter_is_constrained_alike_in_every_template(aws: Stacks) -> None:
    root = aws["template"].template["Parameters"]
    for stack in aws.values():
        for name, facts in stack.template["Parameters"].items():
            if name in root:
                rules = {
                    key: value
                    for key, value in facts.items()
                    if key not in ("Description", "ConstraintDescription")
                }
                wanted = {
                    k: v for k, v in root[name].items() if k not in ("Description", "ConstraintDescription")
                }
                assert rules == wanted, f"{stack.file}: {name}"

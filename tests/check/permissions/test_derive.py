"""What a machine needs besides its calls."""

from typing import Any

import pytest

from stepmill.check.permissions.derive import LOG_DELIVERY, TRACES, derive
from stepmill.check.permissions.need import Need, Needs, Weight
from stepmill.check.subject import Subject

from .needs import arn, of_states, of_task


def test_what_another_role_does_needs_only_that_role() -> None:
    found = of_task(
        "sns:publish", {"TopicArn": "${TopicArn}"}, Credentials={"RoleArn": "arn:aws:iam::1:role/x"}
    )
    assert found == {("sts:AssumeRole", "arn:aws:iam::1:role/x")}


def test_a_name_that_a_state_before_has_made_is_known() -> None:
    make = {
        "Type": "Pass",
        "Parameters": {"name.$": "States.Format('{}-model-{}', '${Prefix}', $$.Execution.Name)"},
        "Next": "Do",
    }
    use = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sagemaker:describeModel",
        "Parameters": {"ModelName.$": "$.name"},
        "End": True,
    }
    found = of_states({"Make": make, "Do": use})
    assert found == Needs(
        (
            Need(
                "sagemaker:DescribeModel",
                arn("sagemaker", "model/${Prefix}-model-*"),
                state="Do",
                pointer="/States/Do",
            ),
        )
    )


def test_a_distributed_map_starts_itself_and_reads_and_writes() -> None:
    publish = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": "${TopicArn}", "Message.$": "$"},
        "End": True,
    }
    each = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            "Parameters": {"Bucket": "${Data}", "Key": "rows.csv"},
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Tell",
            "States": {"Tell": publish},
        },
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": "${Data}", "Prefix": "results"},
        },
        "End": True,
    }
    own = arn("states", "stateMachine:mill")
    found = {(need.action, need.resource, need.weight) for need in of_states({"Each": each}, arn=own).needs}
    results = "arn:${AWS::Partition}:s3:::${Data}/results/*"
    assert found == {
        ("states:StartExecution", own, Weight.VITAL),
        ("states:DescribeExecution", arn("states", "execution:mill:*"), Weight.ADVISED),
        ("states:StopExecution", arn("states", "execution:mill:*"), Weight.ADVISED),
        ("states:RedriveExecution", arn("states", "execution:mill/*:*"), Weight.ADVISED),
        ("s3:GetObject", "arn:${AWS::Partition}:s3:::${Data}/rows.csv", Weight.VITAL),
        ("s3:PutObject", results, Weight.VITAL),
        ("s3:GetObject", results, Weight.ADVISED),
        ("s3:ListMultipartUploadParts", results, Weight.ADVISED),
        ("s3:AbortMultipartUpload", results, Weight.ADVISED),
        ("sns:Publish", "${TopicArn}", Weight.VITAL),
    }


def test_logs_traces_and_encryption_need_their_own() -> None:
    states = {"Only": {"Type": "Succeed"}}
    key = "arn:aws:kms:us-east-1:123456789012:key/k"
    found = of_states(states, is_logged={True}, is_traced={True}, key=key)
    assert {(need.action, need.resource) for need in found.needs} == {
        *((f"logs:{action}", "*") for action in LOG_DELIVERY),
        *((f"xray:{action}", "*") for action in TRACES),
        ("kms:Decrypt", key),
        ("kms:GenerateDataKey", key),
    }
    assert of_states(states) == Needs(())


@pytest.mark.parametrize(
    "definition", [None, 3, [], {}, {"States": []}, {"States": {"A": None, "B": {"Type": []}}}]
)
def test_a_definition_that_is_none_needs_nothing(definition: Any) -> None:
    assert derive(Subject(definition), []) == Needs(())


@pytest.mark.parametrize(
    ("bus", "rules"),
    [
        ({}, {"rule/r"}),
        ({"EventBusName": "default"}, {"rule/r"}),
        ({"EventBusName": "${Bus}"}, {"rule/r", "rule/${Bus}/*"}),
    ],
    ids=["none", "default", "named"],
)
def test_a_rule_without_a_bus_is_one_of_the_default_bus(bus: dict[str, str], rules: set[str]) -> None:
    found = of_task("aws-sdk:eventbridge:putRule", {"Name": "r", "ScheduleExpression": "rate(1 day)", **bus})
    assert found == {("events:PutRule", f"events:{rule}") for rule in rules}

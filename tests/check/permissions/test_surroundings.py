"""Logs, traces and keys as a template gives them."""

from pathlib import Path
from typing import Any

import pytest

from stepmill.check.permissions.need import Weight
from stepmill.check.permissions.surroundings import OF_A_KEY, logs, of_keys, traces
from stepmill.check.reading.template_scope import Scope
from stepmill.check.reading.template_values import NO_VALUE, UNRESOLVED, Either

GROUP = [{"CloudWatchLogsLogGroup": {"LogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:a:*"}}]
KEY = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key"


@pytest.mark.parametrize(
    ("logging", "possible"),
    [
        (None, {False}),
        ({"Level": "OFF", "Destinations": GROUP}, {False}),
        ({"Level": "ALL"}, {False}),
        ({"Level": "ERROR", "Destinations": GROUP}, {True}),
        ({"Level": Either(("ALL", "FATAL")), "Destinations": GROUP}, {True}),
        ({"Level": Either(("ALL", "OFF")), "Destinations": GROUP}, {True, False}),
        ({"Level": "${Level}", "Destinations": GROUP}, {True, False}),
        (Either(({"Level": "ALL", "Destinations": GROUP}, NO_VALUE)), {True, False}),
        (UNRESOLVED, {True, False}),
    ],
)
def test_tells_whether_logs_can_be_written(logging: Any, possible: set[bool]) -> None:
    assert logs(logging) == possible


@pytest.mark.parametrize(
    ("tracing", "possible"),
    [
        (None, {False}),
        ({"Enabled": True}, {True}),
        ({"Enabled": "true"}, {True}),
        ({"Enabled": "${Traced}"}, {True, False}),
        (Either(({"Enabled": True}, NO_VALUE)), {True, False}),
        (UNRESOLVED, {True, False}),
    ],
)
def test_tells_whether_traces_can_be_written(tracing: Any, possible: set[bool]) -> None:
    assert traces(tracing) == possible


@pytest.mark.parametrize(
    ("properties", "keys"),
    [
        ({"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}, {f"{KEY}/${{Key}}"}),
        ({"KmsMasterKeyId": {"Ref": "Key"}}, {f"{KEY}/${{Key}}", "${Key}"}),
        ({"SSESpecification": [{"KMSMasterKeyId": "alias/own"}]}, {f"{KEY}/*"}),
        ({"KmsMasterKeyId": "alias/aws/sqs"}, set()),
        ({"KmsKeyId": {"Fn::ImportValue": "k"}}, {"${import k}", f"{KEY}/${{import k}}"}),
    ],
)
def test_what_encrypts_a_resource_may_be_asked_for(properties: dict[str, Any], keys: set[str]) -> None:
    resources = {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
        "Other": {"Type": "AWS::SQS::Queue", "Properties": properties},
    }
    found = of_keys(Scope(Path("template.json"), {"Resources": resources}))
    assert {need.resource for need in found} == keys
    assert {need.action.removeprefix("kms:") for need in found} == (set(OF_A_KEY) if keys else set())
    assert {need.weight for need in found} <= {Weight.POSSIBLE}

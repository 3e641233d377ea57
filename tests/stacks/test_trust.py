"""Who may become a role, and where a policy may say `*`."""

from typing import Any

from .deployment import ACCOUNT, Stack
from .policies import listed

Stacks = dict[str, Stack]
# The service authorisation reference has no resource types for these.
WITHOUT_RESOURCE_TYPES = {
    *(
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
    ),
    *("logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:GetLogDelivery"),
    *("logs:DescribeResourcePolicies", "logs:ListLogDeliveries", "logs:PutResourcePolicy"),
    *("logs:UpdateLogDelivery", "cloudwatch:PutMetricData", "ecr:GetAuthorizationToken"),
}


def _policies(stacks: Stacks) -> list[dict[str, Any]]:
    documents = []
    for stack in stacks.values():
        for _, role in stack.resources("AWS::IAM::Role"):
            documents += [policy["PolicyDocument"] for policy in role.get("Policies", [])]
        documents += [policy["PolicyDocument"] for _, policy in stack.resources("AWS::IAM::ManagedPolicy")]
    return [statement for document in documents for statement in document["Statement"]]


def test_every_role_trusts_one_service_of_this_account(stacks: Stacks) -> None:
    roles = [role for stack in stacks.values() for _, role in stack.resources("AWS::IAM::Role")]
    assert len(roles) == 15
    for role in roles:
        [trust] = role["AssumeRolePolicyDocument"]["Statement"]
        assert (trust["Effect"], trust["Action"]) == ("Allow", "sts:AssumeRole")
        [(kind, service)] = trust["Principal"].items()
        assert kind == "Service"
        assert service in ("lambda.amazonaws.com", "sagemaker.amazonaws.com", "states.amazonaws.com")
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
        if service != "lambda.amazonaws.com":
            assert ACCOUNT in trust["Condition"]["ArnLike"]["aws:SourceArn"]


def test_star_stands_only_where_there_are_no_resource_types(stacks: Stacks) -> None:
    found = {
        action
        for statement in _policies(stacks)
        if "*" in listed(statement["Resource"])
        for action in listed(statement["Action"])
    }
    assert found == WITHOUT_RESOURCE_TYPES


def test_no_policy_allows_a_pattern_of_actions(stacks: Stacks) -> None:
    actions = {action for statement in _policies(stacks) for action in listed(statement["Action"])}
    assert [action for action in sorted(actions) if "*" in action] == []


def test_every_arn_is_of_this_partition(stacks: Stacks) -> None:
    arns = {arn for statement in _policies(stacks) for arn in listed(statement["Resource"]) if arn != "*"}
    partition = stacks["template"].partition
    assert [arn for arn in sorted(arns) if not arn.startswith(f"arn:{partition}:")] == []
    assert [
        arn
        for arn in sorted(arns)
        if arn.endswith(":*") and ":log-group:" not in arn and ":execution:" not in arn
    ] == []


def test_metrics_go_to_sagemakers_own_namespaces(aws: Stacks) -> None:
    [metrics] = [s for s in _policies(aws) if "cloudwatch:PutMetricData" in listed(s["Action"])]
    assert metrics["Condition"] == {"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}}

"""Who may become a role, and where a policy may say `*`."""

import re
from typing import Any

from .deployment import ACCOUNT, ROOT, Stack
from .policies import listed

Stacks = dict[str, Stack]
# family -> (its actions that may stand on `*`, who may have them, why they cannot be narrowed); the same list
# in words: docs/decisions/actions-on-every-resource.md
ON_EVERY_RESOURCE = {
    "xray": (
        ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments"),
        {"FunctionBasics", "TrainingRole", "DeploymentRole", "BatchScoringRole", "ModelMonitorRole"},
        "traces have no ARN",
    ),
    "logs": (
        (
            *("CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies"),
            *("GetLogDelivery", "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery"),
        ),
        {"TrainingRole", "DeploymentRole", "BatchScoringRole", "ModelMonitorRole"},
        "log deliveries and the account's policies for them have no ARN",
    ),
    "cloudwatch": (
        ("PutMetricData",),
        {"JobBasics", "EvaluateDriftRole"},
        "metrics have no ARN, only a namespace",
    ),
    "ecr": (("GetAuthorizationToken",), {"JobBasics"}, "the token is the account's"),
}
SERVICES = ("lambda", "sagemaker", "states", "glue", "events")
DECISION = ROOT / "docs" / "decisions" / "actions-on-every-resource.md"


def _owned(stacks: Stacks) -> list[tuple[str, dict[str, Any]]]:
    """(role or managed policy, statement)."""
    found = []
    for stack in stacks.values():
        for name, role in stack.resources("AWS::IAM::Role"):
            for policy in role.get("Policies", []):
                found += [(name, statement) for statement in policy["PolicyDocument"]["Statement"]]
        for name, managed in stack.resources("AWS::IAM::ManagedPolicy"):
            found += [(name, statement) for statement in managed["PolicyDocument"]["Statement"]]
    return found


def _policies(stacks: Stacks) -> list[dict[str, Any]]:
    return [statement for _, statement in _owned(stacks)]


def test_every_role_trusts_one_service_of_this_account(stacks: Stacks) -> None:
    roles = [role for stack in stacks.values() for _, role in stack.resources("AWS::IAM::Role")]
    assert len(roles) == 32
    for role in roles:
        [trust] = role["AssumeRolePolicyDocument"]["Statement"]
        assert (trust["Effect"], trust["Action"]) == ("Allow", "sts:AssumeRole")
        [(kind, service)] = trust["Principal"].items()
        assert kind == "Service"
        assert service in {f"{name}.amazonaws.com" for name in SERVICES}
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
        if service != "lambda.amazonaws.com":
            sources = listed(trust["Condition"]["ArnLike"]["aws:SourceArn"])
            assert [source for source in sources if ACCOUNT not in source] == []


def test_only_the_listed_actions_stand_on_every_resource(stacks: Stacks) -> None:
    found: dict[str, tuple[set[str], set[str]]] = {}
    for owner, statement in _owned(stacks):
        if "*" in listed(statement["Resource"]):
            assert statement["Resource"] == "*", f"{owner}: {statement['Sid']} has more than `*`"
            for action in listed(statement["Action"]):
                family, _, name = action.partition(":")
                actions, owners = found.setdefault(family, (set(), set()))
                actions.add(name)
                owners.add(owner)
    assert found == {
        family: (set(actions), owners) for family, (actions, owners, _) in ON_EVERY_RESOURCE.items()
    }


def test_no_other_arn_is_a_star_in_disguise(stacks: Stacks) -> None:
    """An ARN names its service, and of its resource more than a kind."""
    for owner, statement in _owned(stacks):
        for arn in listed(statement["Resource"]):
            if arn != "*" and not arn.endswith(":scalable-target/*"):
                _, _, service, *_, resource = arn.split(":", 5)
                where = f"{owner}: {statement['Sid']}: {arn}"
                assert service.isalnum(), where
                assert re.sub(r"^[a-z-]+[:/]", "", resource).rstrip("*"), where


def test_scalable_targets_whose_ids_are_aws_own_are_those_of_sagemaker(stacks: Stacks) -> None:
    """Their ARNs tell nothing of the endpoint. Source:
    https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_service-with-iam.html
    """
    [scaling] = [s for s in _policies(stacks) if "scalable-target" in str(s["Resource"])]
    assert scaling["Resource"].endswith(":scalable-target/*")
    assert scaling["Condition"] == {
        "StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}
    }


def test_roles_are_passed_to_one_service_by_name(stacks: Stacks) -> None:
    passing = [s for s in _policies(stacks) if "iam:PassRole" in listed(s["Action"])]
    assert len(passing) == 4
    for statement in passing:
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        assert [arn for arn in listed(statement["Resource"]) if "*" in arn or ":role/" not in arn] == []


def test_the_decision_names_each_action_and_why() -> None:
    """One row for each family, with its actions and the reason as they are listed here."""
    text = DECISION.read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(ON_EVERY_RESOURCE)
    for row, (family, (actions, _, why)) in zip(rows, ON_EVERY_RESOURCE.items(), strict=True):
        named = ", ".join(f"`{action}`" for action in sorted(actions))
        assert row.startswith(f"| `{family}` | {named} | ")
        assert row.endswith(f" | {why} |")


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
    given = [s for s in _policies(aws) if "cloudwatch:PutMetricData" in listed(s["Action"])]
    assert sorted((s["Condition"] for s in given), key=str) == [
        {"StringEquals": {"cloudwatch:namespace": "aws/sagemaker/Endpoints/data-metrics"}},
        {"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}},
    ]


def test_who_may_approve_and_register_models(stacks: Stacks) -> None:
    """People approve, by a policy that no role of ours has; the training machine registers."""
    owners: dict[str, set[str]] = {}
    for owner, statement in _owned(stacks):
        for action in listed(statement["Action"]):
            owners.setdefault(action, set()).add(owner)
    assert owners["sagemaker:UpdateModelPackage"] == {"ApproveModels"}
    assert owners["sagemaker:CreateModelPackage"] == {"TrainingRole"}
    attached = {arn for stack in stacks.values() for arn in _attached(stack)}
    assert [arn for arn in attached if "ApproveModels" in arn] == []


def _attached(stack: Stack) -> list[str]:
    roles = [role for _, role in stack.resources("AWS::IAM::Role")]
    return [str(arn) for role in roles for arn in role.get("ManagedPolicyArns", [])]

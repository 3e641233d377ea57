"""What is read of a role, and when."""

from typing import Any

from stepmill.cloud.iam.roles import Roles

ARN = "arn:aws:iam::123456789012:role/reader"
OWN: dict[str, Any] = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
SHARED: dict[str, Any] = {"Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
ANSWERS: dict[str, dict[str, Any]] = {
    "GetRole": {"Role": {"Arn": ARN, "RoleId": "AROA1", "AssumeRolePolicyDocument": {"Statement": []}}},
    "ListRolePolicies": {"PolicyNames": ["own"]},
    "GetRolePolicy": {"PolicyDocument": OWN},
    "ListAttachedRolePolicies": {"AttachedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/Shared"}]},
    "GetPolicy": {"Policy": {"DefaultVersionId": "v1"}},
    "GetPolicyVersion": {"PolicyVersion": {"Document": SHARED}},
}


def test_policies_are_read_once_and_only_when_a_call_is_judged_by_them() -> None:
    asked: list[str] = []

    def call_iam(operation: str, _params: dict[str, Any]) -> dict[str, Any]:
        asked.append(operation)
        return ANSWERS[operation]

    roles = Roles(call_iam)
    role = roles.find(ARN)
    assert role is not None
    assert role.trust == {"Statement": []}
    assert asked == ["GetRole"]

    assert role.policies == (OWN, SHARED)
    assert roles.find(ARN) is role
    assert role.policies == (OWN, SHARED)
    assert asked == list(ANSWERS)

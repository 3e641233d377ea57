"""AWS::IAM::Role, Policy and ManagedPolicy."""

import json
from typing import Any

from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_list
from stepmill.cloud.deploy.scope import Made
from stepmill.cloud.service import AwsError

_GONE = ("NoSuchEntity", "NoSuchEntityException")


def _json(document: Any) -> str:
    """SAM's policy templates name no Version, which AWS takes and moto refuses."""
    return document if isinstance(document, str) else json.dumps({"Version": "2012-10-17", **document})


class Role(Kind):
    type = "AWS::IAM::Role"
    properties = frozenset(
        {"RoleName", "AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns", "Path", "Description"}
        | {"MaxSessionDuration", "PermissionsBoundary", "Tags"}
    )
    replaces = frozenset({"RoleName", "Path"})
    name_property = "RoleName"

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        role = aws(
            "iam",
            "CreateRole",
            RoleName=name,
            AssumeRolePolicyDocument=_json(wanted["AssumeRolePolicyDocument"]),
            Tags=tag_list(wanted.get("Tags")) or None,
            **{
                key: wanted.get(key)
                for key in ("Path", "Description", "MaxSessionDuration", "PermissionsBoundary")
            },
        )["Role"]
        made = Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})
        aws.partly = made
        self._policies(aws, name, {}, wanted)
        return made

    def sweep(self, aws: Aws, name: str, wanted: Props) -> None:
        self.delete(aws, Made(name), wanted)

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        name = made.physical_id
        document = _json(wanted["AssumeRolePolicyDocument"])
        aws("iam", "UpdateAssumeRolePolicy", RoleName=name, PolicyDocument=document)
        fields = {key: wanted.get(key) for key in ("Description", "MaxSessionDuration")}
        aws("iam", "UpdateRole", RoleName=name, **fields)
        self._policies(aws, name, before, wanted)
        return made

    def delete(self, aws: Aws, made: Made, props: Props) -> None:
        name = made.physical_id
        self._policies(aws, name, props, {})
        aws.quietly("iam", "DeleteRole", *_GONE, RoleName=name)

    @staticmethod
    def _policies(aws: Aws, role: str, before: Props, wanted: Props) -> None:
        old = {policy["PolicyName"]: policy for policy in before.get("Policies", [])}
        new = {policy["PolicyName"]: policy for policy in wanted.get("Policies", [])}
        for name, policy in new.items():
            if policy != old.get(name):
                document = _json(policy["PolicyDocument"])
                aws("iam", "PutRolePolicy", RoleName=role, PolicyName=name, PolicyDocument=document)
        for name in old.keys() - new.keys():
            aws.quietly("iam", "DeleteRolePolicy", *_GONE, RoleName=role, PolicyName=name)
        held, due = set(before.get("ManagedPolicyArns", [])), set(wanted.get("ManagedPolicyArns", []))
        for arn in sorted(due - held):
            aws("iam", "AttachRolePolicy", RoleName=role, PolicyArn=arn)
        for arn in sorted(held - due):
            aws.quietly("iam", "DetachRolePolicy", *_GONE, RoleName=role, PolicyArn=arn)


class Policy(Kind):
    """An inline policy of one or more roles."""

    type = "AWS::IAM::Policy"
    properties = frozenset({"PolicyName", "PolicyDocument", "Roles"})
    replaces = frozenset({"PolicyName"})

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        return self.update(aws, Made(name, {"Id": name}), {}, wanted)

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        for role in wanted.get("Roles", []):
            aws(
                "iam",
                "PutRolePolicy",
                RoleName=role,
                PolicyName=wanted["PolicyName"],
                PolicyDocument=_json(wanted["PolicyDocument"]),
            )
        for role in set(before.get("Roles", [])) - set(wanted.get("Roles", [])):
            self._remove(aws, role, before)
        return made

    def delete(self, aws: Aws, _made: Made, props: Props) -> None:
        for role in props.get("Roles", []):
            self._remove(aws, role, props)

    @staticmethod
    def _remove(aws: Aws, role: str, props: Props) -> None:
        aws.quietly("iam", "DeleteRolePolicy", *_GONE, RoleName=role, PolicyName=props["PolicyName"])


class ManagedPolicy(Kind):
    type = "AWS::IAM::ManagedPolicy"
    properties = frozenset({"ManagedPolicyName", "PolicyDocument", "Description", "Path", "Roles"})
    replaces = frozenset({"ManagedPolicyName", "Path", "Description"})
    name_property = "ManagedPolicyName"
    name_limit = 128

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        fields = {key: wanted.get(key) for key in ("Path", "Description")}
        document = _json(wanted["PolicyDocument"])
        arn = aws("iam", "CreatePolicy", PolicyName=name, PolicyDocument=document, **fields)["Policy"]["Arn"]
        aws.partly = Made(arn, {"PolicyArn": arn})
        self._attach(aws, arn, {}, wanted)
        return aws.partly

    def sweep(self, aws: Aws, name: str, wanted: Props) -> None:
        path = wanted.get("Path", "/")
        try:
            self.delete(aws, Made(f"arn:aws:iam::{aws.cloud.account}:policy{path}{name}"), wanted)
        except AwsError as error:
            if error.code not in _GONE:
                raise

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        arn = made.physical_id
        if before.get("PolicyDocument") != wanted["PolicyDocument"]:
            self._drop_old_versions(aws, arn)
            document = _json(wanted["PolicyDocument"])
            aws("iam", "CreatePolicyVersion", PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
        self._attach(aws, arn, before, wanted)
        return made

    def delete(self, aws: Aws, made: Made, props: Props) -> None:
        self._attach(aws, made.physical_id, props, {})
        self._drop_old_versions(aws, made.physical_id)
        aws.quietly("iam", "DeletePolicy", *_GONE, PolicyArn=made.physical_id)

    @staticmethod
    def _drop_old_versions(aws: Aws, arn: str) -> None:
        """A policy holds at most five versions."""
        for version in aws("iam", "ListPolicyVersions", PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                aws("iam", "DeletePolicyVersion", PolicyArn=arn, VersionId=version["VersionId"])

    @staticmethod
    def _attach(aws: Aws, arn: str, before: Props, wanted: Props) -> None:
        held, due = set(before.get("Roles", [])), set(wanted.get("Roles", []))
        for role in sorted(due - held):
            aws("iam", "AttachRolePolicy", RoleName=role, PolicyArn=arn)
        for role in sorted(held - due):
            aws.quietly("iam", "DetachRolePolicy", *_GONE, RoleName=role, PolicyArn=arn)


KINDS = (Role(), Policy(), ManagedPolicy())

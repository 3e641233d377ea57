"""Model package groups: one line of models, whose versions are numbered without gaps being filled again.

Not here: managed configurations, resource policies (moto keeps them, nothing evaluates them), other accounts.
"""

import re
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, AwsError, Principal, Request
from stepmill.cloud.services.sagemaker import records
from stepmill.cloud.services.sagemaker.package_listing import page
from stepmill.cloud.services.sagemaker.service import SERVICE, check_request, invalid
from stepmill.cloud.services.sagemaker.training import pick

KIND = "ModelPackageGroup"
_ARN = re.compile(r"arn:[^:]*:sagemaker:([^:]*):([^:]*):model-package-group/(.+)")
SUMMARY = ["ModelPackageGroupName", "ModelPackageGroupArn", "ModelPackageGroupDescription", "CreationTime"]
SUMMARY += ["ModelPackageGroupStatus"]


def key_of(cloud: Cloud, name: str) -> str:
    """A group's key from its name or ARN; names differ by more than their case. Raises: AwsError."""
    if not name.startswith("arn:"):
        return name.lower()
    match = _ARN.fullmatch(name)
    if match is None or (match[1], match[2]) != (cloud.region, cloud.account):
        raise invalid(f"ModelPackageGroup {name} does not exist.")
    return match[3].lower()


def arn_of(cloud: Cloud, key: str) -> str:
    return cloud.arn("sagemaker", f"model-package-group/{key}")


def group_resources(cloud: Cloud, params: dict[str, Any]) -> list[str]:
    return [arn_of(cloud, key_of(cloud, params["ModelPackageGroupName"]))]


def known_group(cloud: Cloud, name: str) -> dict[str, Any]:
    """Raises: AwsError ValidationException."""
    key = key_of(cloud, name)
    data = records.find(cloud, KIND, key)
    if data is None:
        raise invalid(f"ModelPackageGroup {arn_of(cloud, key)} does not exist.")
    return data


def user_of(cloud: Cloud, principal: Principal) -> dict[str, Any]:
    """CreatedBy and LastModifiedBy."""
    identity = cloud.account
    if principal.role_arn is not None:
        identity = f"{cloud.authority.role_id(principal.role_arn)}:{principal.session}"
    return {"IamIdentity": {"Arn": cloud.authority.arn_of(principal), "PrincipalId": identity}}


@SERVICE.operation("CreateModelPackageGroup", resources=group_resources)
def create_model_package_group(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    params = request.params
    if "ManagedConfiguration" in params:
        raise invalid("CreateModelPackageGroup: ManagedConfiguration is not supported by the embedded cloud")
    name = params["ModelPackageGroupName"]
    arn = arn_of(cloud, name.lower())
    data = {key: params[key] for key in SUMMARY if key in params}
    data |= {"ModelPackageGroupArn": arn, "CreationTime": cloud.clock.time(), "_LastVersion": 0}
    data |= {"CreatedBy": user_of(cloud, request.principal), "ModelPackageGroupStatus": "Completed"}
    taken = invalid(f"Model Package Group already exists: {arn}")
    with cloud.store.transaction():
        if records.add(cloud, KIND, name.lower(), data, request.attempt, taken):
            records.add_tags(cloud, arn, params.get("Tags", []))
    return {"ModelPackageGroupArn": arn}


@SERVICE.operation("DescribeModelPackageGroup", resources=group_resources)
def describe_model_package_group(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    return records.shown(known_group(cloud, request.params["ModelPackageGroupName"]))


@SERVICE.operation("DeleteModelPackageGroup", resources=group_resources)
def delete_model_package_group(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    with cloud.store.transaction():
        data = known_group(cloud, request.params["ModelPackageGroupName"])
        arn, key = data["ModelPackageGroupArn"], data["ModelPackageGroupName"].lower()
        if count := len(
            [name for name in records.names(cloud, "ModelPackage") if name.startswith(f"{key}/")]
        ):
            raise AwsError(
                "ConflictException",
                f"ModelPackageGroup {arn} cannot be deleted: it contains {count} model "
                "packages; delete them first",
                400,
            )
        records.remove(cloud, KIND, key)
        records.drop_tags(cloud, arn)
    return {}


@SERVICE.operation("ListModelPackageGroups")
def list_model_package_groups(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    if request.params.get("CrossAccountFilterOption", "SameAccount") != "SameAccount":
        raise invalid(
            "ListModelPackageGroups: this cloud has one account; leave out CrossAccountFilterOption"
        )
    found, more = page(records.all_of(cloud, KIND), request.params, "ModelPackageGroupName")
    return {"ModelPackageGroupSummaryList": [pick(one, SUMMARY) for one in found], **more}

"""Model packages: the numbered versions of a group, their figures, their lineage and who approved them.

Not here, refused by name: packages outside a group, source algorithms, validation jobs, the marketplace.
Registered is only written down: nothing is pulled, scanned or copied.
"""

import re
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.sagemaker import package_events, records
from stepmill.cloud.services.sagemaker.package_groups import KIND as GROUP
from stepmill.cloud.services.sagemaker.package_groups import key_of, known_group, user_of
from stepmill.cloud.services.sagemaker.package_listing import page
from stepmill.cloud.services.sagemaker.package_updates import updated
from stepmill.cloud.services.sagemaker.service import SERVICE, check_request, invalid
from stepmill.cloud.services.sagemaker.training import pick

KIND = "ModelPackage"
KEPT = ["ModelPackageDescription", "ModelPackageRegistrationType", "InferenceSpecification"]
KEPT += ["MetadataProperties", "ModelMetrics", "Domain", "Task", "SamplePayloadUrl", "DriftCheckBaselines"]
KEPT += ["CustomerMetadataProperties", "AdditionalInferenceSpecifications", "SkipModelValidation"]
KEPT += ["SourceUri", "SecurityConfig", "ModelCard", "ModelLifeCycle", "ManagedStorageType"]
REFUSED = ["SourceAlgorithmSpecification", "ValidationSpecification", "CertifyForMarketplace"]
SUMMARY = ["ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn", "ModelPackageDescription"]
SUMMARY += ["CreationTime", "ModelPackageStatus", "ModelApprovalStatus", "ModelLifeCycle"]
SUMMARY += ["ModelPackageRegistrationType"]
_ARN = re.compile(r"arn:[^:]*:sagemaker:([^:]*):([^:]*):model-package/(.+)")


def package_key(cloud: Cloud, name: str) -> str:
    """`<group>/<version>` of an ARN, or of what follows in it on `model-package/`. Raises: AwsError."""
    match = _ARN.fullmatch(name)
    if name.startswith("arn:") and (match is None or (match[1], match[2]) != (cloud.region, cloud.account)):
        raise invalid(f"ModelPackage {name} does not exist.")
    return (match[3] if match else name).lower()


def package_arn(cloud: Cloud, key: str) -> str:
    return cloud.arn("sagemaker", f"model-package/{key}")


def group_versions(cloud: Cloud, params: dict[str, Any]) -> list[str]:
    """The number of a version to come is not known: the permission must be for all of the group's."""
    group = params.get("ModelPackageGroupName")
    return [package_arn(cloud, f"{key_of(cloud, group)}/*")] if group else ["*"]


def named(cloud: Cloud, params: dict[str, Any]) -> list[str]:
    name = params.get("ModelPackageName") or params["ModelPackageArn"]
    return [package_arn(cloud, package_key(cloud, name))]


def known_package(cloud: Cloud, name: str) -> dict[str, Any]:
    """Raises: AwsError ValidationException."""
    key = package_key(cloud, name)
    data = records.find(cloud, KIND, key)
    if data is None:
        raise invalid(f"ModelPackage {package_arn(cloud, key)} does not exist.")
    return data


@SERVICE.operation("CreateModelPackage", resources=group_versions)
def create_model_package(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    params = request.params
    check(params)
    attempt = request.attempt or (f"token/{params['ClientToken']}" if "ClientToken" in params else None)
    with cloud.store.transaction():
        group = known_group(cloud, params["ModelPackageGroupName"])
        key = group["ModelPackageGroupName"].lower()
        if attempt is not None and (known := records.by_attempt(cloud, KIND, attempt)):
            return {"ModelPackageArn": known["ModelPackageArn"]}
        version = group["_LastVersion"] + 1
        records.change(cloud, GROUP, key, {"_LastVersion": version, "LastModifiedTime": None})
        arn = package_arn(cloud, f"{key}/{version}")
        data: dict[str, Any] = {
            "ModelPackageGroupName": group["ModelPackageGroupName"],
            "ModelPackageVersion": version,
            "ModelPackageArn": arn,
            "CreationTime": cloud.clock.time(),
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CertifyForMarketplace": False,
            "ModelApprovalStatus": params.get("ModelApprovalStatus", "PendingManualApproval"),
            "CreatedBy": user_of(cloud, request.principal),
        }
        data |= {name: params[name] for name in KEPT if name in params}
        records.add(cloud, KIND, f"{key}/{version}", data, attempt, invalid(f"{arn} already exists"))
        package_events.emit(cloud, data)
    return {"ModelPackageArn": arn}


def check(params: dict[str, Any]) -> None:
    """Raises: AwsError ValidationException."""
    where = "CreateModelPackage"
    if "ModelPackageName" in params and "ModelPackageGroupName" in params:
        raise invalid(
            "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
            "Cannot determine which one to use."
        )
    if "ModelPackageName" in params:
        raise invalid(
            f"{where}: ModelPackageName makes a package without versions, which the embedded cloud does not "
            "have; give ModelPackageGroupName"
        )
    if "ModelPackageGroupName" not in params:
        raise invalid(f"Missing ARN. {where}: give ModelPackageGroupName")
    if params.get("Tags"):
        raise invalid(
            f"{where}: Tags are not allowed for a model version; it has those of its model package group"
        )
    for name in REFUSED:
        if params.get(name):
            raise invalid(f"{where}: {name} is not supported by the embedded cloud; leave it out")
    if "InferenceSpecification" not in params and "SourceUri" not in params:
        raise invalid(f"{where}: InferenceSpecification is missing; it names Image and ModelDataUrl")
    names = [one["Name"] for one in params.get("AdditionalInferenceSpecifications", [])]
    if len(set(names)) != len(names):
        raise invalid(f"{where}: AdditionalInferenceSpecifications has a Name twice: {', '.join(names)}")


@SERVICE.operation("DescribeModelPackage", resources=named)
def describe_model_package(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    data = known_package(cloud, request.params["ModelPackageName"])
    if request.params.get("IncludedData") == "MetadataOnly":
        data = {key: value for key, value in data.items() if key != "ModelCard"}
    return records.shown(data)


@SERVICE.operation("ListModelPackages", resources=group_versions)
def list_model_packages(cloud: Cloud, request: Request) -> Answer:
    """Versions are shown when a group is named or ModelPackageType asks for them, as on AWS."""
    check_request(request)
    params = request.params
    group = params.get("ModelPackageGroupName")
    kind = params.get("ModelPackageType", "Versioned" if group else "Unversioned")
    found = [] if kind == "Unversioned" else records.all_of(cloud, KIND)
    if group:
        name = known_group(cloud, group)["ModelPackageGroupName"]
        found = [one for one in found if one["ModelPackageGroupName"] == name]
    if status := params.get("ModelApprovalStatus"):
        found = [one for one in found if one["ModelApprovalStatus"] == status]
    shown, more = page(found, params, "ModelPackageGroupName")
    return {"ModelPackageSummaryList": [pick(one, SUMMARY) for one in shown], **more}


@SERVICE.operation("UpdateModelPackage", resources=named)
def update_model_package(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    params = request.params
    attempt = request.attempt or params.get("ClientToken")
    with cloud.store.transaction():
        data = known_package(cloud, params["ModelPackageArn"])
        arn = data["ModelPackageArn"]
        if attempt is not None and attempt in data.get("_Attempts", []):
            return {"ModelPackageArn": arn}
        changes = updated(data, params)
        if changes:
            told = list(changes)
            changes["_Attempts"] = [*data.get("_Attempts", []), *([attempt] if attempt else [])][-20:]
            changes["LastModifiedBy"] = user_of(cloud, request.principal)
            data = records.change(cloud, KIND, package_key(cloud, arn), changes)
            package_events.emit(cloud, data, told)
    return {"ModelPackageArn": arn}


@SERVICE.operation("DeleteModelPackage", resources=named)
def delete_model_package(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    with cloud.store.transaction():
        data = known_package(cloud, request.params["ModelPackageName"])
        records.remove(cloud, KIND, package_key(cloud, data["ModelPackageArn"]))
    return {}


def container_of(cloud: Cloud, container: dict[str, Any]) -> dict[str, Any]:
    """What CreateModel takes from a package for a container that names it. Raises: AwsError.

    A version must be approved before it is deployed.
    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
    """
    package = known_package(cloud, container["ModelPackageName"])
    arn = package["ModelPackageArn"]
    if package["ModelApprovalStatus"] != "Approved":
        raise invalid(
            f"ModelPackage {arn} has ModelApprovalStatus {package['ModelApprovalStatus']}; "
            "a model is made of an Approved one only"
        )
    specification = package.get("InferenceSpecification")
    if name := container.get("InferenceSpecificationName"):
        others = {one["Name"]: one for one in package.get("AdditionalInferenceSpecifications", [])}
        if name not in others:
            raise invalid(f"ModelPackage {arn} has no inference specification {name}; it has: {list(others)}")
        specification = others[name]
    containers = (specification or {}).get("Containers", [])
    if len(containers) != 1 or "Image" not in containers[0] or "ModelDataSource" in containers[0]:
        raise invalid(
            f"ModelPackage {arn}: its inference specification must have one container with Image and "
            "ModelDataUrl in the embedded cloud"
        )
    taken = {key: containers[0][key] for key in ("Image", "ModelDataUrl") if key in containers[0]}
    environment = containers[0].get("Environment", {}) | container.get("Environment", {})
    return {**container, **taken, **({"Environment": environment} if environment else {})}

"""What UpdateModelPackage may change of a model package, and into what."""

from typing import Any

from stepmill.cloud.services.sagemaker.service import invalid

SET = ["ModelApprovalStatus", "ApprovalDescription", "ModelPackageRegistrationType", "InferenceSpecification"]
SET += ["SourceUri", "ModelCard", "ModelLifeCycle"]
MOST_PROPERTIES = 50
MOST_SPECIFICATIONS = 15


def updated(data: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """The members that differ after the update; none when it says what is so already.

    Raises: AwsError ValidationException.
    """
    wanted = {name: params[name] for name in SET if name in params}
    if "CustomerMetadataProperties" in params or "CustomerMetadataPropertiesToRemove" in params:
        wanted["CustomerMetadataProperties"] = properties(data, params)
    if added := params.get("AdditionalInferenceSpecificationsToAdd"):
        wanted["AdditionalInferenceSpecifications"] = specifications(data, added)
    return {name: value for name, value in wanted.items() if data.get(name) != value}


def properties(data: dict[str, Any], params: dict[str, Any]) -> dict[str, str]:
    given, removed = (
        params.get("CustomerMetadataProperties", {}),
        params.get("CustomerMetadataPropertiesToRemove", []),
    )
    if both := sorted(set(given) & set(removed)):
        raise invalid(f"UpdateModelPackage: {', '.join(both)} cannot be both set and removed")
    merged = {**data.get("CustomerMetadataProperties", {}), **given}
    kept = {key: value for key, value in merged.items() if key not in removed}
    if len(kept) > MOST_PROPERTIES:
        raise invalid(
            f"UpdateModelPackage: CustomerMetadataProperties would have {len(kept)} entries; "
            f"at most {MOST_PROPERTIES} are allowed"
        )
    return kept


def specifications(data: dict[str, Any], added: list[dict[str, Any]]) -> list[dict[str, Any]]:
    every = [*data.get("AdditionalInferenceSpecifications", []), *added]
    names = [one["Name"] for one in every]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise invalid(f"UpdateModelPackage: an inference specification {', '.join(twice)} is there already")
    if len(every) > MOST_SPECIFICATIONS:
        raise invalid(
            f"UpdateModelPackage: {len(every)} additional inference specifications; at most "
            f"{MOST_SPECIFICATIONS} are allowed"
        )
    return every

"""The latest approved model of a group in the Model Registry: what a machine needs to know to score with it.

A version whose model data have been deleted is passed over, and named; any other fault of the latest one is
an error, for an older model must not take its place unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from millkit import storage
from millkit.errors import MillError
from millkit.storage import ObjectMissing, Place

MOST_TOLD = 5
APPROVED, PENDING = "Approved", "PendingManualApproval"
APPROVE = (
    "approve one: aws sagemaker update-model-package --model-approval-status Approved --model-package-arn {}"
)
FACTS = ("schema_uri", "manifest_uri", "manifest_sha256", "parameter_prefix", "algorithm")


class NoApprovedModel(MillError):
    """A group has no model that may be used."""


class PackageUnknown(MillError):
    """A version that does not tell what is needed to use it."""


class Found(NamedTuple):
    """`baseline_uri` is a folder with statistics.json and constraints.json; `attributions_uri` one with
    analysis.json and plan/plan.json, or None. `passed_over` tells of newer versions without model data.
    """

    arn: str
    version: str
    model_uri: str
    facts: dict[str, str]
    baseline_uri: str
    attributions_uri: str | None
    passed_over: list[str]


def find(sagemaker: Any, s3: Any, group: str) -> Found:
    """The newest approved version whose model data are there.

    Raises:
        NoApprovedModel: there is none.
        PackageUnknown: it was not registered by a training of ours.
    """
    passed_over: list[str] = []
    for arn in _versions(sagemaker, group, APPROVED):
        described = sagemaker.describe_model_package(ModelPackageName=arn)
        found = _read(described, passed_over)
        if _is_there(s3, found.model_uri):
            attributions_uri = _attributions(s3, found.attributions_uri)
            return found._replace(attributions_uri=attributions_uri, passed_over=_told(passed_over))
        passed_over.append(f"{arn}: its model data {found.model_uri} have been deleted")
    why = f" ({'; '.join(_told(passed_over))})" if passed_over else ""
    pending = next(_versions(sagemaker, group, PENDING), None)
    remedy = APPROVE.format(pending) if pending else "train one, and approve it"
    raise NoApprovedModel(f"group {group}: has no approved model{why}; {remedy}")


def _told(passed_over: list[str]) -> list[str]:
    """As many as fit into a state's data and a mail, whatever there was."""
    more = len(passed_over) - MOST_TOLD
    return [*passed_over[:MOST_TOLD], *([f"and {more} more"] if more > 0 else [])]


def _versions(sagemaker: Any, group: str, status: str) -> Iterator[str]:
    """ARNs of the versions with this status, the newest first; none of a group that does not exist."""
    after: dict[str, str] = {}
    while True:
        try:
            page = sagemaker.list_model_packages(
                ModelPackageGroupName=group,
                ModelApprovalStatus=status,
                SortBy="CreationTime",
                SortOrder="Descending",
                MaxResults=100,
                **after,
            )
        except sagemaker.exceptions.ClientError as wrong:
            if "does not exist" in wrong.response["Error"].get("Message", ""):
                return
            raise
        for one in page["ModelPackageSummaryList"]:
            if one["ModelApprovalStatus"] == status:
                yield one["ModelPackageArn"]
        if not page.get("NextToken"):
            return
        after = {"NextToken": page["NextToken"]}


def _read(described: Mapping[str, Any], passed_over: list[str]) -> Found:
    arn = described["ModelPackageArn"]
    facts = described.get("CustomerMetadataProperties", {})
    try:
        metrics = described["ModelMetrics"]
        return Found(
            arn,
            str(described["ModelPackageVersion"]),
            described["InferenceSpecification"]["Containers"][0]["ModelDataUrl"],
            {name: facts[name] for name in FACTS},
            metrics["ModelDataQuality"]["Statistics"]["S3Uri"].rpartition("/")[0],
            metrics.get("Explainability", {}).get("Report", {}).get("S3Uri"),
            passed_over,
        )
    except (KeyError, IndexError) as missing:
        raise PackageUnknown(
            f"package {arn}: lacks {missing}, which the training machine registers; register it by a "
            "training, or reject it to use an older one"
        ) from missing


def _attributions(s3: Any, analysis_uri: str | None) -> str | None:
    if analysis_uri is None:
        return None
    folder = analysis_uri.rpartition("/")[0]
    is_there = all(_is_there(s3, uri) for uri in (analysis_uri, f"{folder}/plan/plan.json"))
    return folder if is_there else None


def _is_there(s3: Any, uri: str) -> bool:
    try:
        storage.open_object(s3, Place.parse(uri), first_bytes=1)
    except ObjectMissing:
        return False
    return True

"""FindModel: the latest approved version of a group in the Model Registry whose model data are there.

In:  {"model_package_group": str}
Out: what FindModelOutput says; `baseline_uri` and `attributions_uri` are folders, the latter None where the
     version has no attributions; `passed_over` tells of newer versions whose model data have been deleted
Raises NoApprovedModel, PackageUnknown
"""

from typing import TypedDict

from millkit import approved, aws, log


class FindModelInput(TypedDict):
    model_package_group: str


class FindModelOutput(TypedDict):
    model_package_arn: str
    version: str
    model_uri: str
    schema_uri: str
    manifest_uri: str
    manifest_sha256: str
    parameter_prefix: str
    algorithm: str
    baseline_uri: str
    attributions_uri: str | None
    passed_over: list[str]


def handler(event: FindModelInput, _context: object) -> FindModelOutput:
    found = approved.find(aws.client("sagemaker"), aws.client("s3"), event["model_package_group"])
    log.info("find_model", model_package_arn=found.arn, passed_over=len(found.passed_over))
    return {
        "model_package_arn": found.arn,
        "version": found.version,
        "model_uri": found.model_uri,
        "schema_uri": found.facts["schema_uri"],
        "manifest_uri": found.facts["manifest_uri"],
        "manifest_sha256": found.facts["manifest_sha256"],
        "parameter_prefix": found.facts["parameter_prefix"],
        "algorithm": found.facts["algorithm"],
        "baseline_uri": found.baseline_uri,
        "attributions_uri": found.attributions_uri,
        "passed_over": found.passed_over,
    }

"""The Model Registry: a model that was judged and sealed becomes a version of its group, with its lineage.

What is needed to deploy it stands in its metadata: see FACTS. Their values are texts of 256 characters.
"""

from typing import Any

from statemachines.fragments import jobs, retries, throttled
from statemachines.fragments.failures import is_in_cause
from statemachines.fragments.names import SCHEMA_URI
from statemachines.fragments.tasks import CALL_TIMEOUT_S
from stepmill.asl import (
    Chain,
    Choice,
    ChoiceRule,
    Pass,
    State,
    Task,
    aws_sdk,
    chain,
    context,
    format_,
    path,
)

C = ChoiceRule
GROUP = path("$.config.endpoint_name")
SCHEMA = "prepared/schema/features.json"
# Settings of the deployment that the training's input has; numbers stand as texts in the metadata.
TEXTS = ("endpoint_name", "parameter_prefix", "endpoint_instance_type")
NUMBERS = ("min_instances", "max_instances", "invocations_per_instance", "canary_percent", "bake_s")
APPROVE = (
    "approve it, and it is deployed: aws sagemaker update-model-package --model-approval-status Approved "
    "--model-package-arn {}"
)
# What a package must tell, or it cannot be deployed.
FACTS = ("run_uri", "schema_uri", "manifest_uri", "manifest_sha256", "parent", "approval", *TEXTS, *NUMBERS)


def register(what_failed: State) -> Chain:
    """$.package {arn}: a new version of the group named like the endpoint, approved or left to people."""
    create = _create_package(what_failed)
    approve = Pass("Approve", result={"status": "Approved"}, result_path="$.approval")
    leave = Pass("LeaveToPeople", result={"status": "PendingManualApproval"}, result_path="$.approval")
    status = Choice("ApprovalByPolicy")
    status.add_choice(C.StringEquals("$.config.approval", "automatic"), chain(approve, create))
    return chain(_find_group(what_failed, then=status), status, leave, create)


def _find_group(what_failed: State, *, then: State) -> Task:
    """The group is there afterwards, whoever has made it."""
    absent, taken = Choice("GroupAbsent"), Choice("GroupTaken")
    group = {"ModelPackageGroupName": GROUP}
    find = _call("FindGroup", "describeModelPackageGroup", group, result_path=None)
    create = _call(
        "CreateGroup",
        "createModelPackageGroup",
        group | {"ModelPackageGroupDescription": format_("Models of endpoint {}", GROUP)},
        result_path=None,
        comment="The first model of this endpoint",
    )
    create.next(then)
    absent.add_choice(is_in_cause("does not exist"), throttled.again(create, on_error=taken))
    absent.default_choice(what_failed)
    taken.add_choice(is_in_cause("already exists"), then)
    taken.default_choice(what_failed)
    return throttled.again(find, on_error=absent)


def _create_package(what_failed: State) -> Task:
    container = {
        "Image": path("$.config.image"),
        "ModelDataUrl": path("$.training.model_uri"),
        "Environment": {SCHEMA_URI: jobs.in_run(SCHEMA)},
    }
    request = {
        "ModelPackageGroupName": GROUP,
        "ModelPackageDescription": path("$.verdict.reason"),
        "ClientToken": path("$.run.id"),
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
        },
        "ModelApprovalStatus": path("$.approval.status"),
        "ModelMetrics": _metrics("Report"),
        "DriftCheckBaselines": _metrics("Constraints"),
        "MetadataProperties": {"GeneratedBy": context("$$.Execution.Id")},
        "CustomerMetadataProperties": _metadata(),
    }
    create = _call(
        "RegisterModel",
        "createModelPackage",
        request,
        result_selector={"arn": path("$.ModelPackageArn")},
        result_path="$.package",
        comment="Asked again with the same token, it is the same version",
    )
    return throttled.again(create, on_error=what_failed)


def _metrics(explained_as: str) -> dict[str, Any]:
    """The baselines: what the model is like, and what drift is measured against later.

    explained_as: what each of the two calls the attributions.
    """

    def source(file: str) -> dict[str, Any]:
        return {"ContentType": "application/json", "S3Uri": jobs.in_run(f"baseline/{file}")}

    quality = {
        kind: {
            "Statistics": source(f"{folder}/statistics.json"),
            "Constraints": source(f"{folder}/constraints.json"),
        }
        for kind, folder in (("ModelDataQuality", "data"), ("ModelQuality", "model_quality"))
    }
    return {**quality, "Explainability": {explained_as: source("attributions/analysis.json")}}


def _metadata() -> dict[str, Any]:
    """Lineage, and what the deployment needs to know. What people have written is kept as labels."""
    labels = ("data_uri", "data_version", "target", "image_digest")
    return {
        "run_uri": path("$.run.uri"),
        "schema_uri": jobs.in_run(SCHEMA),
        "manifest_uri": path("$.seal.manifest_uri"),
        "manifest_sha256": path("$.seal.sha256"),
        **{name: path(f"$.seal.labels.{name}") for name in labels},
        "data_objects_uri": path("$.data.objects_uri"),
        "data_objects_sha256": path("$.data.objects_sha256"),
        "data_unchanged": format_("{}", path("$.data_again.unchanged")),
        "code_uri": "${CodeUri}",
        "image": path("$.config.image"),
        "algorithm": path("$.config.algorithm"),
        "rmse": format_("{}", path("$.verdict.candidate_rmse")),
        "parent": path("$.champion.package.arn"),
        "approval": path("$.config.approval"),
        "training_job_arn": path("$.training.job_arn"),
        "execution_arn": context("$$.Execution.Id"),
        **{name: path(f"$.config.{name}") for name in TEXTS},
        **{name: format_("{}", path(f"$.config.{name}")) for name in NUMBERS},
    }


def _call(state_id: str, action: str, request: dict[str, Any], **options: Any) -> Task:
    return aws_sdk(
        state_id,
        "sagemaker",
        action,
        request,
        retry=retries.SAGEMAKER_LOST,
        timeout_seconds=CALL_TIMEOUT_S,
        **options,
    )

"""Event patterns that can never match.

Knows the events of S3, Step Functions and SageMaker; of other sources only how a pattern is written.
Source: https://docs.aws.amazon.com/eventbridge/latest/ref/welcome.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from stepmill.check.finding import Findings, pointer
from stepmill.check.reading.template_scope import Scope
from stepmill.check.rules.sam_events import BUCKET_WITHOUT_EVENTBRIDGE, EVENT_NEVER_MATCHES
from stepmill.check.wiring.matchers import MATCHERS, wrong_matchers
from stepmill.check.wiring.rules_of import Trigger, resource_at

FIELDS = (
    *("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"),
    *("replay-name", "$or"),
)
TRAIL = (
    *("AWS API Call via CloudTrail", "AWS Service Event via CloudTrail", "AWS Insight via CloudTrail"),
    *("AWS Console Sign In via CloudTrail", "AWS Console Action via CloudTrail"),
)
DETAIL_TYPES = {
    "aws.s3": (
        *("Object Created", "Object Deleted", "Object Restore Initiated", "Object Restore Completed"),
        *("Object Restore Expired", "Object Tags Added", "Object Tags Deleted", "Object ACL Updated"),
        *("Object Storage Class Changed", "Object Access Tier Changed", "Object Annotation Created"),
        *("Object Annotation Deleted",),
    ),
    "aws.states": ("Step Functions Execution Status Change",),
}
# Those of SageMaker are many and grow; a word in another case is still wrong.
SAGEMAKER = (
    *("SageMaker Training Job State Change", "SageMaker HyperParameter Tuning Job State Change"),
    *("SageMaker Transform Job State Change", "SageMaker Processing Job State Change"),
    *("SageMaker Endpoint State Change", "SageMaker Endpoint Config State Change"),
    *("SageMaker Model State Change", "SageMaker Model Package State Change"),
    *("SageMaker Ground Truth Labeling Job State Change", "SageMaker Feature Group State Change"),
    *("SageMaker Notebook Instance State Change", "SageMaker Notebook Lifecycle Config State Change"),
    "SageMaker Model Building Pipeline Execution Status Change",
    "SageMaker Model Building Pipeline Execution Step Status Change",
    *(
        "SageMaker Image State Change",
        "SageMaker Image Version State Change",
        "SageMaker Algorithm State Change",
    ),
)
DETAILS = {
    "aws.s3": (
        *("version", "bucket", "object", "request-id", "requester", "source-ip-address", "reason"),
        *("deletion-type", "restore-expiry-time", "source-storage-class", "destination-storage-class"),
        *("destination-access-tier", "annotation"),
    ),
    "aws.states": (
        *("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate", "input", "output"),
        *("inputDetails", "outputDetails", "error", "cause", "redriveCount", "redriveDate"),
        *("redriveStatus", "redriveStatusReason", "stateMachineVersionArn", "stateMachineAliasArn"),
    ),
}
_JOB = ("InProgress", "Completed", "Failed", "Stopping", "Stopped", "Deleting")
STATUSES = {
    ("aws.states", "status"): (
        *("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"),
    ),
    ("aws.sagemaker", "TrainingJobStatus"): _JOB,
    ("aws.sagemaker", "ProcessingJobStatus"): _JOB,
    ("aws.sagemaker", "TransformJobStatus"): _JOB,
    ("aws.sagemaker", "HyperParameterTuningJobStatus"): (*_JOB, "DeleteFailed"),
    ("aws.sagemaker", "LabelingJobStatus"): ("Initializing", *_JOB),
    ("aws.sagemaker", "ModelApprovalStatus"): ("Approved", "Rejected", "PendingManualApproval"),
    ("aws.sagemaker", "currentPipelineExecutionStatus"): (
        *("Executing", "Succeeded", "Failed", "Stopping", "Stopped"),
    ),
}
SOURCES = ("aws.s3", "aws.states", "aws.sagemaker")


def check_pattern(scope: Scope, trigger: Trigger, findings: Findings) -> None:
    pattern, place = trigger.pattern, trigger.pattern_pointer
    if not isinstance(pattern, dict):
        return
    told = _Pattern(trigger.where, findings)
    for field in pattern:
        if field not in FIELDS:
            told.never(place + pointer(field), f"events have no field {field!r}", FIELDS, str(field))
    told.check_form(pattern, place)
    for where, what, name in wrong_matchers(pattern, place):
        told.never(where, what, MATCHERS if name else (), name)
    for index, source in _literals(pattern.get("source")):
        if source not in SOURCES and source.lower() in SOURCES:
            told.never(f"{place}/source/{index}", f"there is no source {source!r}", SOURCES, source)
    sources = [source for _, source in _literals(pattern.get("source"))]
    if not sources or len(sources) != len(pattern["source"]):
        return
    _check_types(told, pattern, place, sources)
    detail = pattern.get("detail")
    if isinstance(detail, dict) and len(sources) == 1 and not _is_of_trail(pattern):
        _check_detail(told, detail, f"{place}/detail", sources[0])
        if sources == ["aws.s3"] and trigger.is_default_bus:
            _check_buckets(scope, trigger, detail, findings)


class _Pattern:
    def __init__(self, where: str, findings: Findings) -> None:
        self.where, self.findings = where, findings

    def never(self, place: str, what: str, known: Iterable[str] = (), meant: str = "") -> None:
        self.findings.add(
            EVENT_NEVER_MATCHES,
            place,
            f"{self.where}: the pattern never matches, for {what}; write it as the service does",
            available=known,
            meant=meant,
        )

    def check_form(self, pattern: dict[str, Any], place: str) -> None:
        """Every value is an object or a list that is not empty."""
        for key, value in pattern.items():
            here = place + pointer(key)
            if isinstance(value, dict):
                self.check_form(value, here)
            elif isinstance(value, list) and not value:
                self.never(here, f"{key} lists no value")
            elif isinstance(value, str | int | float | bool) and key != "$or":
                self.never(here, f"{key} is {value!r} and not a list of values")


def _check_types(told: _Pattern, pattern: dict[str, Any], place: str, sources: list[str]) -> None:
    if not all(source in (*DETAIL_TYPES, "aws.sagemaker") for source in sources):
        return
    known = [one for source in sources for one in DETAIL_TYPES.get(source, SAGEMAKER)]
    for index, name in _literals(pattern.get("detail-type")):
        if name in known or name in TRAIL:
            continue
        in_other_case = name.lower() in [one.lower() for one in (*known, *TRAIL)]
        if in_other_case or "aws.sagemaker" not in sources:
            what = f"{' and '.join(sources)} sends no detail-type {name!r}"
            told.never(f"{place}/detail-type/{index}", what, known, name)


def _is_of_trail(pattern: dict[str, Any]) -> bool:
    names = [name for _, name in _literals(pattern.get("detail-type"))]
    return "detail-type" not in pattern or any(name in TRAIL for name in names)


def _check_detail(told: _Pattern, detail: dict[str, Any], place: str, source: str) -> None:
    for key, value in detail.items():
        if source in DETAILS and key not in (*DETAILS[source], "$or"):
            what = f"{source}'s detail has no {key!r}"
            told.never(place + pointer(key), what, DETAILS[source], str(key))
        if (source, key) == ("aws.s3", "bucket") and isinstance(value, dict):
            for index, name in _literals(value.get("name"), with_symbols=True):
                if name.startswith("arn:"):
                    told.never(f"{place}/bucket/name/{index}", f"{name!r} is an ARN and no bucket's name")
        known = STATUSES.get((source, key), ())
        for index, status in _literals(value):
            if known and status not in known:
                what = f"{source}'s {key} is never {status!r}"
                told.never(place + pointer(key, index), what, known, status)


def _check_buckets(scope: Scope, trigger: Trigger, detail: dict[str, Any], findings: Findings) -> None:
    bucket = detail.get("bucket")
    for _, name in _literals(bucket.get("name") if isinstance(bucket, dict) else None, with_symbols=True):
        found = resource_at(scope, name, "AWS::S3::Bucket")
        if found is None or found[0] is not scope:
            continue
        properties = scope.properties(found[1])
        told = properties.get("NotificationConfiguration", {})
        if not isinstance(told, dict) or _is_on(told.get("EventBridgeConfiguration")):
            continue
        place = pointer("Resources", found[1])
        place += "/Properties" if properties else ""
        place += "/NotificationConfiguration" if "NotificationConfiguration" in properties else ""
        configured = told.get("EventBridgeConfiguration")
        if isinstance(configured, dict) and "EventBridgeEnabled" in configured:
            place += "/EventBridgeConfiguration/EventBridgeEnabled"
        findings.add(
            BUCKET_WITHOUT_EVENTBRIDGE,
            place,
            f"{found[1]}: sends no events to EventBridge, on which {trigger.where} waits; "
            "set NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled to true",
        )


def _is_on(told: Any) -> bool:
    if not isinstance(told, dict):
        return False
    return told.get("EventBridgeEnabled", True) not in (False, "false")


def _literals(value: Any, *, with_symbols: bool = False) -> Iterator[tuple[int, str]]:
    """The exact texts in a list of values."""
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, str) and (with_symbols or "${" not in item):
            yield index, item

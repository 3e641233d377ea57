"""A version of the Model Registry that is to be deployed: what it tells, and whether it may still be."""

from typing import Any

from statemachines.fragments import champion, registry, retries, throttled
from statemachines.fragments.failures import say
from statemachines.fragments.names import SCHEMA_URI
from statemachines.fragments.tasks import CALL_TIMEOUT_S, caught
from stepmill.asl import (
    Chain,
    Choice,
    ChoiceRule,
    Parallel,
    Pass,
    State,
    Succeed,
    Task,
    aws_sdk,
    chain,
    format_,
    json_merge,
    json_to_string,
    path,
    string_to_json,
)

C = ChoiceRule
ARN = path("$.config.model_package_arn")
APPROVED = "Approved"
NUMBERS = registry.NUMBERS
METADATA = "$.described.CustomerMetadataProperties"
CONTAINER = "$.described.InferenceSpecification.Containers[0]"
SEALED = {
    "model_uri": path("$.package.model_uri"),
    "manifest_uri": path("$.package.manifest_uri"),
    "sha256": path("$.package.manifest_sha256"),
}


def read(what_failed: State, *, in_words: State) -> Chain:
    """$.package, what the registry knows, and $.config: the input over the package's own settings."""
    container = ("Image", "ModelDataUrl", f"Environment.{SCHEMA_URI}")
    needed = [
        *(f"{CONTAINER}.{name}" for name in container),
        *(f"{METADATA}.{name}" for name in registry.FACTS),
    ]
    unknown = format_(
        "package {}: lacks what the training machine registers, such as metadata {}; it has {}; register it "
        "by a training",
        *(ARN, ", ".join(registry.FACTS[:4]), json_to_string(path("$.described"))),
    )
    tells = Choice("PackageTells")
    is_silent = C.Or([C.IsPresent(name, False) for name in needed])
    tells.add_choice(is_silent, chain(say("SayPackageUnknown", "PackageUnknown", unknown), in_words))
    package = Pass(
        "TakePackage",
        parameters={
            "arn": ARN,
            "model_uri": path(f"{CONTAINER}.ModelDataUrl"),
            **{name: path(f"{METADATA}.{name}") for name in registry.FACTS},
        },
        result_path="$.package",
    )
    merged = Pass(
        "MergePackage",
        parameters={
            "config": json_merge(json_merge(path("$.config"), path("$.settings[0]")), path("$.given")),
            "package": path("$.package"),
            "throttled": path("$.throttled"),
        },
    )
    look = describe("DescribePackage", what_failed)
    return chain(
        look, _approved("Approved", what_failed=in_words), tells, package, _settings(in_words), merged
    )


def _settings(in_words: State) -> Parallel:
    """$.settings: [what the version was registered with]. People may have registered it with anything.

    A Pass catches nothing, a Parallel around it does.
    """
    take = Pass(
        "TakeSettings",
        parameters={
            **{name: path(f"{METADATA}.{name}") for name in registry.TEXTS},
            **{name: string_to_json(path(f"{METADATA}.{name}")) for name in NUMBERS},
        },
    )
    named = ", ".join(f"{name} is {{}}" for name in NUMBERS)
    words = format_(
        f"package {{}}: its metadata must be numbers, but {named}; mend them, or register it by a training",
        *(ARN, *(path(f"{METADATA}.{name}") for name in NUMBERS)),
    )
    no_number = say("SayNoNumber", "PackageUnknown", words)
    no_number.next(in_words)
    return Parallel(
        "ReadSettings",
        branches=[take],
        result_path="$.settings",
        catch=caught(no_number, "$.not_read"),
    )


def describe(state_id: str, what_failed: State) -> Task:
    task = aws_sdk(
        state_id,
        "sagemaker",
        "describeModelPackage",
        {"ModelPackageName": ARN},
        result_path="$.described",
        retry=retries.SAGEMAKER_LOST,
        timeout_seconds=CALL_TIMEOUT_S,
    )
    return throttled.again(task, on_error=what_failed)


def still_approved(what_failed: State, *, in_words: State) -> Chain:
    """The last look at the registry: people may have rejected it meanwhile."""
    return chain(describe("LookAgain", what_failed), _approved("StillApproved", what_failed=in_words))


def _approved(state_id: str, *, what_failed: State) -> Choice:
    status = "$.described.ModelApprovalStatus"
    remedy = "approve it in the Model Registry, and it is deployed"
    none = format_(f"package {{}}: has no approval status; {remedy}", ARN)
    other = format_(f"package {{}}: is {{}}, not Approved; {remedy}", ARN, path(status))
    approved = Choice(state_id)
    for name, words, is_so in (
        ("NoStatus", none, C.IsPresent(status, False)),
        ("OtherStatus", other, C.Not(C.StringEquals(status, APPROVED))),
    ):
        refuse = chain(say(f"Say{name}{state_id}", "NotApproved", words), what_failed)
        approved.add_choice(is_so, refuse)
    return approved


def current(what_failed: State, *, over: Any, then: State) -> Chain:
    """On to `then` unless the registry's event has come too late: ends "superseded", or "live" already.

    over: (state id, chain) -> what releases the lock first. What a person has started is obeyed.
    """
    superseded = format_(
        "package {} was compared with package {}, but {} serves now and may be better; train again, or start "
        "this machine with its ARN to deploy it knowingly",
        *(ARN, path("$.package.parent"), path("$.champion.package.arn")),
    )
    is_automatic = [
        C.BooleanEquals("$.config.on_approval", True),
        C.StringEquals("$.package.approval", "automatic"),
        C.Not(C.StringEquals("$.package.parent", champion.NOT_COMPARED)),
        C.Not(C.StringEquals("$.package.parent", path("$.champion.package.arn"))),
    ]
    is_live = [
        C.BooleanEquals("$.config.on_approval", True),
        C.StringEquals("$.package.arn", path("$.champion.package.arn")),
    ]
    still = Choice("StillCurrent")
    still.add_choice(C.And(is_live), _end("Already", "already live", "this version serves already", over))
    still.add_choice(C.And(is_automatic), _end("Superseded", "superseded", superseded, over))
    still.default_choice(then)
    return chain(champion.find(what_failed, none=champion.no_champion(still), then=still), still)


def _end(name: str, outcome: str, reason: Any, over: Any) -> Chain:
    summary = Pass(
        f"Summarize{name}",
        parameters={
            "outcome": outcome,
            "reason": reason,
            "model_package_arn": ARN,
            "serving_package_arn": path("$.champion.package.arn"),
            "endpoint_name": path("$.config.endpoint_name"),
        },
    )
    return chain(over(f"ReleaseAfter{name}", summary), summary, Succeed(f"Ended{name}"))

"""Deployment: an approved version of the Model Registry goes live on its endpoint, or people hear why not.

Starts on: a version that was approved, by people or by the training's input; or by hand, with its ARN. Ends:
live and its names exported; superseded, since the model that it was compared with no longer serves; already
live; skipped, since another execution holds the lock; or failed with one clear reason. Unless it is live, the
champion serves on.
"""

from dataclasses import dataclass
from typing import Any

from statemachines.fragments import (
    failures,
    guardrails,
    inputs,
    locks,
    names,
    packages,
    rollback,
    rollout,
    scaling,
    serving,
    throttled,
)
from statemachines.fragments.tasks import put_parameter
from stepmill.asl import Chain, Machine, Pass, State, Succeed, chain, context, defaults, field, hash_, path

TIMEOUT_S = 24 * 3600
PACKAGE_ARN = "^arn:[^:]+:sagemaker:[^:]+:[^:]+:model-package/.+"


@dataclass(frozen=True, kw_only=True)
class Input:
    """What an execution is given. What is absent has the package's value, or the default of this file."""

    model_package_arn: str = field(
        pattern=PACKAGE_ARN,
        description="the version to deploy",
        examples=["arn:aws:sagemaker:us-east-1:123456789012:model-package/stepmill-dev/3"],
    )
    on_approval: bool = field(
        default=False, description="stop when it is superseded: started by its approval, not by people"
    )
    endpoint_name: str | None = field(default=None, min_length=1, description="begins with <project>-<stage>")
    parameter_prefix: str | None = field(
        default=None, pattern="^/", description="SSM path of the exported names"
    )
    endpoint_instance_type: str | None = field(default=None, description="for the endpoint")
    min_instances: int | None = field(default=None, ge=1, le=1000, description="fewest instances")
    max_instances: int | None = field(default=None, ge=1, le=1000, description="most instances")
    invocations_per_instance: float | None = field(
        default=None, gt=0, description="requests a minute of an instance, above which there are more"
    )
    canary_percent: int | None = field(
        default=None, ge=0, le=50, description="of the new fleet, takes traffic first; needs two instances"
    )
    bake_s: int | None = field(
        default=None, ge=0, le=1800, description="the alarms are watched after each shift", unit="s"
    )
    alarms: list[dict[str, str]] | None = field(
        default=None, description="CloudWatch alarms that take an update back"
    )
    poll_interval_s: int = field(default=30, ge=1, le=3600, description="between two looks", unit="s")
    lock_looks: int = field(
        default=300,
        ge=0,
        le=300,
        description="further looks at a lock that another execution holds, before this one is skipped",
    )


GIVEN = {
    "model_package_arn": inputs.text(
        "model_package_arn", "arn:*:sagemaker:*:model-package/*", "give the ARN of a model package"
    ),
    "on_approval": inputs.truth("on_approval"),
    "poll_interval_s": inputs.whole("poll_interval_s", at_least=1, below=3601),
    "lock_looks": inputs.whole("lock_looks", at_least=0, below=301),
}
MERGED = {
    "alarms": inputs.alarms("alarms"),
    "endpoint_name": inputs.text("endpoint_name"),
    "parameter_prefix": inputs.text("parameter_prefix", "/*", "give a path that begins with /"),
    "endpoint_instance_type": inputs.text("endpoint_instance_type"),
    **inputs.fleet(),
}


def build() -> Machine:
    lock = {"name": path("$.config.endpoint_name"), "execution_arn": context("$$.Execution.Id")}
    what_failed, in_words = failures.ending(lock)
    skipped = locks.skipped(
        lock,
        process="Deployment",
        what="package {} was not deployed",
        name=packages.ARN,
        data=packages.ARN,
        model_package_arn=packages.ARN,
    )
    settings = _settings()
    live = _serve(lock, what_failed, in_words)
    chain(
        settings,
        serving.verify("VerifyModel", packages.SEALED, what_failed),
        locks.alone(lock, what_failed=what_failed, skipped=skipped),
        packages.current(
            what_failed, over=lambda state_id, then: locks.release(state_id, lock, then=then), then=live
        ),
    )
    start = chain(
        inputs.merged(_defaults(), machine="deployment", **throttled.before()),
        inputs.shown("ShowInput", ("poll_interval_s", "lock_looks")),
        inputs.valid("ValidateInput", "deployment", GIVEN),
        packages.read(what_failed, in_words=in_words),
    )
    show = inputs.shown("ShowSettings", ("alarms", *inputs.COUNTS_OF_FLEET))
    start = chain(start, guardrails.alarms(show))
    chain(show, inputs.valid("ValidateSettings", "deployment", MERGED), settings)
    return Machine(
        name="deployment",
        comment="An approved version of the Model Registry goes live on its endpoint, or people hear why not",
        input=Input,
        timeout_seconds=TIMEOUT_S,
        states=start,
    )


def _defaults() -> dict[str, Any]:
    """Of what the package does not tell. The endpoint's name is the package's as soon as that is known."""
    own = {name: value for name, value in defaults(Input).items() if value is not None}
    deployed = {
        "model_package_arn": None,
        "endpoint_name": "${NamePrefix}",
        "poll_interval_s": inputs.deployed_number("PollIntervalS"),
    }
    return own | deployed


def _settings() -> Pass:
    """What names begin with, at $.run, and what the looks and calls count."""
    return Pass(
        "Settings",
        parameters={
            "config": path("$.config"),
            "package": path("$.package"),
            "run": {"id": hash_(context("$$.Execution.Id"), "MD5"), "prefix": "${NamePrefix}"},
            **rollout.before(),
            **throttled.before(),
        },
    )


def _serve(lock: dict[str, Any], what_failed: State, in_words: State) -> State:
    """The version behind the endpoint; the previous one serves on whenever something fails."""
    model = serving.create_model(
        {"ModelPackageName": packages.ARN},
        schema_uri=path("$.package.schema_uri"),
        on_error=what_failed,
    )
    chain(
        model,
        serving.verify("VerifyAgain", packages.SEALED, what_failed),
        packages.still_approved(what_failed, in_words=in_words),
        locks.confirm(lock, what_failed=what_failed, in_words=in_words),
        serving.endpoint_config(what_failed),
        _roll_out(lock, what_failed),
    )
    return model


def _roll_out(lock: dict[str, Any], what_failed: State) -> State:
    roll_back = rollback.to_previous(then=what_failed)
    # What the endpoint has downloaded was verified before that; here it shows whether it is still the same.
    verify = serving.verify("VerifyServedModel", packages.SEALED, roll_back)
    summary = Pass(
        "Summarize",
        parameters={
            "outcome": "live",
            "model_package_arn": packages.ARN,
            "model_name": path("$.model.name"),
            "manifest_uri": path("$.package.manifest_uri"),
            "endpoint_name": path("$.config.endpoint_name"),
            "endpoint_config_name": path("$.endpoint_config.name"),
            "previous_config_name": path("$.previous.config_name"),
        },
    )
    release = locks.release("ReleaseLock", lock, then=summary)
    done = chain(verify, scaling.scale(roll_back), _exports(roll_back), release, summary, Succeed("Live"))
    return rollout.roll_out(done=done, roll_back=roll_back, what_failed=what_failed)


def _exports(roll_back: State) -> Chain:
    """The model's name comes last: it makes the version the champion."""
    rows = (
        ("PackageArn", "model-package-arn", packages.ARN, "Which version serves"),
        ("EndpointName", "endpoint-name", path("$.config.endpoint_name"), "Where to send requests"),
        ("EndpointConfigName", "endpoint-config-name", path("$.endpoint_config.name"), "What serves there"),
        ("ModelName", "model-name", path("$.model.name"), "From here on it is the champion"),
    )
    return chain(
        *(
            put_parameter(
                f"Save{title}",
                name=names.parameter(name),
                value=value,
                on_error=roll_back,
                comment=comment,
            )
            for title, name, value, comment in rows
        )
    )

"""Training: from raw CSV files to a registered regression model, or to a message that says why not.

Starts on: a new object under the data prefix. Ends: the model registered, approved or left to people;
rejected, with the figures told; skipped, since another execution holds the lock; or failed with one clear
reason. An approved model is deployed by the deployment machine: here nothing that serves is changed.

One machine serves XGBoost and Linear Learner. Only one execution at a time compares with the champion of an
endpoint or replaces it: the one that holds the lock named like the endpoint.
"""

from dataclasses import dataclass
from typing import Any

from statemachines.fragments import (
    champion,
    data,
    failures,
    fitting,
    inputs,
    locks,
    registry,
    rollout,
    serving,
    steps,
    tabular,
    throttled,
    tuning,
)
from statemachines.fragments.algorithms import ALGORITHMS, refused_with_custom
from stepmill.asl import (
    Chain,
    Choice,
    ChoiceRule,
    Fail,
    Machine,
    Pass,
    State,
    Succeed,
    chain,
    context,
    defaults,
    field,
    format_,
    hash_,
    json_merge,
    json_to_string,
    path,
)

TIMEOUT_S = 24 * 3600
S3_URI = "^s3://[^/]*/"
C = ChoiceRule


@dataclass(frozen=True, kw_only=True)
class Input:
    """What an execution is given. What is absent has the default of this file or of the deployment."""

    data_uri: str = field(
        pattern=S3_URI, description="S3 URI of a CSV file or of a folder", examples=["s3://cars/data/a.csv"]
    )
    data_version: str = field(default="", description="version of the data, kept in the model's manifest")
    target: str = field(default="${Target}", min_length=1, description="column to predict")
    columns: dict[str, str] = field(
        default_factory=dict,
        description="column to numeric or categorical, else inferred; 256 characters as JSON",
    )
    unit: str = field(default="", description="unit of the target, for messages", examples=["USD"])
    algorithm: str = field(
        default="${Algorithm}",
        pattern="^(xgboost|linear-learner|custom)$",
        description="xgboost, linear-learner, or custom: the container of `image`",
    )
    rmse_limit: float = field(
        default=4000.0, gt=0, description="reject a model above it", unit="the target's"
    )
    compare_with_champion: bool = field(
        default=True, description="reject what is no better than the champion"
    )
    max_missing_fraction: float = field(
        default=0.05, ge=0, lt=1, description="cells of a column that may be empty"
    )
    preprocess_step: str = field(
        default=steps.NONE,
        min_length=1,
        description="of jobs/tabular/steps, on the rows before all else",
    )
    seed: int = field(
        default=7, ge=0, le=2**31 - 1, description="chooses the split, and what a random tuning tries"
    )
    train_fraction: float = field(default=0.7, gt=0, lt=1, description="rows for training")
    validation_fraction: float = field(default=0.15, gt=0, lt=1, description="rows for validation")
    test_fraction: float = field(default=0.15, gt=0, lt=1, description="rows on which models are compared")
    hyperparameters: dict[str, str] = field(default_factory=dict, description="over the algorithm's; texts")
    tuning: dict[str, Any] | None = field(
        default=None, description="search for hyperparameters first: see below; null for one training"
    )
    image: str | None = field(
        default=None,
        description="training and serving image instead of the algorithm's own; required with custom",
    )
    training_instance_types: list[str] = field(
        default_factory=lambda: ["ml.m5.xlarge", "ml.m5.2xlarge", "ml.c5.2xlarge"],
        min_length=1,
        description="the first that AWS has room for is taken",
    )
    processing_image: str = field(
        default="${SklearnImage}", min_length=1, description="image of the processing jobs"
    )
    processing_instance_type: str = field(default="ml.m5.large", description="for the processing jobs")
    transform_instance_type: str = field(default="ml.m5.large", description="for the evaluation")
    endpoint_instance_type: str = field(default="ml.m5.large", description="for the endpoint")
    endpoint_name: str = field(
        default="${NamePrefix}",
        min_length=1,
        description="begins with <project>-<stage>; the group in the Model Registry is called like it",
    )
    approval: str = field(
        default="manual", pattern="^(manual|automatic)$", description="who approves a better model"
    )
    min_instances: int = field(default=1, ge=1, le=1000, description="fewest instances of the endpoint")
    max_instances: int = field(default=2, ge=1, le=1000, description="most instances of the endpoint")
    invocations_per_instance: float = field(
        default=1000.0, gt=0, description="requests a minute of an instance, above which there are more"
    )
    canary_percent: int = field(
        default=10, ge=0, le=50, description="of the new fleet, takes traffic first; needs two instances"
    )
    bake_s: int = field(
        default=300, ge=0, le=1800, description="the alarms are watched after each shift", unit="s"
    )
    output_uri: str = field(
        default="s3://${ArtifactsBucket}/training", pattern=S3_URI, description="S3 folder of what is made"
    )
    parameter_prefix: str = field(
        default="${ParameterPrefix}", pattern="^/", description="SSM path of the exported names"
    )
    poll_interval_s: int = field(default=30, ge=1, le=3600, description="between two looks", unit="s")
    lock_looks: int = field(
        default=300,
        ge=0,
        le=300,
        description="further looks at a lock that another execution holds, before this one is skipped",
    )


CHECKS = {
    "data_uri": inputs.text("data_uri", "s3://*/*", "give s3://<bucket>/<key or folder>"),
    "data_version": inputs.text("data_version", "*"),
    "target": inputs.text("target"),
    "columns": inputs.an_object("columns"),
    "unit": inputs.text("unit", "*"),
    "rmse_limit": inputs.number("rmse_limit", above=0),
    "compare_with_champion": inputs.truth("compare_with_champion"),
    "max_missing_fraction": inputs.number("max_missing_fraction", at_least=0, below=1),
    "preprocess_step": steps.check("preprocess_step"),
    "seed": inputs.whole("seed", at_least=0, below=2**31),
    "train_fraction": inputs.number("train_fraction", above=0, below=1),
    "validation_fraction": inputs.number("validation_fraction", above=0, below=1),
    "test_fraction": inputs.number("test_fraction", above=0, below=1),
    "hyperparameters": inputs.an_object("hyperparameters"),
    "tuning": tuning.check(),
    "image": inputs.optional_text("image"),
    "training_instance_types": inputs.texts("training_instance_types"),
    "processing_image": inputs.text("processing_image"),
    "processing_instance_type": inputs.text("processing_instance_type"),
    "transform_instance_type": inputs.text("transform_instance_type"),
    "endpoint_instance_type": inputs.text("endpoint_instance_type"),
    "endpoint_name": inputs.text("endpoint_name"),
    "approval": inputs.one_of("approval", "manual", "automatic"),
    **inputs.fleet(),
    "output_uri": inputs.text("output_uri", "s3://*/*", "give s3://<bucket>/<folder>"),
    "parameter_prefix": inputs.text("parameter_prefix", "/*", "give a path that begins with /"),
    "poll_interval_s": inputs.whole("poll_interval_s", at_least=1, below=3601),
    "lock_looks": inputs.whole("lock_looks", at_least=0, below=301),
}

# Their checks look at the JSON.
SHOWN = (
    *("columns", "seed", "hyperparameters", "tuning", "poll_interval_s", "lock_looks"),
    *inputs.COUNTS_OF_FLEET,
)
SEALED = {
    "model_uri": path("$.training.model_uri"),
    "manifest_uri": path("$.seal.manifest_uri"),
    "sha256": path("$.seal.sha256"),
}


def build() -> Machine:
    lock = {"name": path("$.config.endpoint_name"), "execution_arn": context("$$.Execution.Id")}
    what_failed, in_words = failures.ending(lock)
    skipped = locks.skipped(
        lock,
        process="Training",
        what="model {} was compared with nobody",
        name=path("$.model.name"),
        data=path("$.config.data_uri"),
        model_name=path("$.model.name"),
    )
    settings = _settings()
    save = fitting.save(what_failed)
    chain(
        settings,
        data.check(what_failed),
        tabular.preprocess(what_failed),
        data.list_again(what_failed),
        tuning.wanted(what_failed, then=save.steps[0]),
        fitting.train(what_failed),
        save,
        locks.alone(lock, what_failed=what_failed, skipped=skipped),
        champion.evaluate(what_failed),
        champion.judge(lock, what_failed),
        tabular.baselines(what_failed),
        serving.verify("VerifyModel", SEALED, what_failed),
        locks.confirm(lock, what_failed=what_failed, in_words=in_words),
        registry.register(what_failed),
        _registered(lock),
    )
    return Machine(
        name="training",
        comment="From raw CSV files to a registered regression model, or to a message that says why not",
        input=Input,
        timeout_seconds=TIMEOUT_S,
        states=_checked_input(settings),
    )


def _checked_input(settings: Pass) -> Chain:
    """$.config with all fields, each checked, and what belongs to the algorithm at $.algorithm."""
    given = defaults(Input) | {
        "data_uri": None,
        "rmse_limit": inputs.deployed_number("RmseLimit"),
        "poll_interval_s": inputs.deployed_number("PollIntervalS"),
    }
    del given["image"]  # the algorithm's own
    choose = Choice("ChooseAlgorithm")
    for is_wrong, refusal in refused_with_custom():
        choose.add_choice(is_wrong, refusal)
    for name, algorithm in ALGORITHMS.items():
        state_id = f"Use{name.title().replace('-', '')}"
        use = Pass(state_id, parameters={"config": path("$.config"), "algorithm": algorithm})
        choose.add_choice(C.StringEquals("$.config.algorithm", name), chain(use, settings))
    words = f"training: input.algorithm is {{}}; give {' or '.join(ALGORITHMS)}"
    wrong = format_(words, json_to_string(path("$.config.algorithm")))
    choose.default_choice(Fail("RefuseAlgorithm", error="InputInvalid", cause=wrong))
    return chain(inputs.checked("training", given, CHECKS, show=SHOWN), choose)


def _settings() -> Pass:
    """What the algorithm gives under what the input gives, and what names and places begin with: $.run."""
    run_id = hash_(context("$$.Execution.Id"), "MD5")
    of_algorithm, of_input = path("$.algorithm.hyperparameters"), path("$.config.hyperparameters")
    return Pass(
        "Settings",
        parameters={
            "config": json_merge(path("$.algorithm"), path("$.config")),
            "hyperparameters": json_merge(of_algorithm, of_input),
            "run": {
                "id": run_id,
                "prefix": "${NamePrefix}",
                "uri": format_("{}/{}", path("$.config.output_uri"), run_id),
            },
            "capacity": {"instance": 0},
            **rollout.before(),
            **throttled.before(),
        },
    )


def _registered(lock: dict[str, Any]) -> State:
    """The lock is free again, and people hear what is to be done next."""
    done = Succeed("Registered")
    by_policy = Choice("ApprovedAlready")
    approved = _summary("SummarizeApproved", "nothing: it is approved, and its deployment starts by itself")
    pending = _summary("SummarizePending", format_(registry.APPROVE, path("$.package.arn")))
    by_policy.add_choice(C.StringEquals("$.approval.status", "Approved"), chain(approved, done))
    by_policy.default_choice(chain(pending, done))
    return locks.release("ReleaseLock", lock, then=by_policy)


def _summary(state_id: str, what_next: Any) -> Pass:
    return Pass(
        state_id,
        parameters={
            "outcome": "registered",
            "verdict": path("$.verdict"),
            "model_package_arn": path("$.package.arn"),
            "approval_status": path("$.approval.status"),
            "next": what_next,
            "model_name": path("$.model.name"),
            "manifest_uri": path("$.seal.manifest_uri"),
        },
    )

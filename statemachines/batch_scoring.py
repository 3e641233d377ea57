"""Batch scoring: a file of rows comes in, and goes out with the predictions of the latest approved model.

Starts on: a new object under the scoring prefix of the data bucket, or by hand. Ends: the rows scored,
compared with those of the training, and a training started where the rule says so; or failed with one clear
reason, with no scored row handed out before all are.
"""

from dataclasses import dataclass

from statemachines.fragments import drift, failures, inputs, retraining, scoring, steps, throttled
from stepmill.asl import (
    Choice,
    ChoiceRule,
    Fail,
    Machine,
    Pass,
    State,
    Succeed,
    array_get_item,
    chain,
    context,
    defaults,
    field,
    format_,
    hash_,
    path,
    string_split,
)

TIMEOUT_S = 24 * 3600
S3_URI = "^s3://[^/]*/"
C = ChoiceRule


@dataclass(frozen=True, kw_only=True)
class Input:
    """What an execution is given. What is absent has the default of this file or of the deployment."""

    data_uri: str = field(
        pattern=S3_URI,
        description="S3 URI of a CSV file or of a folder, under the scoring prefix",
        examples=["s3://cars/scoring/new.csv"],
    )
    data_version: str = field(default="", description="version of the data, which names an execution")
    endpoint_name: str = field(
        default="${NamePrefix}",
        min_length=1,
        description="group in the Model Registry whose latest approved model scores",
    )
    bad_rows: str = field(
        default="report",
        pattern="^(report|fail)$",
        description="corrupt rows: told, the rest scored; or none is scored",
    )
    preprocess_step: str = field(
        default=steps.AS_TRAINED,
        min_length=1,
        description="of jobs/tabular/steps, on the rows before the model",
    )
    postprocess_step: str = field(
        default=steps.NONE,
        min_length=1,
        description="of jobs/tabular/steps, on the rows with their predictions",
    )
    rows_per_part: int = field(default=100000, ge=1, description="rows of a scored file at most")
    explained_rows: int = field(
        default=25, ge=1, le=1000, description="rows whose attributions are compared with the training's"
    )
    retrain: bool = field(default=True, description="whether a training may be started")
    retrain_drifted_features: int = field(
        default=3, ge=1, description="drifted columns that start a training"
    )
    retrain_rejected_share: float = field(
        default=0.2, gt=0, le=1, description="share of rejected rows that starts a training"
    )
    retrain_ndcg: float = field(
        default=0.9, ge=0, le=1, description="NDCG of the attributions below which a training is started"
    )
    retrain_cooldown_h: float = field(
        default=24.0,
        ge=0,
        description="a cause that has started a training starts none within it",
        unit="h",
    )
    training_data_uri: str = field(
        default="s3://${DataBucket}/${DataPrefix}",
        pattern=S3_URI,
        description="what a training that is started takes",
    )
    output_uri: str = field(
        default="s3://${ArtifactsBucket}/scoring", pattern=S3_URI, description="S3 folder of what is between"
    )
    scored_uri: str = field(
        default="s3://${ArtifactsBucket}/scored", pattern=S3_URI, description="S3 folder of the scored rows"
    )
    processing_image: str = field(
        default="${SklearnImage}", min_length=1, description="image of the processing jobs"
    )
    processing_instance_type: str = field(default="ml.m5.large", description="for the processing jobs")
    transform_instance_type: str = field(default="ml.m5.large", description="for the predictions")


CHECKS = {
    "data_uri": inputs.text("data_uri", "s3://*/*", "give s3://<bucket>/<key or folder>"),
    "data_version": inputs.text("data_version", "*"),
    "endpoint_name": inputs.text("endpoint_name"),
    "bad_rows": inputs.one_of("bad_rows", "report", "fail"),
    "preprocess_step": steps.check("preprocess_step", steps.AS_TRAINED),
    "postprocess_step": steps.check("postprocess_step"),
    "rows_per_part": inputs.whole("rows_per_part", at_least=1),
    "explained_rows": inputs.whole("explained_rows", at_least=1, below=1001),
    "retrain": inputs.truth("retrain"),
    "retrain_drifted_features": inputs.whole("retrain_drifted_features", at_least=1),
    "retrain_rejected_share": inputs.share("retrain_rejected_share", above=0),
    "retrain_ndcg": inputs.share("retrain_ndcg", at_least=0),
    "retrain_cooldown_h": inputs.number("retrain_cooldown_h", at_least=0),
    "training_data_uri": inputs.text("training_data_uri", "s3://*/*", "give s3://<bucket>/<key or folder>"),
    "output_uri": inputs.text("output_uri", "s3://*/*", "give s3://<bucket>/<folder>"),
    "scored_uri": inputs.text("scored_uri", "s3://*/*", "give s3://<bucket>/<folder>"),
    "processing_image": inputs.text("processing_image"),
    "processing_instance_type": inputs.text("processing_instance_type"),
    "transform_instance_type": inputs.text("transform_instance_type"),
}
COUNTS = ("rows_per_part", "explained_rows", "retrain_drifted_features")


def build() -> Machine:
    what_failed = _ending()
    told = _told()
    delete = scoring.delete_model("DeleteModel", told)
    checked = inputs.checked("batch_scoring", defaults(Input) | {"data_uri": None}, CHECKS, show=COUNTS)
    return Machine(
        name="batch_scoring",
        comment="Rows come in, and go out with the predictions of the latest approved model",
        input=Input,
        timeout_seconds=TIMEOUT_S,
        states=chain(
            checked,
            _settings(),
            scoring.find_model(what_failed),
            scoring.score(what_failed),
            drift.watch(what_failed),
            retraining.decide(what_failed, then=delete),
        ),
    )


def _settings() -> Pass:
    """What names and places begin with: $.run. The day and the name are the execution's own."""
    day = array_get_item(string_split(context("$$.Execution.StartTime"), "T"), 0)
    scored = format_(
        "{}/{}/dt={}/{}",
        *(path("$.config.scored_uri"), path("$.config.endpoint_name"), day, context("$$.Execution.Name")),
    )
    run_id = hash_(context("$$.Execution.Id"), "MD5")
    return Pass(
        "Settings",
        parameters={
            "config": path("$.config"),
            "run": {
                "id": run_id,
                "prefix": "${NamePrefix}",
                "uri": format_("{}/{}", path("$.config.output_uri"), run_id),
                "scored_uri": scored,
            },
            **throttled.before(),
        },
    )


def _ending() -> State:
    """Where Catch goes: the model of this execution is deleted, if there is one, and people hear why."""
    failed = Fail("Failed", error=path("$.failure.Error"), cause=path("$.failure.Cause"))
    has_model = Choice("HasModel")
    has_model.add_choice(
        C.IsPresent("$.model.name", True), scoring.delete_model("DeleteAfterFailure", failed)
    )
    has_model.default_choice(failed)
    return failures.in_words(has_model)


def _told() -> State:
    """The output is what the mail to people is made of."""
    summary = Pass(
        "Summarize",
        parameters={
            "outcome": "scored",
            "reason": path("$.decision.reason"),
            "figures": {
                name: path(f"$.decision.{name}") for name in ("rows", "scored", "rejected", "drifted", "ndcg")
            },
            "model_package_arn": path("$.package.model_package_arn"),
            "scored_uri": path("$.run.scored_uri"),
            "run_uri": path("$.run.uri"),
            "retraining": path("$.decision.retrain"),
        },
    )
    chain(summary, Succeed("Scored"))
    return summary

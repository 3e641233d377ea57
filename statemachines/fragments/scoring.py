"""Batch scoring: from rows as they come in to rows with a prediction behind them, around a batch transform.

Rows carry their number through the transform: it is taken off for the model and joined with the answer.
"""

from typing import Any

from statemachines.fragments import jobs, retries, serving, throttled
from statemachines.fragments.tasks import CALL_TIMEOUT_S, caught, function, in_any_partition
from stepmill.asl import Chain, State, Task, aws_sdk, chain, context, format_, path

SCORED_URI = path("$.run.scored_uri")
ROLE = "${ScoringRoleArn}"
VERIFIED = {
    "model_uri": path("$.package.model_uri"),
    "manifest_uri": path("$.package.manifest_uri"),
    "sha256": path("$.package.manifest_sha256"),
}
PACKAGE = (
    *("model_package_arn", "version", "model_uri", "schema_uri", "manifest_uri", "manifest_sha256"),
    *("parameter_prefix", "algorithm", "baseline_uri", "attributions_uri", "passed_over"),
)
# The first column is the row's number. Source:
# https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
WITHOUT_NUMBER = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}


def find_model(what_failed: State) -> Chain:
    """$.package: the latest approved version, and data that it can score, before any job is paid for."""
    find = function(
        "FindModel",
        payload={"model_package_group": path("$.config.endpoint_name")},
        result_selector={name: path(f"$.Payload.{name}") for name in PACKAGE},
        result_path="$.package",
        on_error=what_failed,
        comment="The newest version that people, or a policy, have approved",
    )
    check = function(
        "CheckRows",
        payload={
            "data_uri": path("$.config.data_uri"),
            "schema_uri": path("$.package.schema_uri"),
            "preprocess_step": path("$.config.preprocess_step"),
            "postprocess_step": path("$.config.postprocess_step"),
        },
        result_path=None,
        on_error=what_failed,
        comment="What the head of each file shows costs no job, nor does a step that is not there",
    )
    return chain(find, check, serving.verify("VerifyModel", VERIFIED, what_failed))


def score(what_failed: State) -> Chain:
    """Encoded, predicted, joined: the files below $.run.scored_uri."""
    model = serving.create_model(
        {"ModelPackageName": path("$.package.model_package_arn")},
        schema_uri=path("$.package.schema_uri"),
        on_error=what_failed,
        kind="scoring",
        role="${ScoringModelRoleArn}",
    )
    predict = transform(
        "Score",
        kind="score",
        rows=jobs.in_run("rows"),
        output=jobs.in_run("predictions"),
        comment="Without the row's number in, with it out",
        data_processing=WITHOUT_NUMBER,
    )
    return chain(
        _prepare(what_failed), model, throttled.again(predict, on_error=what_failed), _finish(what_failed)
    )


def _prepare(what_failed: State) -> Task:
    arguments = ["--bad-rows", path("$.config.bad_rows"), "--step", path("$.config.preprocess_step")]
    arguments += ["--data-uri", path("$.config.data_uri")]
    arguments += ["--rows-per-part", format_("{}", path("$.config.rows_per_part"))]
    return jobs.processing(
        "PrepareRows",
        kind="prepare",
        script="tabular/prepare_scoring.py",
        arguments=arguments,
        inputs={"data": path("$.config.data_uri"), "schema": path("$.package.schema_uri")},
        outputs={folder: jobs.in_run(folder) for folder in ("rows", "raw", "report")},
        role=ROLE,
        on_error=what_failed,
        comment="Rows as they came in -> numbered rows that the model takes, in parts",
    )


def _finish(what_failed: State) -> Task:
    arguments = ["--run", context("$$.Execution.Name"), "--event-time", context("$$.Execution.StartTime")]
    arguments += ["--model-package", path("$.package.version"), "--step", path("$.config.postprocess_step")]
    arguments += ["--scored-uri", SCORED_URI]
    return jobs.processing(
        "FinishRows",
        kind="finish",
        script="tabular/finish_scoring.py",
        arguments=arguments,
        inputs={folder: jobs.in_run(folder) for folder in ("raw", "predictions", "report")},
        outputs={"scored": SCORED_URI, "summary": jobs.in_run("summary")},
        role=ROLE,
        on_error=what_failed,
        comment="Each row as it came in, with its prediction",
    )


def transform(state_id: str, *, kind: str, rows: Any, output: Any, comment: str, **fields: Any) -> Task:
    """Answers of $.model for the files at `rows`, in CSV; not yet made again when it is throttled."""
    return jobs.transform_job(
        state_id,
        kind=kind,
        model_name=path("$.model.name"),
        rows=rows,
        output=output,
        comment=comment,
        accept="text/csv",
        batch_strategy="MultiRecord",
        result_path=None,
        **fields,
    )


def delete_model(state_id: str, then: State) -> Task:
    """A model that stays behind serves nobody and costs nothing: that changes no outcome."""
    task = aws_sdk(
        state_id,
        "sagemaker",
        "deleteModel",
        {"ModelName": path("$.model.name")},
        result_path=None,
        retry=retries.SAGEMAKER_LOST,
        catch=caught(then, "$.not_deleted"),
        timeout_seconds=CALL_TIMEOUT_S,
        comment="It was made for this execution",
    )
    task.next(then)
    return in_any_partition(task)

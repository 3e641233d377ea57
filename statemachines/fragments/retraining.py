"""After scoring: whether to train anew, and a start of the training machine that happens once."""

from typing import Any

from statemachines.fragments import retries
from statemachines.fragments.tasks import CALL_TIMEOUT_S, caught, function, in_any_partition
from stepmill.asl import (
    Catch,
    Chain,
    Choice,
    ChoiceRule,
    State,
    Task,
    aws_sdk,
    chain,
    context,
    format_,
    json_to_string,
    path,
)

C = ChoiceRule
DECIDED = ("retrain", "reason", "rows", "scored", "rejected", "drifted", "ndcg", "training")


def decide(what_failed: State, *, then: State) -> Chain:
    """$.decision, and the training machine started where it says so."""
    limits = ("drifted_features", "rejected_share", "ndcg", "cooldown_h")
    ask = function(
        "DecideRetraining",
        payload={
            "summary_uri": format_("{}/summary/summary.json", path("$.run.uri")),
            "drift_uri": path("$.drift.data"),
            "attributions_uri": path("$.drift.attributions"),
            **{name: path(f"$.package.{name}") for name in ("version", "model_package_arn", "passed_over")},
            "execution_arn": context("$$.Execution.Id"),
            "rule": {
                "retrain": path("$.config.retrain"),
                **{name: path(f"$.config.retrain_{name}") for name in limits},
            },
            "training": {
                "data_uri": path("$.config.training_data_uri"),
                "data_version": format_("retraining after {}", context("$$.Execution.Name")),
                "algorithm": path("$.package.algorithm"),
                "endpoint_name": path("$.config.endpoint_name"),
                "parameter_prefix": path("$.package.parameter_prefix"),
            },
        },
        result_selector={name: path(f"$.Payload.{name}") for name in DECIDED},
        result_path="$.decision",
        on_error=what_failed,
        comment="The rule is the use case's, and what a training is given",
    )
    wanted = Choice("RetrainingWanted")
    wanted.add_choice(C.BooleanEquals("$.decision.retrain", True), _start(what_failed, then))
    wanted.default_choice(then)
    return chain(ask, wanted)


def _start(what_failed: State, then: State) -> Task:
    request: dict[str, Any] = {
        "StateMachineArn": "${TrainingArn}",
        "Name": format_("retraining-{}", path("$.run.id")),
        "Input": json_to_string(path("$.decision.training")),
    }
    start = aws_sdk(
        "StartTraining",
        "sfn",
        "startExecution",
        request,
        result_path=None,
        retry=[retries.STATES_LOST],
        catch=[
            Catch(
                error_equals=["Sfn.ExecutionAlreadyExistsException"], next_step=then, result_path="$.started"
            ),
            *caught(what_failed),
        ],
        timeout_seconds=CALL_TIMEOUT_S,
        comment="Its name follows from this execution: a second start finds it taken",
    )
    start.next(then)
    return in_any_partition(start)

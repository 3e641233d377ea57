"""Champion and candidate: compared on the same held-out rows.

Each gets the rows in its own encoding: the columns and categories of new data may be others than those that
the champion was trained with.
"""

from typing import Any

from statemachines.fragments import jobs, locks, retries, tabular, throttled
from statemachines.fragments.failures import say
from statemachines.fragments.names import SCHEMA_URI, parameter
from statemachines.fragments.tasks import CALL_TIMEOUT_S, caught, function, in_any_partition, tell
from stepmill.asl import (
    Catch,
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
    context,
    format_,
    json_to_string,
    path,
    ssm,
)

C = ChoiceRule
# What stands for the ARN of a champion's model package: there is none, or it was not to be looked at.
NO_PACKAGE = {"arn": "none"}
NOT_COMPARED = "not compared"
NONE: dict[str, Any] = {"model_name": None, "package": NO_PACKAGE}


def evaluate(what_failed: State) -> Chain:
    """Predictions of both models for the same rows: $.predictions {candidate, champion (or null)}."""
    known = Parallel(
        "Evaluate",
        branches=[_candidate(), _champion()],
        result_selector={"candidate": path("$[0].predictions_uri"), "champion": path("$[1].predictions_uri")},
        result_path="$.predictions",
        catch=caught(what_failed),
    )
    none = no_champion(known)
    not_wanted = Pass(
        "NotCompared", result=NONE | {"package": {"arn": NOT_COMPARED}}, result_path="$.champion"
    )
    not_wanted.next(known)
    describe, has_schema = _describe_champion(what_failed)
    wanted = Choice(
        "ChampionWanted", choices=[(C.BooleanEquals("$.config.compare_with_champion", False), not_wanted)]
    )
    return chain(wanted, find(what_failed, none=none, then=describe), describe, has_schema, known)


def no_champion(then: State) -> Pass:
    none = Pass("NoChampion", result=NONE, result_path="$.champion")
    none.next(then)
    return none


def find(what_failed: State, *, none: State, then: State) -> Chain:
    """$.champion {model_name, package {arn}} for `then`, which follows, or to `none` when no model serves.

    One that went live without the registry has the package "none".
    """
    model = _read(
        "FindChampion",
        "model-name",
        {"model_name": path("$.Parameter.Value"), "package": NO_PACKAGE},
        result_path="$.champion",
        absent=none,
        what_failed=what_failed,
    )
    package = _read(
        "FindChampionPackage",
        "model-package-arn",
        {"arn": path("$.Parameter.Value")},
        result_path="$.champion.package",
        absent=then,
        what_failed=what_failed,
    )
    return chain(model, package)


def _read(
    state_id: str, name: str, result: dict[str, Any], *, result_path: str, absent: State, what_failed: State
) -> Task:
    task = ssm.get_parameter(
        state_id,
        name=parameter(name),
        result_selector=result,
        result_path=result_path,
        retry=retries.SSM_BUSY,
        catch=[
            Catch(
                error_equals=["Ssm.ParameterNotFoundException"],
                next_step=absent,
                result_path="$.not_found",
            ),
            *caught(what_failed),
        ],
        timeout_seconds=CALL_TIMEOUT_S,
    )
    return in_any_partition(task)


def _describe_champion(what_failed: State) -> tuple[Task, Choice]:
    """$.champion.model, and whether it tells where the schema of its features is, or a failure."""
    describe = aws_sdk(
        "DescribeChampion",
        "sagemaker",
        "describeModel",
        {"ModelName": path("$.champion.model_name")},
        result_path="$.champion.model",
        retry=retries.SAGEMAKER_LOST,
        timeout_seconds=CALL_TIMEOUT_S,
    )
    words = format_(
        f"model {{}}: has no variable {SCHEMA_URI} that tells how its features were made; set "
        "compare_with_champion to false to replace the champion without a comparison",
        path("$.champion.model_name"),
    )
    has_schema = Choice("ChampionHasSchema")
    is_absent = C.IsPresent(f"$.champion.model.PrimaryContainer.Environment.{SCHEMA_URI}", False)
    has_schema.add_choice(is_absent, chain(say("SayNoSchema", "ChampionUnknown", words), what_failed))
    return throttled.again(describe, on_error=what_failed), has_schema


def _candidate() -> Task:
    return jobs.transform(
        "TransformCandidate",
        kind="candidate",
        model_name=path("$.model.name"),
        folder="prepared/test",
        file="test.csv",
        output="predictions/candidate",
        comment="The new model on the held-out rows",
    )


def _champion() -> Choice:
    encode = tabular.encode_for_champion()
    transform = jobs.transform(
        "TransformChampion",
        kind="champion",
        model_name=path("$.champion.model_name"),
        folder="prepared/champion",
        file="test.csv",
        output="predictions/champion",
        comment="The model that serves now, on the same rows",
    )
    nothing = Pass("NothingToTransform", result={"predictions_uri": None})
    is_there = Choice(
        "HasChampion", choices=[(C.IsString("$.champion.model_name", True), chain(encode, transform))]
    )
    is_there.default_choice(nothing)
    return is_there


def judge(lock: dict[str, Any], what_failed: State) -> Chain:
    """Under the limit and better than the champion, or told to people and over."""
    verdict = function(
        "JudgeCandidate",
        payload={
            "truth_uri": jobs.in_run("prepared/truth/truth.csv"),
            "candidate_predictions_uri": path("$.predictions.candidate"),
            "champion_predictions_uri": path("$.predictions.champion"),
            "champion_unseen_uri": jobs.in_run("prepared/champion/unseen.csv"),
            "rmse_limit": path("$.config.rmse_limit"),
            "unit": path("$.config.unit"),
        },
        result_selector={
            name: path(f"$.Payload.{name}")
            for name in ("accepted", "reason", "candidate_rmse", "champion_rmse", "rmse_limit")
        },
        result_path="$.verdict",
        on_error=what_failed,
    )
    summary = Pass(
        "SummarizeRejection",
        parameters={"outcome": "rejected", "verdict": path("$.verdict"), "model_name": path("$.model.name")},
    )
    summary.next(Succeed("Rejected"))
    over = locks.release("ReleaseAfterRejection", lock, then=summary)
    told = tell(
        "TellRejected",
        subject="Model rejected",
        message=format_(
            "Model {} was rejected: {}. Figures: {}. Data: {}. Execution: {}",
            *(path("$.model.name"), path("$.verdict.reason"), json_to_string(path("$.verdict"))),
            *(path("$.config.data_uri"), context("$$.Execution.Id")),
        ),
        on_error=over,
        comment="Who sent the data learns why nothing changed",
    )
    told.next(over)
    accepted = Choice("Accepted", choices=[(C.BooleanEquals("$.verdict.accepted", False), told)])
    return chain(verdict, accepted)

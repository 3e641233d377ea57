"""Hyperparameter tuning before the rest: of many trainings the best one's model is the candidate."""

from typing import Any

from statemachines.fragments import fitting, jobs, retries, throttled
from statemachines.fragments.failures import say
from statemachines.fragments.tasks import CALL_TIMEOUT_S
from stepmill.asl import (
    Choice,
    ChoiceRule,
    Pass,
    State,
    Task,
    array_get_item,
    aws_sdk,
    chain,
    format_,
    json_merge,
    path,
    sagemaker,
    string_split,
    uuid,
)

C = ChoiceRule
TUNING = "$.config.tuning"
OBJECTIVE = {"Type": "Minimize", "MetricName": "validation:rmse"}
TIMEOUT_S = 12 * 3600
BEST = "$.tuned.BestTrainingJob.TrainingJobName"


def wanted(what_failed: State, *, then: State) -> Choice:
    """Tune when the input says so, and go on with the best model; else what follows."""
    plan = Pass(
        "PlanTuning",
        parameters={
            "id": array_get_item(string_split(uuid(), "-"), 4),
            "fixed": json_merge(path("$.config.fixed"), path("$.config.hyperparameters")),
        },
        result_path="$.tuning",
    )
    describe = aws_sdk(
        "DescribeBest",
        "sagemaker",
        "describeTrainingJob",
        {"TrainingJobName": path(BEST)},
        result_selector=fitting.TRAINED,
        result_path="$.training",
        retry=retries.SAGEMAKER_LOST,
        timeout_seconds=CALL_TIMEOUT_S,
    )
    describe.next(then)
    words = (
        "tuning: none of its trainings came to a good end; see their logs, and give ranges that fit the data"
    )
    has_best = Choice("HasBest")
    has_best.add_choice(C.IsPresent(BEST, True), throttled.again(describe, on_error=what_failed))
    has_best.default_choice(chain(say("SayNoBest", "JobFailed", words), what_failed))
    is_wanted = C.And([C.IsPresent(TUNING, True), C.IsNull(TUNING, False)])
    way = chain(plan, throttled.again(_tune(), on_error=what_failed), has_best)
    return Choice("TuningWanted", choices=[(is_wanted, way)])


def _tune() -> Task:
    """Many trainings over the channels of a single one; $.tuned tells which was the best."""
    name = format_(
        "{}-{}-{}-{}",  # at most 32: project and stage 13, a random number 12, two counters
        *(path("$.run.prefix"), path("$.tuning.id"), *jobs.attempt()),
    )
    config: dict[str, Any] = {
        "Strategy": path(f"{TUNING}.strategy"),
        "HyperParameterTuningJobObjective": OBJECTIVE,
        "ResourceLimits": {
            "MaxNumberOfTrainingJobs": path(f"{TUNING}.max_jobs"),
            "MaxParallelTrainingJobs": path(f"{TUNING}.parallel_jobs"),
        },
        "ParameterRanges": path(f"{TUNING}.ranges"),
        "TrainingJobEarlyStoppingType": path(f"{TUNING}.early_stopping"),
        "RandomSeed": path("$.config.seed"),
    }
    definition: dict[str, Any] = {
        "AlgorithmSpecification": fitting.ALGORITHM,
        "StaticHyperParameters": path("$.tuning.fixed"),
        "InputDataConfig": fitting.CHANNELS,
        "OutputDataConfig": fitting.OUTPUT,
        "ResourceConfig": fitting.resources(array_get_item(path("$.config.training_instance_types"), 0)),
        "StoppingCondition": fitting.STOPPING,
        "EnableNetworkIsolation": True,
        "RoleArn": "${TrainRoleArn}",
    }
    return sagemaker.create_hyper_parameter_tuning_job(
        "Tune",
        comment="Many candidates; the best one goes on",
        hyper_parameter_tuning_job_name=name,
        hyper_parameter_tuning_job_config=config,
        training_job_definition=definition,
        result_path="$.tuned",
        retry=retries.SAGEMAKER,
        timeout_seconds=TIMEOUT_S,
    )


def check() -> tuple[Any, str]:
    """(what a wrong input meets, what is allowed)."""
    rules: list[Any] = [
        C.IsPresent(f"{TUNING}.strategy", True),
        C.Or([C.StringEquals(f"{TUNING}.strategy", name) for name in ("Random", "Grid")]),
        C.IsPresent(f"{TUNING}.early_stopping", True),
        C.Or([C.StringEquals(f"{TUNING}.early_stopping", name) for name in ("Off", "Auto")]),
        C.StringMatches("$.shown.tuning", '*"ranges":{*'),
    ]
    for count in ("max_jobs", "parallel_jobs"):
        variable = f"{TUNING}.{count}"
        rules += [C.IsPresent(variable, True), C.IsNumeric(variable, True)]
        rules += [C.NumericGreaterThanEquals(variable, 1)]
    hint = (
        'give null or {"strategy": "Random" or "Grid", "max_jobs": 1 or more, "parallel_jobs": 1 or more, '
        '"early_stopping": "Off" or "Auto", "ranges": SageMaker\'s ParameterRanges}'
    )
    return C.And([C.IsPresent(TUNING, True), C.IsNull(TUNING, False), C.Not(C.And(rules))]), hint

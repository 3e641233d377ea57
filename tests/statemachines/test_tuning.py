"""Hyperparameter tuning as the first stage of a training."""

import json
import re
from typing import Any

import botocore.loaders
import botocore.model
import botocore.validate
import pytest

from stepmill.engine.errors import TaskFailure

from .running import Run
from .training_aws import JOBS, training_answers

RANGES = {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.05", "MaxValue": "0.5"}]}
RANDOM = {
    "strategy": "Random",
    "max_jobs": 6,
    "parallel_jobs": 2,
    "early_stopping": "Auto",
    "ranges": RANGES,
}
GIVEN = {"data_uri": "s3://data/data/cars.csv", "tuning": RANDOM}
ALLOWED = (
    'give null or {"strategy": "Random" or "Grid", "max_jobs": 1 or more, "parallel_jobs": 1 or more, '
    '"early_stopping": "Off" or "Auto", "ranges": SageMaker\'s ParameterRanges}'
)


def test_the_best_trainings_model_goes_on_as_the_candidate(run: Run) -> None:
    ran = run(GIVEN)
    assert ran.output["outcome"] == "registered"
    at = ran.states.index("TuningWanted")
    assert ran.states[at : at + 6] == [
        *("TuningWanted", "PlanTuning", "Tune", "HasBest", "DescribeBest", "CreateModel"),
    ]
    assert ran.requests["DescribeBest"] == [{"TrainingJobName": "stepmill-prod-0-001-ab"}]
    [model], [sealed] = ran.requests["CreateModel"], ran.requests["SealModel"]
    best = "s3://artifacts/training/1/model/best/model.tar.gz"
    assert (model["PrimaryContainer"]["ModelDataUrl"], sealed["Payload"]["model_uri"]) == (best, best)
    facts = sealed["Payload"]["facts"]
    assert facts["training_job_arn"] == f"{JOBS}/stepmill-prod-0-001-ab"
    assert facts["hyperparameters"] == {"objective": "reg:squarederror", "eta": "0.3"}
    assert ran.requests["QueryMetrics"][0]["Payload"] == {"training_job_name": "stepmill-prod-0-001-ab"}


def test_asks_for_what_the_input_says_over_the_same_channels_as_one_training(run: Run) -> None:
    [tuned] = run(GIVEN | {"hyperparameters": {"num_round": "50"}, "seed": 11}).requests["Tune"]
    [trained] = run().requests["Train"]
    definition = tuned["TrainingJobDefinition"]
    same = ("AlgorithmSpecification", "InputDataConfig", "RoleArn", "StoppingCondition", "ResourceConfig")
    assert {name: definition[name] for name in same} == {name: trained[name] for name in same}
    assert definition["StaticHyperParameters"] == {
        "objective": "reg:squarederror",
        "eval_metric": "rmse",
        "num_round": "50",
    }
    assert tuned["HyperParameterTuningJobConfig"] == {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 6, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": RANGES,
        "TrainingJobEarlyStoppingType": "Auto",
        "RandomSeed": 11,
    }
    loaded = botocore.loaders.Loader().load_service_model("sagemaker", "service-2")
    model = botocore.model.ServiceModel(loaded).operation_model("CreateHyperParameterTuningJob")
    assert model.input_shape is not None
    assert botocore.validate.ParamValidator().validate(tuned, model.input_shape).generate_report() == ""


@pytest.mark.parametrize(("strategy", "stopping"), [("Random", "Off"), ("Grid", "Auto")])
def test_strategy_and_stopping_are_asked_for_as_the_input_names_them(
    run: Run, strategy: str, stopping: str
) -> None:
    ran = run(GIVEN | {"tuning": RANDOM | {"strategy": strategy, "early_stopping": stopping}})
    [tuned] = ran.requests["Tune"]
    config = tuned["HyperParameterTuningJobConfig"]
    assert (config["Strategy"], config["TrainingJobEarlyStoppingType"]) == (strategy, stopping)
    assert ran.output["outcome"] == "registered"


def test_its_names_are_legal_and_new_for_each_attempt(run: Run) -> None:
    """At most 32 characters; the longest project and stage have the 13 of stepmill-prod."""
    throttled = [TaskFailure("SageMaker.AmazonSageMakerException", "Rate exceeded")] * 40
    ran = run(GIVEN, Tune=[*throttled, training_answers()["Tune"]])
    names = [request["HyperParameterTuningJobName"] for request in ran.requests["Tune"]]
    assert len(set(names)) == 41
    assert [name for name in names if not re.fullmatch(r"[a-z0-9](-*[a-z0-9]){0,31}", name)] == []


def test_a_tuning_without_a_good_training_fails_in_words(run: Run) -> None:
    ran = run(GIVEN, Tune={"TrainingJobStatusCounters": {"NonRetryableError": 6}})
    assert (ran.status, ran.error) == ("FAILED", "JobFailed")
    assert ran.cause == (
        "tuning: none of its trainings came to a good end; see their logs, and give ranges that fit the data"
    )


@pytest.mark.parametrize(
    "tuning",
    [
        "Random",
        {},
        [RANDOM],
        RANDOM | {"strategy": "Bayesian"},
        RANDOM | {"max_jobs": 0},
        RANDOM | {"parallel_jobs": "2"},
        RANDOM | {"early_stopping": True},
    ],
    ids=["text", "empty", "list", "strategy", "max_jobs", "parallel_jobs", "early_stopping"],
)
def test_a_wrong_tuning_is_refused_before_any_cost(run: Run, tuning: Any) -> None:
    ran = run(GIVEN | {"tuning": tuning})
    assert (ran.status, ran.error) == ("FAILED", "InputInvalid")
    assert ran.cause is not None
    said = ran.cause.removeprefix("training: input.tuning is ")
    assert said.endswith(f"; {ALLOWED}")
    assert json.loads(said.removesuffix(f"; {ALLOWED}")) == tuning
    assert ran.requests == {}


def test_no_tuning_is_one_training(run: Run) -> None:
    assert "Tune" not in run(GIVEN | {"tuning": None}).requests

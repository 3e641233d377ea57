"""Tuning jobs that are refused at creation, and those that nobody knows."""

from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.sagemaker.things import SKLEARN
from tests.cloud.sagemaker.tunings import NOUN, tuning

GRID = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["1", "2"]}]}
HYPERBAND = {"HyperbandStrategyConfig": {"MinResource": 1}}
CONVERGED = {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}


def refusal(cloud: Cloud, params: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        cloud.call("sagemaker", f"Create{NOUN}", params)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"Strategy": "Hyperband"}, "Strategy Hyperband is not supported by the embedded cloud; use Random"),
        ({"StrategyConfig": HYPERBAND}, "Strategy Hyperband is not supported"),
        ({"Strategy": "Guess"}, "Member must satisfy enum value set: [Bayesian, Random, Hyperband, Grid]"),
        (
            {"TuningJobCompletionCriteria": CONVERGED},
            "TuningJobCompletionCriteria.ConvergenceDetected is not supported here",
        ),
        (
            {"ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 3}},
            "ResourceLimits.MaxParallelTrainingJobs is 3, more than MaxNumberOfTrainingJobs 2",
        ),
        (
            {"ResourceLimits": {"MaxParallelTrainingJobs": 3}},
            "ResourceLimits.MaxNumberOfTrainingJobs is missing",
        ),
        (
            {"Strategy": "Grid", "ParameterRanges": GRID, "most": 3},
            "ResourceLimits.MaxNumberOfTrainingJobs is 3; the grid has 2 combinations",
        ),
        ({"ParameterRanges": {}}, "ParameterRanges has 0 ranges; 1 to 30 are allowed"),
        (
            {f"{NOUN}Objective": {"Type": "Minimize", "MetricName": "other"}},
            f"The objective metric for the hyperparameter tuning job, [other], isn't valid for the "
            f"[{SKLEARN}] algorithm. Choose a valid objective metric.",
        ),
    ],
)
def test_refuses_what_cannot_be_tuned(cloud: Cloud, config: dict[str, Any], message: str) -> None:
    code, text = refusal(cloud, tuning(cloud, "refused", **config))
    assert (code, message in text) == ("ValidationException", True), text


@pytest.mark.parametrize("key", [f"{NOUN}Objective", "ParameterRanges"])
def test_refuses_a_configuration_without(cloud: Cloud, key: str) -> None:
    params = tuning(cloud, "without")
    del params[f"{NOUN}Config"][key]
    assert refusal(cloud, params) == ("ValidationException", f"{NOUN}Config.{key} is missing")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ResourceConfig": None}, "TrainingJobDefinition.ResourceConfig is missing"),
        ({"HyperParameterRanges": GRID}, "TrainingJobDefinition.HyperParameterRanges: give it in"),
        (
            {"TuningObjective": {"Type": "Minimize", "MetricName": "loss"}},
            "TrainingJobDefinition.TuningObjective: give it in",
        ),
        (
            {"AlgorithmSpecification": {"TrainingImage": "a/b:1", "TrainingInputMode": "File"}},
            "no local program",
        ),
        (
            {"AlgorithmSpecification": {"TrainingImage": SKLEARN, "TrainingInputMode": "Pipe"}},
            "TrainingInputMode Pipe is not supported here; use File",
        ),
        ({"StaticHyperParameters": {"x": "1"}}, "x is in ContinuousParameterRanges and in Static"),
    ],
    ids=["resources", "ranges", "objective", "image", "mode", "static"],
)
def test_refuses_a_definition_that_cannot_run(cloud: Cloud, change: dict[str, Any], message: str) -> None:
    params = tuning(cloud, "refused")
    definition = {**params["TrainingJobDefinition"], **change}
    params["TrainingJobDefinition"] = {key: value for key, value in definition.items() if value is not None}
    code, text = refusal(cloud, params)
    assert (code, message in text) == ("ValidationException", True), text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("TrainingJobDefinitions", None),
        (
            "WarmStartConfig",
            {
                "ParentHyperParameterTuningJobs": [{f"{NOUN}Name": "a"}],
                "WarmStartType": "TransferLearning",
            },
        ),
        ("Autotune", {"Mode": "Enabled"}),
    ],
    ids=["definitions", "warm start", "autotune"],
)
def test_refuses_by_name_what_is_not_here(cloud: Cloud, key: str, value: Any) -> None:
    params = tuning(cloud, "refused")
    params[key] = [params["TrainingJobDefinition"]] if value is None else value
    assert refusal(cloud, params) == (
        "ValidationException",
        f"{key} is not supported by the embedded cloud; leave it out",
    )


@pytest.mark.parametrize("operation", [f"Describe{NOUN}", f"Stop{NOUN}", f"ListTrainingJobsFor{NOUN}"])
def test_a_tuning_that_nobody_made_is_not_found(cloud: Cloud, operation: str) -> None:
    with pytest.raises(AwsError) as caught:
        cloud.call("sagemaker", operation, {f"{NOUN}Name": "nobody"})
    assert (caught.value.code, caught.value.message) == (
        "ResourceNotFound",
        "Amazon SageMaker can't find a tuning job with the name nobody.",
    )

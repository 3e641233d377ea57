"""SageMaker: hyperparameter tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepmill.asl.integrations import sagemaker_shapes as shapes
from stepmill.asl.integrations.call import call, exactly_one, pattern_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from stepmill.asl.expressions import Dynamic, Object
    from stepmill.asl.fields import TaskOptions
    from stepmill.asl.states import Task


def create_hyper_parameter_tuning_job(
    state_id: str,
    *,
    hyper_parameter_tuning_job_name: str | Dynamic,
    hyper_parameter_tuning_job_config: Object | Dynamic,
    training_job_definition: Object | Dynamic | None = None,
    training_job_definitions: Sequence[Object] | Dynamic | None = None,
    warm_start_config: Object | Dynamic | None = None,
    autotune: Object | Dynamic | None = None,
    tags: Sequence[Object] | Dynamic | None = None,
    wait: bool = True,
    **options: Unpack[TaskOptions],
) -> Task:
    """Train with many values of the hyperparameters and keep the best.

    The name has at most 32 characters. hyper_parameter_tuning_job_config: Strategy, ResourceLimits,
    HyperParameterTuningJobObjective, ParameterRanges (bounds are strings). training_job_definition: what
    create_training_job takes, its fixed values as StaticHyperParameters. Result:
    BestTrainingJob.{TrainingJobName, TunedHyperParameters, FinalHyperParameterTuningJobObjectiveMetric}, ...
    BestTrainingJob is missing when none came to a good end: then the state fails.
    """
    shapes.tuning_name(state_id, hyper_parameter_tuning_job_name)
    shapes.tuning(state_id, hyper_parameter_tuning_job_config)
    both = {
        "TrainingJobDefinition": training_job_definition,
        "TrainingJobDefinitions": training_job_definitions,
    }
    exactly_one(state_id, "Parameters", both)
    shapes.tuned_training(state_id, training_job_definition)
    parameters = {
        "HyperParameterTuningJobName": hyper_parameter_tuning_job_name,
        "HyperParameterTuningJobConfig": hyper_parameter_tuning_job_config,
        **both, "WarmStartConfig": warm_start_config, "Autotune": autotune, "Tags": tags,
    }  # fmt: skip
    required = ("HyperParameterTuningJobName", "HyperParameterTuningJobConfig")
    resource = "sagemaker:createHyperParameterTuningJob" + pattern_of(wait=wait)
    return call(state_id, resource, parameters, options, required=required)

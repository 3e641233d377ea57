"""What a search for hyperparameters has found."""

from stepmill.cli.demo.runs import Run
from stepmill.cli.demo.stage import Stage


def best(stage: Stage, run: Run) -> dict[str, str]:
    """The searched hyperparameters of the best training; nothing when the candidate is not that one."""
    sagemaker = stage.client("sagemaker")
    package = sagemaker.describe_model_package(ModelPackageName=run.version)
    for job in sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]:
        found = sagemaker.describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=job["HyperParameterTuningJobName"]
        )["BestTrainingJob"]
        if found["TrainingJobArn"] == package["CustomerMetadataProperties"]["training_job_arn"]:
            return dict(found["TunedHyperParameters"])
    return {}

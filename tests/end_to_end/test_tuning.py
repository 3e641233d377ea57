"""A training that searches for hyperparameters first, from the uploaded file to the registered best."""

import json

from stepmill.cloud.services.sagemaker.tuning_ranges import candidate
from tests.end_to_end.platform import Platform


def test_the_best_of_a_tuning_is_registered_with_its_hyperparameters(platform: Platform, cars: bytes) -> None:
    bucket = platform.outputs["DataBucketName"]
    platform.client("s3").put_object(Bucket=bucket, Key="data/tuned/cars.csv", Body=cars)
    tuning = {
        "strategy": "Random",
        "max_jobs": 2,
        "parallel_jobs": 2,
        "early_stopping": "Off",
        "ranges": {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.2", "MaxValue": "0.5"}]},
    }
    given = {
        "data_uri": f"s3://{bucket}/data/tuned/",
        "tuning": tuning,
        "hyperparameters": {"num_round": "30"},
        # The upload started a training of its own, whose model may be live, and better, by then.
        "compare_with_champion": False,
    }
    done = platform.ended(platform.start(**given, unit="USD"))
    assert done["status"] == "SUCCEEDED", done.get("cause")
    output = json.loads(done["output"])
    package = platform.client("sagemaker").describe_model_package(
        ModelPackageName=output["model_package_arn"]
    )
    job_arn = package["CustomerMetadataProperties"]["training_job_arn"]
    listed = platform.client("sagemaker").list_hyper_parameter_tuning_jobs()
    [job] = listed["HyperParameterTuningJobSummaries"]
    name = {"HyperParameterTuningJobName": job["HyperParameterTuningJobName"]}
    described = platform.client("sagemaker").describe_hyper_parameter_tuning_job(**name)
    best = described["BestTrainingJob"]
    assert job_arn == best["TrainingJobArn"]
    children = platform.client("sagemaker").list_training_jobs_for_hyper_parameter_tuning_job(**name)
    tried = [one["TunedHyperParameters"] for one in children["TrainingJobSummaries"]]
    config = described["HyperParameterTuningJobConfig"]
    assert (config["RandomSeed"], tried) == (7, [candidate(config, 7, number) for number in range(2)])
    place, _, key = output["manifest_uri"].removeprefix("s3://").partition("/")
    manifest = json.loads(platform.client("s3").get_object(Bucket=place, Key=key)["Body"].read())
    told = manifest["facts"]["hyperparameters"]
    assert (told["num_round"], told["eta"]) == ("30", best["TunedHyperParameters"]["eta"])

"""A candidate: fitted, made a model, its name exported, measured and sealed."""

from typing import Any

from statemachines.fragments import failures, jobs, names, retries, serving, throttled
from statemachines.fragments.algorithms import CUSTOM
from statemachines.fragments.tasks import function, put_parameter
from stepmill.asl import (
    Chain,
    Choice,
    ChoiceRule,
    Pass,
    State,
    Task,
    Wait,
    array_get_item,
    array_length,
    chain,
    format_,
    math_add,
    path,
    sagemaker,
)

C = ChoiceRule


def _channel(name: str) -> dict[str, Any]:
    source = {
        "S3DataType": "S3Prefix",
        "S3DataDistributionType": "FullyReplicated",
        "S3Uri": jobs.in_run(f"prepared/{name}"),
    }
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}


ALGORITHM: dict[str, Any] = {"TrainingImage": path("$.config.image"), "TrainingInputMode": "File"}
CHANNELS = [_channel("train"), _channel("validation")]
OUTPUT: dict[str, Any] = {"S3OutputPath": jobs.in_run("model")}
STOPPING = {"MaxRuntimeInSeconds": jobs.MAX_RUNTIME_S}
TRAINED = {
    "job_name": path("$.TrainingJobName"),
    "job_arn": path("$.TrainingJobArn"),
    "model_uri": path("$.ModelArtifacts.S3ModelArtifacts"),
    "hyperparameters": path("$.HyperParameters"),
}


def resources(instance_type: Any) -> dict[str, Any]:
    return {"InstanceType": instance_type, "InstanceCount": 1, "VolumeSizeInGB": jobs.VOLUME_GB}


def train(what_failed: State) -> Task:
    """Fit a candidate. When AWS lacks one type of instance, the next of the list is tried."""
    why = Choice("CapacityLacks")
    instance = path("$.capacity.instance")
    train = sagemaker.create_training_job(
        "Train",
        comment="Fit the candidate",
        training_job_name=format_(
            "{}-train-{}-{}-{}-{}",
            *(path("$.run.prefix"), path("$.run.id"), instance, *jobs.attempt()),
        ),
        algorithm_specification=ALGORITHM,
        hyper_parameters=path("$.hyperparameters"),
        input_data_config=CHANNELS,
        output_data_config=OUTPUT,
        resource_config=resources(array_get_item(path("$.config.training_instance_types"), instance)),
        stopping_condition=STOPPING,
        enable_network_isolation=True,
        role_arn="${TrainRoleArn}",
        result_selector=TRAINED,
        result_path="$.training",
        retry=retries.SAGEMAKER,
        timeout_seconds=jobs.JOB_TIMEOUT_S,
    )
    _other_instance(why, train, what_failed)
    return throttled.again(train, on_error=why)


def _other_instance(why: Choice, train: Task, what_failed: State) -> None:
    other = Pass(
        "NextInstanceType",
        parameters={
            "instance": math_add(path("$.capacity.instance"), 1),
            "of": array_length(path("$.config.training_instance_types")),
        },
        result_path="$.capacity",
    )
    wait = Wait("WaitForCapacity", seconds=60)
    wait.next(train)
    is_left = Choice("InstanceTypeLeft")
    is_left.add_choice(C.NumericLessThanPath("$.capacity.instance", "$.capacity.of"), wait)
    is_left.default_choice(what_failed)
    other.next(is_left)
    quota = C.StringEquals("$.failure.Error", "SageMaker.ResourceLimitExceededException")
    why.add_choice(C.Or([quota, failures.is_in_cause("CapacityError")]), other)
    why.default_choice(what_failed)


def save(what_failed: State) -> Chain:
    """The model by name, its metrics, and the seal that proves later that it is still the same."""
    create = serving.create_model(
        {"Image": path("$.config.image"), "ModelDataUrl": path("$.training.model_uri")},
        schema_uri=jobs.in_run("prepared/schema/features.json"),
        on_error=what_failed,
    )
    save_name = put_parameter(
        "SaveCandidateName",
        name=names.parameter("candidate-model-name"),
        value=path("$.model.name"),
        on_error=what_failed,
        comment="For other pipelines; the champion has a name of its own",
    )
    query = function(
        "QueryMetrics",
        payload={"training_job_name": path("$.training.job_name")},
        result_selector={"metrics": path("$.Payload.metrics")},
        result_path="$.measured",
        on_error=what_failed,
    )
    seal = _seal(what_failed)
    is_own = Choice("MetricsKnown")
    none = Pass(
        "NoMetrics",
        result={"metrics": {}},
        result_path="$.measured",
        comment="Which metrics a container of one's own logs is not known; the judge measures for itself",
    )
    is_own.add_choice(C.StringEquals("$.config.algorithm", CUSTOM), chain(none, seal))
    return chain(create, save_name, is_own, query, seal)


def _seal(what_failed: State) -> Task:
    """$.seal: what the model is, and all that it was made of, in a file that nobody may alter."""
    facts = {
        "data_uri": path("$.config.data_uri"),
        "data_version": path("$.config.data_version"),
        "target": path("$.config.target"),
        "hyperparameters": path("$.training.hyperparameters"),
        "algorithm": path("$.config.algorithm"),
        "image": path("$.config.image"),
        "code_uri": "${CodeUri}",
        "training_job_arn": path("$.training.job_arn"),
        "metrics": path("$.measured.metrics"),
        "data_objects_uri": path("$.data.objects_uri"),
        "data_objects_sha256": path("$.data.objects_sha256"),
        "data_unchanged": path("$.data_again.unchanged"),
    }
    return function(
        "SealModel",
        payload={
            "model_uri": path("$.training.model_uri"),
            "manifest_uri": jobs.in_run("manifest.json"),
            "facts": facts,
        },
        result_selector={name: path(f"$.Payload.{name}") for name in ("manifest_uri", "sha256", "labels")},
        result_path="$.seal",
        on_error=what_failed,
    )

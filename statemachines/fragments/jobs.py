"""SageMaker jobs of tabular models: processing in the scikit-learn image, batch transform.

Names of jobs are <project>-<stage>-<kind>-<MD5 of the execution's ARN>-<throttled calls>-<retry>: new for
every execution and every attempt, and at most 63 characters. A call made again because it was throttled
counts its retries from 0, so their number alone would not do.
"""

from typing import Any

from statemachines.fragments import retries, throttled
from stepmill.asl import State, Task, context, format_, path, sagemaker

CODE = "/opt/ml/processing/input/code"
INPUTS = "/opt/ml/processing/input"
OUTPUTS = "/opt/ml/processing/output"
MAX_RUNTIME_S = 3600
# A job may wait for its instances before it runs.
JOB_TIMEOUT_S = MAX_RUNTIME_S + 1800
VOLUME_GB = 30
CLUSTER: dict[str, Any] = {
    "InstanceCount": 1,
    "InstanceType": path("$.config.processing_instance_type"),
    "VolumeSizeInGB": VOLUME_GB,
}
NOTHING_KEPT: dict[str, Any] = {"result_path": None}


def name(kind: str) -> Any:
    return format_(f"{{}}-{kind}-{{}}-{{}}-{{}}", path("$.run.prefix"), path("$.run.id"), *attempt())


def attempt() -> tuple[Any, Any]:
    """Two numbers that no other attempt at the same state has."""
    return path(throttled.CALLS), context("$$.State.RetryCount")


def in_run(place: str) -> Any:
    """A place below the S3 folder of this execution."""
    return format_(f"{{}}/{place}", path("$.run.uri"))


def processing(
    state_id: str,
    *,
    kind: str,
    script: str,
    inputs: dict[str, Any],
    outputs: dict[str, Any],
    role: str,
    arguments: list[Any],
    on_error: State | None = None,
    result: dict[str, Any] | None = None,
    comment: str,
) -> Task:
    """Run jobs/<script> over `inputs` (folder -> S3 place) and keep `outputs`. No `on_error` in a branch.

    result: what of the job's description takes the state's place; without it the state stays as it was.
    """
    specification = {
        "ImageUri": path("$.config.processing_image"),
        "ContainerEntrypoint": ["python3", f"{CODE}/jobs/{script}"],
        **({"ContainerArguments": arguments} if arguments else {}),
    }
    return processing_job(
        state_id,
        kind=kind,
        specification=specification,
        environment={"PYTHONPATH": CODE},
        inputs={"code": "${CodeUri}", **inputs},
        outputs=outputs,
        role=role,
        on_error=on_error,
        result=result,
        comment=comment,
    )


def processing_job(
    state_id: str,
    *,
    kind: str,
    specification: dict[str, Any],
    environment: dict[str, Any],
    inputs: dict[str, Any],
    outputs: dict[str, Any],
    role: str,
    on_error: State | None = None,
    result: dict[str, Any] | None = None,
    comment: str,
) -> Task:
    """Run any container over `inputs`, as `processing` does with ours."""
    task = sagemaker.create_processing_job(
        state_id,
        comment=comment,
        processing_job_name=name(kind),
        role_arn=role,
        app_specification=specification,
        environment=environment,
        processing_inputs=[_input(*item) for item in inputs.items()],
        processing_output_config={"Outputs": [_output(*item) for item in outputs.items()]},
        processing_resources={"ClusterConfig": CLUSTER},
        network_config={"EnableNetworkIsolation": True},
        stopping_condition={"MaxRuntimeInSeconds": MAX_RUNTIME_S},
        **(NOTHING_KEPT if result is None else {"result_selector": result, "result_path": "$"}),
        retry=retries.SAGEMAKER,
        timeout_seconds=JOB_TIMEOUT_S,
    )
    return throttled.again(task, on_error=on_error)


def _input(folder: str, place: Any) -> dict[str, Any]:
    source = {
        "S3Uri": place,
        "LocalPath": f"{INPUTS}/{folder}",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"InputName": folder, "S3Input": source}


def _output(folder: str, place: Any) -> dict[str, Any]:
    target = {
        "S3Uri": place,
        "LocalPath": f"{OUTPUTS}/{folder}".rstrip("/"),
        "S3UploadMode": "EndOfJob",
    }
    return {"OutputName": folder.replace("/", "-") or "all", "S3Output": target}


def transform(
    state_id: str, *, kind: str, model_name: Any, folder: str, file: str, output: str, comment: str
) -> Task:
    """Predictions of a model for a file of this execution; result {"predictions_uri": ...}."""
    task = transform_job(
        state_id,
        kind=kind,
        model_name=model_name,
        rows=in_run(f"{folder}/{file}"),
        output=in_run(output),
        comment=comment,
        result_selector={
            "predictions_uri": format_(f"{{}}/{file}.out", path("$.TransformOutput.S3OutputPath"))
        },
    )
    return throttled.again(task)


def transform_job(
    state_id: str,
    *,
    kind: str,
    model_name: Any,
    rows: Any,
    output: Any,
    comment: str,
    accept: str | None = None,
    **fields: Any,
) -> Task:
    """A model's answers for the CSV lines at `rows`, written to `output`; `fields` are more of the Task.

    Without `accept` each algorithm answers in its own form, CSV or JSON, and who reads it reads both. Who
    calls this has throttled.again make the call again.
    """
    return sagemaker.create_transform_job(
        state_id,
        comment=comment,
        transform_job_name=name(kind),
        model_name=model_name,
        transform_input={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": rows}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        transform_output={
            "S3OutputPath": output,
            "AssembleWith": "Line",
            **({"Accept": accept} if accept else {}),
        },
        transform_resources={"InstanceType": path("$.config.transform_instance_type"), "InstanceCount": 1},
        retry=retries.SAGEMAKER,
        timeout_seconds=JOB_TIMEOUT_S,
        **fields,
    )

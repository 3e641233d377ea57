"""Script mode: the user's program run as AWS's training toolkit runs it in the framework containers."""

import json

from stepmill.cloud.sandbox.archive import BadArchive, Caps, extract
from stepmill.cloud.sandbox.box import GIB
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.sagemaker.jobs import Job, JobFailed
from stepmill.cloud.services.sagemaker.service import split_s3_uri
from stepmill.cloud.services.sagemaker.transfer import TransferFailed, download

CODE = "code"


def script_command(
    job: Job, parameters: dict[str, str], env: dict[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Script mode, as AWS's training toolkit starts it: hyperparameters as options, places as SM_*
    variables.
    """
    given = {key: unquoted(value) for key, value in parameters.items()}
    program, source = given["sagemaker_program"], given.get("sagemaker_submit_directory", "")
    if not source.startswith("s3://"):
        raise JobFailed(
            f"ClientError: sagemaker_submit_directory is {source!r}; give s3://bucket/sourcedir.tar.gz"
        )
    unpack_source(job, source)
    ours = ("sagemaker_", "_tuning_objective_metric")
    options = {key: value for key, value in given.items() if not key.startswith(ours)}
    channels = [channel["ChannelName"] for channel in job.data.get("InputDataConfig", [])]
    env = {
        "SM_MODEL_DIR": "/opt/ml/model",
        "SM_OUTPUT_DATA_DIR": "/opt/ml/output/data",
        "SM_OUTPUT_DIR": "/opt/ml/output",
        "SM_INPUT_DIR": "/opt/ml/input",
        "SM_MODULE_DIR": source,
        "SM_USER_ENTRY_POINT": program,
        "SM_CHANNELS": json.dumps(sorted(channels)),
        "SM_HPS": json.dumps(options),
        "SM_HOSTS": '["algo-1"]',
        "SM_CURRENT_HOST": "algo-1",
        "SM_NUM_GPUS": "0",
        "SM_NUM_CPUS": "1",
        **{f"SM_CHANNEL_{name.upper()}": f"/opt/ml/input/data/{name}" for name in channels},
        **{f"SM_HP_{key.upper()}": value for key, value in options.items()},
        "PYTHONPATH": "/opt/ml/code",
        **env,
    }
    arguments = [part for key in sorted(options) for part in (f"--{key}", options[key])]
    return ["python3", f"/opt/ml/code/{program}", *arguments], env


def unquoted(value: str) -> str:
    """AWS's Python SDK writes hyperparameters as JSON."""
    try:
        decoded = json.loads(value)
    except ValueError:
        return value
    return decoded if isinstance(decoded, str) else value


def unpack_source(job: Job, uri: str) -> None:
    """Raises: JobFailed."""
    bucket, key = split_s3_uri(uri)
    archive, code = job.folder / "sourcedir.tar.gz", job.opt_ml / CODE
    try:
        download(job.cloud, job.principal, bucket, key, archive)
        code.rmdir()
        extract(archive, code, Caps(total_bytes=GIB))
    except (AwsError, BadArchive, TransferFailed) as error:
        raise JobFailed(f"ClientError: sagemaker_submit_directory {uri} could not be used: {error}") from None

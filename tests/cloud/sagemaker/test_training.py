"""Training jobs: what a container finds, what it leaves, and every way it can end."""

import io
import json
import tarfile
import time
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.sagemaker.things import (
    BUCKET,
    XGBOOST,
    channel,
    ended,
    get,
    keys,
    lines,
    prices,
    put,
    run,
    script,
    training,
)


def members(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar if one.isfile()}  # type: ignore[union-attr]


def test_a_container_finds_opt_ml_as_aws_lays_it_out(cloud: Cloud) -> None:
    put(cloud, "layout/a b/ü+%.csv", "1,2\n")
    put(cloud, "layout/deep/x.csv", "3,4\n")
    source = """
import json, os, pathlib
config = pathlib.Path("/opt/ml/input/config")
found = {name.name: json.loads(name.read_text()) for name in config.iterdir()}
found["files"] = sorted(str(p) for p in pathlib.Path("/opt/ml/input/data").rglob("*") if p.is_file())
found["variable"] = os.environ["WHY"]
pathlib.Path("/opt/ml/model/found.json").write_text(json.dumps(found))
"""
    params = script(
        cloud,
        "layout",
        source,
        HyperParameters={"depth": "3"},
        InputDataConfig=[channel("train", f"s3://{BUCKET}/layout/")],
        Environment={"WHY": "because"},
    )
    done = run(cloud, "TrainingJob", params)
    assert done["TrainingJobStatus"] == "Completed", done.get("FailureReason")
    found = json.loads(members(get(cloud, done["ModelArtifacts"]["S3ModelArtifacts"]))["found.json"])
    assert found["hyperparameters.json"] == {"depth": "3"}
    assert found["resourceconfig.json"]["hosts"] == ["algo-1"]
    assert found["inputdataconfig.json"] == {
        "train": {
            "ContentType": "text/csv",
            "TrainingInputMode": "File",
            "S3DistributionType": "FullyReplicated",
            "RecordWrapperType": "None",
        }
    }
    assert found["files"] == ["/opt/ml/input/data/train/a b/ü+%.csv", "/opt/ml/input/data/train/deep/x.csv"]
    assert found["variable"] == "because"


def test_a_job_tells_its_whole_life(cloud: Cloud) -> None:
    events: list[dict[str, Any]] = []
    cloud.listen("SageMaker Training Job State Change", events.append)
    done = run(cloud, "TrainingJob", script(cloud, "life", "print('hello')"))
    assert [one["Status"] for one in done["SecondaryStatusTransitions"]] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    assert done["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/models/life/output/model.tar.gz"
    assert done["TrainingStartTime"] <= done["TrainingEndTime"]
    mine = [one["detail"] for one in events if one["detail"]["TrainingJobName"] == "life"]
    assert [one["TrainingJobStatus"] for one in mine] == ["InProgress"] * 4 + ["Completed"]
    assert events[0]["resources"] == [done["TrainingJobArn"]]
    assert mine[-1]["TrainingEndTime"] == int(done["TrainingEndTime"].timestamp() * 1000)
    assert lines(cloud, "/aws/sagemaker/TrainingJobs", "life/") == ["hello"]


def test_xgboost_trains_and_reports_its_metrics(cloud: Cloud) -> None:
    train, validation = (
        put(cloud, "xgb/train/t.csv", prices(300)),
        put(cloud, "xgb/val/v.csv", prices(60, seed=2)),
    )
    params = training(
        cloud,
        "xgb",
        HyperParameters={"num_round": "30", "objective": "reg:squarederror", "max_depth": "4", "eta": "0.3"},
        InputDataConfig=[channel("train", train), channel("validation", validation)],
    )
    done = run(cloud, "TrainingJob", params)
    assert done["TrainingJobStatus"] == "Completed", done.get("FailureReason")
    metrics = {one["MetricName"]: one["Value"] for one in done["FinalMetricDataList"]}
    assert sorted(metrics) == ["train:rmse", "validation:rmse"]
    assert 0 < metrics["validation:rmse"] < 20
    logged = lines(cloud, "/aws/sagemaker/TrainingJobs", "xgb/")
    assert logged[1].startswith("[0]#011train-rmse:")
    assert list(members(get(cloud, done["ModelArtifacts"]["S3ModelArtifacts"]))) == ["xgboost-model"]


def test_the_same_training_gives_the_same_archive(cloud: Cloud) -> None:
    source = "import pathlib; pathlib.Path('/opt/ml/model/m').write_text('m')"
    first, second = (run(cloud, "TrainingJob", script(cloud, name, source)) for name in ("same-1", "same-2"))
    archives = [get(cloud, one["ModelArtifacts"]["S3ModelArtifacts"]) for one in (first, second)]
    assert archives[0] == archives[1]


def test_metric_definitions_read_the_log(cloud: Cloud) -> None:
    algorithm = {"MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]}
    source = "print('loss=3.5'); print('loss=2.25')"
    done = run(cloud, "TrainingJob", script(cloud, "metrics", source, algorithm=algorithm))
    assert [(one["MetricName"], one["Value"]) for one in done["FinalMetricDataList"]] == [("loss", 2.25)]


def test_script_mode_runs_the_users_program_with_its_hyperparameters(cloud: Cloud) -> None:
    source = b"import json, os, sys\n"
    source += b"open(os.environ['SM_MODEL_DIR'] + '/args', 'w').write(json.dumps(sys.argv[1:]))"
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("train.py")
        member.size = len(source)
        tar.addfile(member, io.BytesIO(source))
    uri = put(cloud, "code/sourcedir.tar.gz", archive.getvalue())
    parameters = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": f'"{uri}"', "depth": "3"}
    done = run(cloud, "TrainingJob", training(cloud, "script-mode", XGBOOST, HyperParameters=parameters))
    assert done["TrainingJobStatus"] == "Completed", done.get("FailureReason")
    found = members(get(cloud, done["ModelArtifacts"]["S3ModelArtifacts"]))
    assert json.loads(found["args"]) == ["--depth", "3"]


def test_output_data_is_packed_beside_the_model(cloud: Cloud) -> None:
    source = "import pathlib; pathlib.Path('/opt/ml/output/data/report').write_text('fine')"
    run(cloud, "TrainingJob", script(cloud, "outputs", source))
    assert members(get(cloud, f"s3://{BUCKET}/models/outputs/output/output.tar.gz")) == {"report": b"fine"}


def test_a_failure_file_becomes_the_failure_reason(cloud: Cloud) -> None:
    source = "open('/opt/ml/output/failure', 'w').write('loss is nan'); raise SystemExit(3)"
    done = run(cloud, "TrainingJob", script(cloud, "fails", source))
    assert (done["TrainingJobStatus"], done["FailureReason"]) == (
        "Failed",
        "AlgorithmError: loss is nan, exit code: 3",
    )
    assert done["SecondaryStatus"] == "Failed"
    assert keys(cloud, "models/fails/") == []


def test_a_failure_file_that_is_a_link_shows_nothing_of_the_host(cloud: Cloud) -> None:
    source = "import os; os.symlink('/etc/hostname', '/opt/ml/output/failure'); raise SystemExit(1)"
    done = run(cloud, "TrainingJob", script(cloud, "link-failure", source))
    assert done["FailureReason"].startswith("AlgorithmError: Training job failed with no reason")


def test_links_in_the_model_folder_are_not_followed(cloud: Cloud) -> None:
    source = (
        "import os; os.symlink('/etc/passwd', '/opt/ml/model/p'); open('/opt/ml/model/m', 'w').write('m')"
    )
    done = run(cloud, "TrainingJob", script(cloud, "link-model", source))
    assert members(get(cloud, done["ModelArtifacts"]["S3ModelArtifacts"])) == {"m": b"m"}


def test_a_stopped_job_keeps_what_it_saved(cloud: Cloud) -> None:
    source = """
import signal, sys, time, pathlib
def save(*_):
    pathlib.Path("/opt/ml/model/saved").write_text("in time"); sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("ready", flush=True); time.sleep(60)
"""
    cloud.call("sagemaker", "CreateTrainingJob", script(cloud, "stopped", source))
    deadline = time.monotonic() + 30
    while "ready" not in log_of(cloud, "stopped/"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    cloud.call("sagemaker", "StopTrainingJob", {"TrainingJobName": "stopped"})
    done = ended(cloud, "TrainingJob", "stopped")
    assert (done["TrainingJobStatus"], done["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert members(get(cloud, done["ModelArtifacts"]["S3ModelArtifacts"])) == {"saved": b"in time"}
    with pytest.raises(AwsError, match="in status Stopped"):
        cloud.call("sagemaker", "StopTrainingJob", {"TrainingJobName": "stopped"})


def log_of(cloud: Cloud, prefix: str) -> list[str]:
    try:
        return lines(cloud, "/aws/sagemaker/TrainingJobs", prefix)
    except AwsError:
        return []


def test_a_job_over_its_time_is_stopped(cloud: Cloud) -> None:
    limit = {"MaxRuntimeInSeconds": 1}
    done = run(
        cloud, "TrainingJob", script(cloud, "slow", "import time; time.sleep(60)", StoppingCondition=limit)
    )
    assert (done["TrainingJobStatus"], done["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")

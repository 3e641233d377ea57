"""The built-in algorithms as jobs: what they refuse, and what the linear one fits."""

import json
from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.images.container import box_of
from stepmill.cloud.images.registry import find_image
from stepmill.cloud.sandbox.box import Limits
from stepmill.cloud.sandbox.run import Ended, Run
from tests.cloud.sagemaker.things import LINEAR, XGBOOST, channel, prices, put, role, run, settled, training


def train(cloud: Cloud, name: str, image: str, parameters: dict[str, str], data: str = "") -> dict[str, Any]:
    uri = put(cloud, f"{name}/t.csv", data or prices(100))
    params = training(cloud, name, image, HyperParameters=parameters, InputDataConfig=[channel("train", uri)])
    return run(cloud, "TrainingJob", params)


@pytest.mark.parametrize(
    ("image", "parameters", "reason"),
    [
        (XGBOOST, {"max_depth": "3"}, "Missing required hyperparameter: num_round"),
        (XGBOOST, {"num_round": "3", "max_deph": "3"}, "Extraneous hyperparameter found: max_deph"),
        (XGBOOST, {"num_round": "many"}, "Hyperparameter num_round: value 'many' is not an integer"),
        (XGBOOST, {"num_round": "0"}, "Hyperparameter num_round: value 0 must be at least 1"),
        (XGBOOST, {"num_round": "1", "objective": "reg:nothing"}, "XGBoost refused the job"),
        (
            XGBOOST,
            {"num_round": "1", "csv_weights": "1"},
            "Hyperparameter csv_weights: value 1 is not supported",
        ),
        (LINEAR, {}, "Missing required hyperparameter: predictor_type"),
        (LINEAR, {"predictor_type": "binary_classifier"}, "Hyperparameter predictor_type"),
        (LINEAR, {"predictor_type": "regressor", "loss": "huber_loss"}, "Hyperparameter loss"),
        (LINEAR, {"predictor_type": "regressor", "feature_dim": "9"}, "channel train: has 2 features"),
        (
            LINEAR,
            {"predictor_type": "regressor", "quantile": "0.5"},
            "Extraneous hyperparameter found: quantile",
        ),
    ],
)
def test_a_wrong_hyperparameter_fails_the_job_by_name(
    cloud: Cloud, image: str, parameters: dict[str, str], reason: str, request: pytest.FixtureRequest
) -> None:
    name = f"refused-{abs(hash(request.node.name))}"
    done = train(cloud, name, image, parameters)
    assert done["TrainingJobStatus"] == "Failed"
    assert done["FailureReason"].startswith(f"AlgorithmError: {reason}")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("price,age\n1,2\n", "t.csv: row 1, column 1: 'price' is no number"),
        ("1,2\n3\n", "t.csv: row 2: has 1 columns instead of 2"),
        ("\n", "t.csv: has no rows"),
        ("1\n2\n", "t.csv: row 1: has 1 column"),
        (",2\n", "t.csv: row 1, column 1: the label is missing"),
    ],
)
def test_bad_data_fails_the_job_with_its_place(cloud: Cloud, data: str, reason: str) -> None:
    name = f"bad-{abs(hash(data))}"
    done = train(cloud, name, XGBOOST, {"num_round": "1"}, data)
    assert done["FailureReason"].startswith(f"AlgorithmError: {reason}")


def test_libsvm_is_refused_by_name(cloud: Cloud) -> None:
    uri = put(cloud, "svm/t", "1 1:2\n")
    given = [channel("train", uri, ContentType="text/libsvm")]
    params = training(cloud, "svm", HyperParameters={"num_round": "1"}, InputDataConfig=given)
    reason = run(cloud, "TrainingJob", params)["FailureReason"]
    assert reason.startswith("AlgorithmError: channel train: ContentType is 'text/libsvm'")


def test_missing_feature_values_are_allowed_as_in_awss_container(cloud: Cloud) -> None:
    done = train(cloud, "missing", XGBOOST, {"num_round": "2"}, "1,2,\n2,,3\n3,4,5\n")
    assert done["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize(
    "extra",
    [{}, {"normalize_data": "false", "normalize_label": "false"}, {"wd": "0.000001"}, {"l1": "0.00001"}],
)
def test_the_linear_learner_finds_the_line(cloud: Cloud, extra: dict[str, str]) -> None:
    name = "line-" + "-".join(extra).replace("_", "-")
    done = train(cloud, name.rstrip("-"), LINEAR, {"predictor_type": "regressor", "epochs": "5", **extra})
    metrics = {one["MetricName"]: one["Value"] for one in done["FinalMetricDataList"]}
    assert sorted(metrics) == ["train:absolute_loss", "train:mse", "train:objective_loss", "train:rmse"]
    assert metrics["train:rmse"] < 0.1


SERVER = """
import http.server, json
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = json.dumps({"length": len(body), "type": self.headers["Content-Type"]}).encode()
        self.send_response(200); self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer))); self.end_headers(); self.wfile.write(answer)
http.server.HTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
"""


def test_a_users_own_container_serves_on_port_8080(cloud: Cloud, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "serve.py").write_text(SERVER)
    (cloud.root / "images.toml").write_text(
        f"[[image]]\npattern = 'mine:1'\nfolder = '{tmp_path}'\nserve = ['python3', "
        f"'/opt/program/serve.py']\n"
    )
    container = {"Image": "mine:1"}
    model = {"ModelName": "own", "ExecutionRoleArn": role(cloud), "PrimaryContainer": container}
    cloud.call("sagemaker", "CreateModel", model)
    variant = {
        "VariantName": "v",
        "ModelName": "own",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    cloud.call(
        "sagemaker", "CreateEndpointConfig", {"EndpointConfigName": "own", "ProductionVariants": [variant]}
    )
    cloud.call("sagemaker", "CreateEndpoint", {"EndpointName": "own", "EndpointConfigName": "own"})
    done = settled(cloud, "own")
    assert done["EndpointStatus"] == "InService", done
    body = b"x" * 300_000
    params = {"EndpointName": "own", "Body": body, "ContentType": "image/jpeg"}
    answer = cloud.call("sagemaker-runtime", "InvokeEndpoint", params)
    assert json.loads(answer["Body"].read()) == {"length": 300_000, "type": "image/jpeg"}


def test_the_stand_ins_train_without_name_spaces_too(tmp_path: Path) -> None:
    ml = tmp_path / "ml"
    for folder in ("input/config", "input/data/train", "model", "output"):
        (ml / folder).mkdir(parents=True)
    (ml / "input/data/train/t.csv").write_text(prices(50))
    config = {
        "hyperparameters": {"num_round": "2"},
        "inputdataconfig": {"train": {"ContentType": "text/csv"}},
    }
    for name, content in config.items():
        (ml / f"input/config/{name}.json").write_text(json.dumps(content))
    image = find_image(XGBOOST, tmp_path)
    box = box_of(image, tmp_path, ml, image.train or [], {}, Limits())
    lines: list[str] = []
    ended = Run(box, tmp_path / "root", lines.extend, most_seconds=60, name_spaces=False).wait()
    assert (ended, (ml / "model/xgboost-model").is_file()) == (Ended(0), True), lines

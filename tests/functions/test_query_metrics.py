import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from millkit import aws
from millkit.metrics import NumberNotFinite
from millkit.training_jobs import MetricsMissing

from functions.query_metrics.handler import handler

Answers = list[tuple[int, dict[str, Any]]]
THROTTLED = (400, {"__type": "ThrottlingException", "message": "Rate exceeded"})


class SageMaker(http.server.BaseHTTPRequestHandler):
    """Answers DescribeTrainingJob with the given answers in turn, the last one for ever."""

    answers: Answers
    asked: list[Any]

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        status, document = self.answers[min(len(self.asked), len(self.answers)) - 1]
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output quiet."""


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """SageMaker on this machine; call with its answers."""
    server = http.server.HTTPServer(("127.0.0.1", 0), SageMaker)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    aws.client.cache_clear()
    aws.session.cache_clear()

    def prepare(*answers: tuple[int, dict[str, Any]]) -> None:
        SageMaker.answers, SageMaker.asked = list(answers), []

    yield prepare
    aws.client.cache_clear()
    aws.session.cache_clear()
    server.shutdown()
    thread.join()
    server.server_close()


def job(**values: Any) -> tuple[int, dict[str, Any]]:
    metrics = [
        {"MetricName": name.replace("_", ":", 1), "Value": value, "Timestamp": 1.0}
        for name, value in values.items()
    ]
    return 200, {"TrainingJobName": "t", "FinalMetricDataList": metrics}


def test_gives_the_metrics_with_names_that_json_path_can_take(answer: Callable[..., None]) -> None:
    answer(job(train_rmse=900.5, validation_rmse=2341.25))
    metrics = {"train_rmse": 900.5, "validation_rmse": 2341.25}
    assert handler({"training_job_name": "t"}, None) == {"metrics": metrics}
    assert SageMaker.asked == [{"TrainingJobName": "t"}]


def test_asks_again_when_throttled(answer: Callable[..., None]) -> None:
    answer(THROTTLED, THROTTLED, job(validation_rmse=1.0))
    assert handler({"training_job_name": "t"}, None) == {"metrics": {"validation_rmse": 1.0}}
    assert len(SageMaker.asked) == 3


def test_does_not_ask_again_when_the_job_is_unknown(answer: Callable[..., None]) -> None:
    answer((400, {"__type": "ResourceNotFound", "message": "no such job"}))
    with pytest.raises(aws.client("sagemaker").exceptions.ResourceNotFound, match="no such job"):
        handler({"training_job_name": "t"}, None)
    assert len(SageMaker.asked) == 1


@pytest.mark.parametrize("description", [job(), (200, {"TrainingJobName": "t"})])
def test_a_job_without_metrics_is_named(answer: Callable[..., None], description: Any) -> None:
    answer(description)
    with pytest.raises(MetricsMissing) as caught:
        handler({"training_job_name": "t"}, None)
    assert str(caught.value) == (
        "training job t: reported no metrics; check that its log prints them and that "
        "AlgorithmSpecification.MetricDefinitions match"
    )


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_a_metric_that_is_not_finite_is_named(answer: Callable[..., None], value: str) -> None:
    answer(job(validation_rmse=float(value)))
    with pytest.raises(NumberNotFinite, match=r"^training job t: metric validation:rmse: is (nan|inf);"):
        handler({"training_job_name": "t"}, None)

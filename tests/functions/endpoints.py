"""Endpoints that answer as a test wants: the clients that the function is given, without any network."""

import io
import json
import threading
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError
from millkit import predicting
from millkit.asking import Asker, Clients, Steps

CAR: list[dict[str, Any]] = [
    {"name": "Mileage", "type": "numeric", "median": 20000.0},
    {"name": "Make", "type": "categorical", "categories": ["Buick", "Saab"]},
]
TIMEOUT_S = 0.3
Answer = Callable[[list[list[str]]], bytes]


def error(code: str, **extra: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "secret"}, **extra}, "Call")  # type: ignore[typeddict-item]


def each(price: float) -> Answer:
    """The price plus the first feature, a line a row."""
    return lambda rows: "".join(f"{price + float(row[0])}\n" for row in rows).encode()


class SageMaker:
    """Both clients, of SageMaker and of its runtime. `serve` deploys, `answers` says what is answered."""

    def __init__(self, s3: Any) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[dict[str, Any]] = []
        self.described = 0
        self.endpoints: dict[str, dict[str, Any]] = {}
        self._models: dict[str, dict[str, Any]] = {}
        self._s3 = s3
        self._lock = threading.Lock()

    def serve(
        self,
        endpoint: str,
        answer: Answer,
        columns: list[dict[str, Any]] | None = None,
        config: str = "one",
        **schema: Any,
    ) -> None:
        self.answers[endpoint] = answer
        name = self.configure(endpoint, CAR if columns is None else columns, config, **schema)
        self.endpoints[endpoint] = {"EndpointStatus": "InService", "EndpointConfigName": name}

    def configure(self, endpoint: str, columns: list[dict[str, Any]], config: str, **schema: Any) -> str:
        """A config whose model takes these columns."""
        name, key = f"{endpoint}-{config}", f"training/{endpoint}-{config}/features.json"
        body = json.dumps({"columns": columns, **schema}).encode()
        self._s3.put_object(Bucket="artifacts", Key=key, Body=body)
        self._models[name] = {"PrimaryContainer": {"Environment": {"SCHEMA_URI": f"s3://artifacts/{key}"}}}
        return name

    def describe_endpoint(self, *, EndpointName: str) -> dict[str, Any]:  # noqa: N803  boto3's names
        with self._lock:
            self.described += 1
        if EndpointName not in self.endpoints:
            raise error("ValidationException")
        return self.endpoints[EndpointName]

    def describe_endpoint_config(self, *, EndpointConfigName: str) -> dict[str, Any]:  # noqa: N803
        return {"ProductionVariants": [{"ModelName": EndpointConfigName}]}

    def describe_model(self, *, ModelName: str) -> dict[str, Any]:  # noqa: N803
        return self._models[ModelName]

    def invoke_endpoint(self, **params: Any) -> dict[str, Any]:
        with self._lock:
            self.asked.append(params)
        rows = [line.split(",") for line in params["Body"].decode().splitlines()]
        return {"Body": io.BytesIO(self.answers[params["EndpointName"]](rows))}

    def model_named(self, name: str, model: dict[str, Any]) -> None:
        self._models[name] = model


class Queue:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.is_down = False

    def send_message(self, **params: Any) -> None:
        if self.is_down:
            raise error("ServiceUnavailable")
        self.sent.append(params)


def fails(failure: Exception) -> Answer:
    def answer(_rows: list[list[str]]) -> bytes:
        raise failure

    return answer


def slow(seconds: float) -> Answer:
    def answer(_rows: list[list[str]]) -> bytes:
        time.sleep(seconds)
        raise ReadTimeoutError(endpoint_url="http://endpoint")

    return answer


class Api:
    """What the handler is, with the clients as arguments."""

    def __init__(
        self, sagemaker: SageMaker, s3: Any, timeout_s: float = TIMEOUT_S, steps: Steps | None = None
    ) -> None:
        self.queue = Queue()
        self.s3 = s3
        self.asker = Asker(Clients(sagemaker, sagemaker, s3), ["xgb", "linear"], timeout_s, steps)

    def post(self, body: Any, kind: str = "application/json", request_id: str = "r1", **more: Any) -> Any:
        """Status and body of the answer."""
        text = body if isinstance(body, str) else json.dumps(body)
        event = {"headers": {"Content-Type": kind}, "body": text, **{"isBase64Encoded": False, **more}}
        kept = predicting.Kept(self.s3, lambda: self.queue, "artifacts", "xgb", "https://queue")
        answer = predicting.answer(event, request_id, self.asker, "largest", kept)
        assert answer["headers"]["content-type"] == "application/json"
        return answer["statusCode"], json.loads(answer["body"])

    def records(self) -> dict[str, Any]:
        found = self.s3.list_objects_v2(Bucket="artifacts", Prefix="realtime/").get("Contents", [])
        return {
            one["Key"]: json.loads(self.s3.get_object(Bucket="artifacts", Key=one["Key"])["Body"].read())
            for one in found
        }

"""The direct way against a real service on loopback, beside the clients that it stands in for."""

import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from millkit import aws, storage
from millkit.direct import Objects, Runtime, Way

from tests.functions.answering import Answer, Asked, Service, serving, write_certificate

ASK: dict[str, Any] = {
    "EndpointName": "stepmill-dev",
    "ContentType": "text/csv",
    "Body": b"5,0,1\n",
    "InferenceId": "r1",
}
PUT: dict[str, Any] = {
    "Bucket": "artifacts",
    "Key": "realtime/stepmill-dev/dt=2026-11-22/r 1.json",
    "Body": b"{}",
    "ContentType": "application/json",
    "IfNoneMatch": "*",
}
PLACE = storage.Place(PUT["Bucket"], PUT["Key"])


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with serving() as service:
        for name, value in {
            "AWS_ENDPOINT_URL": service.url(),
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }.items():
            monkeypatch.setenv(name, value)
        forget()
        yield service
    forget()


def forget() -> None:
    aws.client.cache_clear()
    aws.session.cache_clear()


SHORT_S = 0.2


class Ways:
    """Clients, and ways to their services that end with the test."""

    def __init__(self) -> None:
        self._made: list[Way] = []

    def to(self, service: str, timeout_s: float = 20.0) -> tuple[Any, Way]:
        client = aws.client(service, timeout_s, 2)
        self._made.append(Way(aws.session(), client))
        return client, self._made[-1]

    def runtime(self, timeout_s: float = 20.0) -> Runtime:
        return Runtime(*self.to("sagemaker-runtime", timeout_s))

    def objects(self, timeout_s: float = 20.0) -> Objects:
        return Objects(*self.to("s3", timeout_s))

    def close(self) -> None:
        for way in self._made:
            way.close()


@pytest.fixture
def ways(service: Service) -> Iterator[Ways]:
    made = Ways()
    yield made
    made.close()


def said(asked: Asked, *names: str) -> tuple[Any, ...]:
    """What a service reads of a request; of its signature, what was signed for."""
    scope = asked.headers["authorization"].partition("Credential=")[2].partition(",")[0]
    return asked.method, asked.path, asked.body, scope, [asked.headers.get(name) for name in names]


def test_an_endpoint_is_asked_as_its_client_would_ask_it(service: Service, ways: Ways) -> None:
    client, way = ways.to("sagemaker-runtime")
    assert Runtime(client, way).invoke_endpoint(**ASK)["Body"].read() == b"1\n"
    client.invoke_endpoint(**ASK)
    direct, usual = service.asked
    assert (direct.is_direct, usual.is_direct) == (True, False)
    names = ("content-type", "x-amzn-sagemaker-inference-id")
    assert said(direct, *names) == said(usual, *names)
    assert None not in said(direct, *names)[-1]


def test_an_object_is_put_as_its_client_would_put_it(service: Service, ways: Ways) -> None:
    client, way = ways.to("s3")
    Objects(client, way).put_object(**PUT)
    client.put_object(**PUT)
    direct, usual = service.asked
    assert (direct.is_direct, usual.is_direct) == (True, False)
    names = ("content-type", "if-none-match", "host")
    assert said(direct, *names) == said(usual, *names)
    assert None not in said(direct, *names)[-1]
    assert direct.headers["x-amz-content-sha256"] == hashlib.sha256(PUT["Body"]).hexdigest()


def test_one_connection_serves_call_after_call(service: Service, ways: Ways) -> None:
    runtime = ways.runtime()
    for _ in range(3):
        runtime.invoke_endpoint(**ASK)
    assert len({asked.port for asked in service.asked}) == 1


def test_a_connection_that_has_ended_is_replaced(service: Service, ways: Ways) -> None:
    runtime = ways.runtime()
    service.answers = [Answer(is_last=True), Answer(body=b"2\n")]
    runtime.invoke_endpoint(**ASK)
    assert service.has_ended_one.wait(20)
    assert runtime.invoke_endpoint(**ASK)["Body"].read() == b"2\n"
    assert [asked.is_direct for asked in service.asked] == [True, True]


def test_what_is_not_answered_by_200_is_asked_through_the_client(
    service: Service, ways: Ways, capsys: pytest.CaptureFixture[str]
) -> None:
    service.answers = [Answer(503, b"secret"), Answer(body=b"2\n")]
    assert ways.runtime().invoke_endpoint(**ASK)["Body"].read() == b"2\n"
    assert [asked.is_direct for asked in service.asked] == [True, False]
    told = {
        "level": "INFO",
        "event": "asked_through_the_client",
        "service": "sagemaker",
        "outcome": "503",
    }
    assert json.loads(capsys.readouterr().out) == told


def test_the_client_words_what_an_endpoint_refuses(service: Service, ways: Ways) -> None:
    told = {"__type": "ModelError", "OriginalStatusCode": 400, "Message": "no"}
    service.answers = [Answer(424, json.dumps(told).encode())] * 2
    client, way = ways.to("sagemaker-runtime")
    with pytest.raises(client.exceptions.ModelError) as refused:
        Runtime(client, way).invoke_endpoint(**ASK)
    assert refused.value.response["OriginalStatusCode"] == 400


def test_an_object_that_is_there_stays_as_it_is(service: Service, ways: Ways) -> None:
    error = b"<Error><Code>PreconditionFailed</Code></Error>"
    service.answers = [Answer(412, error), Answer(412, error)]
    assert storage.write_once(ways.objects(), PLACE, b"{}", "application/json") is False
    assert storage.write_once(ways.objects(), PLACE, b"{}", "application/json") is True


def test_a_record_whose_write_is_not_answered_is_written_again(service: Service, ways: Ways) -> None:
    service.answers = [Answer(wait_s=3 * SHORT_S)]
    assert storage.write_once(ways.objects(SHORT_S), PLACE, b"{}", "application/json") is True
    assert [(asked.is_direct, asked.body) for asked in service.asked][:2] == [(True, b"{}"), (False, b"{}")]


def test_a_silent_endpoint_is_not_asked_twice(service: Service, ways: Ways) -> None:
    service.answers = [Answer(wait_s=3 * SHORT_S)]
    with pytest.raises(TimeoutError):
        ways.runtime(SHORT_S).invoke_endpoint(**ASK)
    assert len(service.asked) == 1


def test_a_service_that_cannot_be_reached_is_left_to_the_client(
    service: Service, ways: Ways, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        _, way = ways.to("sagemaker-runtime")
        assert way.send("POST", "/", {}, b"") is None
    assert json.loads(capsys.readouterr().out)["outcome"] == "ConnectionRefusedError"


@pytest.mark.parametrize("missing", ["credentials", "straight way"])
def test_the_way_is_closed_without_credentials_and_where_a_proxy_stands(
    service: Service, ways: Ways, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str
) -> None:
    if missing == "credentials":
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    else:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.setenv("no_proxy", "")
    _, way = ways.to("sagemaker-runtime")
    assert way.send("POST", "/", {}, b"") is None
    assert service.asked == []


def test_only_a_service_whose_certificate_is_trusted_is_told_anything(
    service: Service, ways: Ways, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = write_certificate(tmp_path / "service.pem")
    with serving(certificate) as secret:
        monkeypatch.setenv("AWS_ENDPOINT_URL", secret.url("https"))
        _, strange = ways.to("sagemaker-runtime")
        assert strange.send("POST", "/strange", {}, b"") is None
        forget()
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
        _, trusted = ways.to("sagemaker-runtime")
        assert trusted.send("POST", "/trusted", {}, b"") == b"1\n"
        trusted.close()
        assert [asked.path for asked in secret.asked] == ["/trusted"]

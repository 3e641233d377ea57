import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from millkit.custom_resource import AnswerRefused, Outcome, answer

REQUEST = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "JobsCode", "RequestType": "Create"}


class Listener(http.server.BaseHTTPRequestHandler):
    heard: list[tuple[str, str | None, Any]]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, self.headers["Content-Type"], json.loads(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output quiet."""


@pytest.fixture
def listener() -> Iterator[http.server.HTTPServer]:
    Listener.heard = []
    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def event(listener: http.server.HTTPServer, **more: str) -> dict[str, Any]:
    return {**REQUEST, "ResponseURL": f"http://127.0.0.1:{listener.server_port}/answer?sig=1", **more}


def test_tells_the_outcome(listener: http.server.HTTPServer) -> None:
    answer(event(listener), lambda: Outcome("id-1", {"CodeUri": "s3://a/code/"}))
    document = {
        "StackId": "s",
        "RequestId": "r",
        "LogicalResourceId": "JobsCode",
        "Status": "SUCCESS",
        "PhysicalResourceId": "id-1",
        "Data": {"CodeUri": "s3://a/code/"},
    }
    assert Listener.heard == [("/answer?sig=1", "", document)]


def test_tells_a_failure_with_its_reason_and_keeps_the_resources_id(listener: http.server.HTTPServer) -> None:
    def fail() -> Outcome:
        raise LookupError("no bucket")

    answer(event(listener, PhysicalResourceId="old"), fail)
    document = {
        "StackId": "s",
        "RequestId": "r",
        "LogicalResourceId": "JobsCode",
        "Status": "FAILED",
        "PhysicalResourceId": "old",
        "Reason": "LookupError: no bucket",
    }
    assert Listener.heard == [("/answer?sig=1", "", document)]


@pytest.mark.parametrize("url", ["http://example.com/x", "file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_answers_only_over_https_or_on_this_machine(url: str) -> None:
    with pytest.raises(AnswerRefused, match=r"^ResponseURL: starts with \w+://.*; allowed is https$"):
        answer({**REQUEST, "ResponseURL": url}, lambda: Outcome("id", {}))

"""What goes wrong inside, and how the client learns of it."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.child import kill_group
from stepmill.cloud.cloud import Cloud
from stepmill.cloud.door import read_body
from stepmill.cloud.service import Answer, AwsError, Operation, Request


def test_a_handler_that_fails_is_a_500_and_its_parameters_stay_out_of_the_log(
    cloud: Cloud, aws: Callable[[str], Any], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_cloud: Cloud, _request: Request) -> Answer:
        raise RuntimeError("broken inside")

    operations = cloud.services["ssm"].operations
    operations["GetServiceSetting"] = Operation("GetServiceSetting", fail)
    try:
        with caplog.at_level(logging.ERROR), pytest.raises(ClientError) as caught:
            aws("ssm").get_service_setting(SettingId="a-secret-value")
    finally:
        del operations["GetServiceSetting"]
    assert caught.value.response["Error"] == {
        "Code": "InternalFailure",
        "Message": "The embedded cloud failed; see its log",
    }
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert ("broken inside" in caplog.text, "a-secret-value" in caplog.text) == (True, False)


def test_a_listener_that_fails_keeps_the_event_from_nobody(
    cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[dict[str, Any]] = []

    def fail(_event: dict[str, Any]) -> None:
        raise RuntimeError("deaf")

    cloud.listen("Something Happened", fail)
    cloud.listen("Something Happened", seen.append)
    with caplog.at_level(logging.ERROR):
        cloud.emit("aws.test", "Something Happened", {"a": 1}, ["arn:aws:test:::x"], event_id="e-1")
    assert [(event["id"], event["detail"], event["resources"]) for event in seen] == [
        ("e-1", {"a": 1}, ["arn:aws:test:::x"])
    ]
    assert "deaf" in caplog.text


def test_a_moto_that_died_is_said_to_be_gone(tmp_path: Path) -> None:
    cloud = Cloud.start(tmp_path / "root", port=0)
    try:
        cloud.call("dynamodb", "ListTables")
        kill_group(cloud.moto._process)
        with pytest.raises(AwsError, match="moto ended with code -9") as caught:
            cloud.call("dynamodb", "ListTables")
        assert (caught.value.code, caught.value.status) == ("ServiceUnavailable", 503)
    finally:
        cloud.close()


def refusal(messages: list[dict[str, Any]]) -> tuple[str, str]:
    """Of a body that comes in these messages, and then nothing more."""

    async def receive() -> dict[str, Any]:
        if not messages:
            await asyncio.sleep(30)
        return messages.pop(0)

    with pytest.raises(AwsError) as caught:
        asyncio.run(read_body(receive, {"content-length": "10"}, 100, silence_limit_s=0.05))
    return caught.value.code, caught.value.message


def test_a_client_that_falls_silent_is_let_go() -> None:
    assert refusal([{"type": "http.request", "body": b"12345", "more_body": True}]) == (
        "RequestTimeout",
        "No data came for 0.05 s",
    )


def test_a_client_that_goes_away_leaves_no_half_request() -> None:
    sent: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"12345", "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert refusal(sent) == ("RequestTimeout", "The client went away before the body ended")

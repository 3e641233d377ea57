"""What the machines' Retry fields say."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from statemachines.fragments import throttled

from .running import compiled


@pytest.mark.parametrize("machine", ["batch_scoring", "deployment", "model_monitor", "training"])
def test_no_retry_names_an_error_that_a_denied_call_may_have(machine: str) -> None:
    text = json.loads(compiled(machine).read_text())
    retried = {error for retry in _retries(text) for error in retry["ErrorEquals"]}
    assert "SageMaker.SdkClientException" in retried
    forbidden = {*throttled.ERRORS, *throttled.SCALING, "Lambda.AWSLambdaException"}
    assert retried & (forbidden | {"States.ALL", "States.TaskFailed"}) == set()


def _retries(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield from part.get("Retry", [])
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else []:
        yield from _retries(value)

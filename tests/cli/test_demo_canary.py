"""What the demo's claims on an update that went back take for granted: nothing."""

from typing import Any

import pytest

from stepmill.cli.demo.asking import Answer
from stepmill.cli.demo.canary import Return, Served, Traffic
from stepmill.cli.demo.serving import Mail

BOTH = Answer("1", [1.0], {"a": [1.0], "b": [0.5]}, False, {})
ALONE = Answer("2", [1.0], {"a": [1.0]}, True, {"b": "failed (ModelError 500)"})
SERVED = Served("InService", "config-1", {"model-name": "m"})
FACTS: dict[str, Any] = {
    "execution_arn": "arn",
    "status": "FAILED",
    "error": "EndpointUpdateFailed",
    "reason": "stepmill-dev-linear-errors",
    "alarm": "stepmill-dev-linear-errors",
    "before": SERVED,
    "after": SERVED,
    "traffic": Traffic([BOTH, ALONE, BOTH]),
    "last": BOTH,
    "mail": Mail("1.eml", "team@example.com", "Endpoint was not updated", ""),
    "end": None,
}


def test_an_update_is_back_when_an_alarm_ended_it_and_all_is_as_before() -> None:
    back = Return(**FACTS)
    assert (back.is_back, back.all_were_answered) == (True, True)
    assert back.figures() == {
        "execution_arn": "arn",
        "status": "FAILED",
        "error": "EndpointUpdateFailed",
        "reason": "stepmill-dev-linear-errors",
        "alarm": "stepmill-dev-linear-errors",
        "before": {"status": "InService", "config": "config-1", "exported": {"model-name": "m"}},
        "after": {"status": "InService", "config": "config-1", "exported": {"model-name": "m"}},
        "requests": 3,
        "answered_by_one_model": 1,
        "why_by_one": ["failed (ModelError 500)"],
        "refused": [],
        "mails": ["1.eml", None],
    }


@pytest.mark.parametrize(
    "other",
    [
        {"status": "SUCCEEDED", "error": ""},
        {"error": "States.Timeout"},
        {"alarm": ""},
        {"after": Served("InService", "config-2", {"model-name": "m"})},
        {"after": Served("InService", "config-1", {"model-name": "another"})},
        {"before": Served("Updating", "c", {}), "after": Served("Updating", "c", {})},
    ],
    ids=["live", "another error", "no alarm", "another config", "another name", "still on its way"],
)
def test_it_is_not_back_otherwise(other: dict[str, Any]) -> None:
    assert not Return(**FACTS | other).is_back


@pytest.mark.parametrize(
    "other",
    [{"traffic": Traffic([BOTH], ["POST: 503"])}, {"traffic": Traffic()}, {"last": ALONE}],
    ids=["a refusal", "nobody asked", "one model still fails"],
)
def test_not_everybody_was_answered(other: dict[str, Any]) -> None:
    assert not Return(**FACTS | other).all_were_answered

"""What the demo's claims on scaling, and on an update that went back, take for granted: nothing."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.credentials import Credentials

from stepmill.cli.demo import scaling
from stepmill.cli.demo.asking import Answer, Caller
from stepmill.cli.demo.canary import Return, Served, Traffic, live_traffic
from stepmill.cli.demo.runs import Run
from stepmill.cli.demo.scaling import Bounds, Fleet, Growth
from stepmill.cli.demo.second import Second
from stepmill.cli.demo.serving import Mail
from stepmill.cli.demo.stage import PlotBroken

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


def test_callers_ask_row_after_row_and_what_they_get_is_kept() -> None:
    asked: list[str] = []
    enough = threading.Event()

    def post(body: str) -> Answer:
        asked.append(body)
        if len(asked) == 4:
            enough.set()
        if len(asked) == 2:
            raise PlotBroken("POST: 503")
        return BOTH

    with live_traffic(post, [{"x": "1"}, {"x": "2"}, {"x": "3"}]) as traffic:
        assert enough.wait(30)
    assert asked[:4] == ["x\n1\n", "x\n2\n", "x\n3\n", "x\n1\n"]
    assert traffic.refusals == ["POST: 503"]
    assert traffic.answers == [BOTH] * (len(asked) - 1)


def test_an_api_that_cannot_be_reached_breaks_the_plot_with_its_reason() -> None:
    """Nobody listens on port 1."""
    key = SimpleNamespace(get_api_key=lambda **_asked: {"value": "key"})
    session = SimpleNamespace(get_credentials=lambda: Credentials("a", "b"), region_name="us-east-1")
    outputs = {"ApiKeyId": "id", "PredictUrl": "http://127.0.0.1:1/predict"}
    fake: Any = SimpleNamespace(outputs=outputs, session=session, client=lambda _service: key)
    with pytest.raises(PlotBroken, match=r"^POST http://127\.0\.0\.1:1/predict: .*refused"):
        Caller(fake).post("x\n1\n")


@pytest.mark.parametrize("has_policy", [True, False], ids=["with a policy", "without one"])
def test_a_fleet_has_bounds_only_with_a_target_and_a_policy(has_policy: bool) -> None:
    policy = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 900.0}}
    told = {"min_instances": "1", "max_instances": "2", "invocations_per_instance": "1000.0"}
    clients = {
        "application-autoscaling": SimpleNamespace(
            describe_scalable_targets=lambda **_: {"ScalableTargets": [{"MinCapacity": 1, "MaxCapacity": 3}]},
            describe_scaling_policies=lambda **_: {"ScalingPolicies": [policy] * has_policy},
        ),
        "sagemaker": SimpleNamespace(
            describe_model_package=lambda **_: {"CustomerMetadataProperties": told},
            describe_endpoint=lambda **_: {"ProductionVariants": [{"CurrentInstanceCount": 1}]},
        ),
    }
    fake: Any = SimpleNamespace(client=clients.__getitem__)
    bounds = Bounds(1, 3, 900.0) if has_policy else None
    assert scaling.fleet(fake, "e", "arn") == Fleet("e", 1, bounds, Bounds(1, 2, 1000.0))


def run(**other: Any) -> Run:
    texts = ("title", "algorithm", "execution_arn", "status", "reason", "folder_uri", "version")
    facts: dict[str, Any] = dict.fromkeys((*texts, "deployment_arn"), "")
    numbers = {"seconds": 1.0, "rmse": 2.0, "champion_rmse": 3.0, "accepted": True, "waits": False}
    return Run(**facts | numbers | other)


def left(**other: Any) -> list[bool]:
    """Whether the claims on the second endpoint hold, in their order."""
    facts: dict[str, Any] = {
        "growth": Growth(2, "1 instances are not within 2 to 2"),
        "own": run(),
        "answer": BOTH,
        "careless": run(),
        "back": Return(**FACTS),
    }
    bounds = Bounds(1, 2, 1000.0)
    made = Second(**facts | other)
    return list(made.claims(Fleet("e", 1, bounds, bounds)).values())


def test_the_second_endpoint_keeps_what_it_claims() -> None:
    assert left() == [True] * 5
    assert left(own=run(rmse=4.0, accepted=False)) == [True] * 5


@pytest.mark.parametrize(
    ("other", "place"),
    [
        ({"growth": Growth(1, "1 instances are not within 2 to 2")}, 0),
        ({"growth": Growth(2, "")}, 0),
        ({"own": run(accepted=False)}, 1),
        ({"own": run(rmse=3.0)}, 1),
        ({"own": run(champion_rmse=None)}, 1),
        ({"answer": ALONE}, 1),
        ({"back": Return(**FACTS | {"alarm": ""})}, 2),
        ({"back": Return(**FACTS | {"last": ALONE})}, 3),
        ({"back": Return(**FACTS | {"mail": None})}, 4),
    ],
    ids=[
        "no growth",
        "growth of another hand",
        "the better one rejected",
        "a tie accepted",
        "nothing compared",
        "it does not answer",
        "no alarm",
        "one model still fails",
        "nobody was told",
    ],
)
def test_a_claim_on_it_fails_alone(other: dict[str, Any], place: int) -> None:
    assert left(**other) == [number != place for number in range(5)]

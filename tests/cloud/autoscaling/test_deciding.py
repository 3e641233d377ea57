"""How many instances follow from which minutes."""

from typing import Any

import pytest

from stepmill.cloud.services.application_autoscaling.deciding import Decision, decide

NEVER: list[float | None] = [None] * 15


def outcome(minutes: list[float | None], current: int, **more: Any) -> Decision | None:
    suspended = {"DynamicScalingInSuspended": False, "DynamicScalingOutSuspended": False}
    suspended |= more.pop("suspended", {})
    target = {"MinCapacity": 1, "MaxCapacity": 4, "SuspendedState": suspended}
    return decide(target, {"TargetValue": 100.0, **more}, minutes, current)


@pytest.mark.parametrize(
    ("minutes", "current", "count"),
    [
        ([None] * 12 + [150.0, 150.0, 150.0], 1, 2),
        ([None] * 12 + [101.0, 101.0, 250.0], 1, 3),
        ([None] * 12 + [900.0, 900.0, 900.0], 2, 4),
        ([20.0] * 15, 4, 1),
        ([20.0] * 14 + [60.0], 4, 3),
        ([0.0] * 15, 3, 1),
        (NEVER, 5, 4),
        (NEVER, 0, 1),
    ],
    ids=["out", "out-by-the-last", "out-to-most", "in", "in-by-the-largest", "in-to-least", "over", "under"],
)
def test_the_number_follows_the_requests(minutes: list[float | None], current: int, count: int) -> None:
    decision = outcome(minutes, current)
    assert decision is not None
    assert decision.count == count


@pytest.mark.parametrize(
    ("minutes", "current", "more"),
    [
        (NEVER, 2, {}),
        ([None] * 13 + [150.0, 150.0], 1, {}),
        ([None] * 12 + [150.0, None, 150.0], 1, {}),
        ([None] * 12 + [150.0, 100.0, 150.0], 1, {}),
        ([150.0] * 15, 4, {}),
        ([None] + [10.0] * 14, 2, {}),
        ([91.0] * 15, 2, {}),
        ([10.0] * 15, 1, {}),
        ([10.0] * 15, 2, {"DisableScaleIn": True}),
        ([10.0] * 15, 2, {"suspended": {"DynamicScalingInSuspended": True}}),
        ([150.0] * 15, 1, {"suspended": {"DynamicScalingOutSuspended": True}}),
    ],
    ids=[
        "no-requests",
        "two-minutes",
        "a-minute-without",
        "a-minute-at-the-target",
        "at-most",
        "fourteen-minutes",
        "nearly-enough",
        "at-least",
        "disabled",
        "in-suspended",
        "out-suspended",
    ],
)
def test_the_number_stays(minutes: list[float | None], current: int, more: dict[str, Any]) -> None:
    assert outcome(minutes, current, **more) is None

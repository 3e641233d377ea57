"""Limits that can be told from the definition alone."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, Example, Rule, one_state

_QUOTAS = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
_DEFINITION_CHARACTERS = 1_048_576
_EXPRESS = {"type": "EXPRESS"}


def _wait(seconds: int) -> dict[str, Any]:
    return one_state({"Type": "Wait", "Seconds": seconds, "End": True})


def _task(timeout_s: int) -> dict[str, Any]:
    function = "arn:aws:lambda:eu-west-1:123456789012:function:judge"
    return one_state({"Type": "Task", "Resource": function, "TimeoutSeconds": timeout_s, "End": True})


DEFINITION_TOO_LARGE = Rule(
    "definition-too-large",
    "limits",
    FAILURE,
    "The definition has more than 1 MiB.",
    "AWS refuses larger definitions. Move parts into machines of their own, started with startExecution.",
    _QUOTAS,
    Example({"Comment": "x" * _DEFINITION_CHARACTERS, **_wait(1)}),
    Example({"Comment": "x", **_wait(1)}),
)

WAIT_TOO_LONG = Rule(
    "wait-too-long",
    "limits",
    FAILURE,
    "A Wait of more than a year.",
    "An execution ends after a year at the latest, so the Wait never comes to its end.",
    _QUOTAS,
    Example(_wait(31_536_001)),
    Example(_wait(31_536_000)),
)

EXPRESS_TOO_LONG = Rule(
    "express-too-long",
    "limits",
    FAILURE,
    "A Wait of more than five minutes in an Express machine.",
    "An Express execution ends after five minutes, so the Wait never comes to its end. Use a Standard "
    "machine.",
    _QUOTAS,
    Example(_wait(301), _EXPRESS),
    Example(_wait(60), _EXPRESS),
)

TIMEOUT_TOO_LONG = Rule(
    "timeout-too-long",
    "limits",
    FAILURE,
    "A timeout or heartbeat above 99,999,999 seconds.",
    "That is the largest number AWS takes, and what it assumes without a timeout.",
    _QUOTAS,
    Example(_task(100_000_000)),
    Example(_task(99_999_999)),
)

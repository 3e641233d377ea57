"""Retries: Retry, Catch, timeouts and heartbeats."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, WARNING, Example, Rule, one_state

_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
_TASK = "https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html"
_FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:judge"
_QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/approvals"


def _task(**fields: Any) -> Example:
    return Example(one_state({"Type": "Task", "Resource": _FUNCTION, **fields, "End": True}))


def _retry(*retriers: dict[str, Any]) -> Example:
    return _task(Retry=list(retriers))


def _approval(**fields: Any) -> Example:
    message = {"QueueUrl": _QUEUE, "MessageBody": {"token.$": "$$.Task.Token"}}
    return _task(Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken", Parameters=message, **fields)


ERROR_NAME_UNKNOWN = Rule(
    "error-name-unknown",
    "retries",
    FAILURE,
    "An error name begins with States. and does not exist.",
    "Such a name is never reported, so the retrier or catcher never acts. Names that do not begin with "
    "States. are free: they are what tasks report.",
    _ERRORS,
    _retry({"ErrorEquals": ["States.Default"]}),
    _retry({"ErrorEquals": ["States.ALL"]}),
)

STATES_ALL_POSITION = Rule(
    "states-all-position",
    "retries",
    FAILURE,
    "States.ALL is not alone or not last.",
    "States.ALL stands alone in its ErrorEquals, and its retrier or catcher is the last; AWS refuses it "
    "elsewhere.",
    _ERRORS,
    _retry({"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["Lambda.TooManyRequestsException"]}),
    _retry({"ErrorEquals": ["Lambda.TooManyRequestsException"]}, {"ErrorEquals": ["States.ALL"]}),
)

RETRIER_UNREACHABLE = Rule(
    "retrier-unreachable",
    "retries",
    WARNING,
    "Every error of this retrier is taken by an earlier one.",
    "The first retrier that names the error decides, even when its attempts are used up. States.TaskFailed "
    "stands for every error of a task but States.Timeout.",
    _ERRORS,
    _retry({"ErrorEquals": ["States.TaskFailed"]}, {"ErrorEquals": ["Lambda.TooManyRequestsException"]}),
    _retry({"ErrorEquals": ["Lambda.TooManyRequestsException"]}, {"ErrorEquals": ["States.TaskFailed"]}),
)

CATCHER_UNREACHABLE = Rule(
    "catcher-unreachable",
    "retries",
    WARNING,
    "Every error of this catcher is taken by an earlier one.",
    "The first catcher that names the error decides. States.TaskFailed stands for every error of a task but "
    "States.Timeout.",
    _ERRORS,
    Example(
        one_state(
            {
                "Type": "Task",
                "Resource": _FUNCTION,
                "Catch": [
                    {"ErrorEquals": ["NoCandidate"], "Next": "Rejected"},
                    {"ErrorEquals": ["NoCandidate"], "Next": "Broken"},
                ],
                "Next": "Broken",
            },
            Rejected={"Type": "Succeed"},
            Broken={"Type": "Fail"},
        )
    ),
    Example(
        one_state(
            {
                "Type": "Task",
                "Resource": _FUNCTION,
                "Catch": [
                    {"ErrorEquals": ["NoCandidate"], "Next": "Rejected"},
                    {"ErrorEquals": ["States.ALL"], "Next": "Broken"},
                ],
                "End": True,
            },
            Rejected={"Type": "Succeed"},
            Broken={"Type": "Fail"},
        )
    ),
)

RETRY_VALUE = Rule(
    "retry-value",
    "retries",
    FAILURE,
    "A retrier's number is out of range.",
    "IntervalSeconds is at least 1, MaxAttempts at least 0, BackoffRate at least 1, MaxDelaySeconds more "
    "than IntervalSeconds and at most a year; JitterStrategy is FULL or NONE.",
    _ERRORS,
    _retry({"ErrorEquals": ["States.ALL"], "BackoffRate": 0.5}),
    _retry({"ErrorEquals": ["States.ALL"], "BackoffRate": 1}),
)

HEARTBEAT_NOT_SHORTER = Rule(
    "heartbeat-not-shorter",
    "retries",
    FAILURE,
    "HeartbeatSeconds is not shorter than TimeoutSeconds.",
    "The timeout comes first, so the heartbeat never does its work; AWS refuses it.",
    _TASK,
    _task(TimeoutSeconds=60, HeartbeatSeconds=300),
    _task(TimeoutSeconds=300, HeartbeatSeconds=60),
)

TOKEN_WITHOUT_TIMEOUT = Rule(
    "token-without-timeout",
    "retries",
    WARNING,
    "A task waits for its token without a timeout.",
    "If whoever holds the token never answers, the execution hangs for up to a year. Give TimeoutSeconds or "
    "HeartbeatSeconds, and a Catch for States.Timeout.",
    _TASK,
    _approval(),
    _approval(TimeoutSeconds=86400),
)

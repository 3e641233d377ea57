"""Integrations: which services a task can call, and in which way."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, WARNING, Example, Rule, one_state

_GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg/"
_TOKEN = {"token.$": "$$.Task.Token"}
_QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/approvals"


def _task(resource: str, parameters: dict[str, Any] | None = None, kind: str = "") -> Example:
    state = {
        "Type": "Task",
        "Resource": resource,
        **({} if parameters is None else {"Parameters": parameters}),
        "TimeoutSeconds": 60,
        "End": True,
    }
    return Example(one_state(state), {"type": kind} if kind else {})


def _call(resource: str, parameters: dict[str, Any], kind: str = "") -> Example:
    return _task(f"arn:aws:states:::{resource}", parameters, kind)


def _ask(pattern: str, body: Any, kind: str = "") -> Example:
    return _call(f"sqs:sendMessage{pattern}", {"QueueUrl": _QUEUE, "MessageBody": body}, kind)


RESOURCE_SYNTAX = Rule(
    "resource-syntax",
    "integrations",
    FAILURE,
    "Resource is no ARN of an integration, a function or an activity.",
    "An integration is arn:aws:states:::service:action, with .sync or .waitForTaskToken behind it where the "
    "service has that; a call of any AWS API is arn:aws:states:::aws-sdk:service:action.",
    f"{_GUIDE}connect-to-resource.html",
    _task("judge"),
    _task("arn:aws:lambda:eu-west-1:123456789012:function:judge"),
)

SERVICE_UNKNOWN = Rule(
    "service-unknown",
    "integrations",
    FAILURE,
    "There is no such service to call.",
    "Behind aws-sdk: a service is called as in the SDK for Java 2: sfn, cloudwatchlogs, eventbridge, "
    "cognitoidentityprovider. Without aws-sdk: there are some twenty, made by hand.",
    f"{_GUIDE}supported-services-awssdk.html",
    _call("aws-sdk:logs:createLogGroup", {"LogGroupName": "/jobs"}),
    _call("aws-sdk:cloudwatchlogs:createLogGroup", {"LogGroupName": "/jobs"}),
)

ACTION_UNKNOWN = Rule(
    "action-unknown",
    "integrations",
    FAILURE,
    "The service has no such action, or it cannot be called from a machine.",
    "Actions begin with a small letter: getParameter. Those that send or answer a stream cannot be called. "
    "An optimised integration has few actions; aws-sdk: has all others of that service.",
    f"{_GUIDE}integrate-optimized.html",
    _call("aws-sdk:ssm:getParam", {"Name": "/model"}),
    _call("aws-sdk:ssm:getParameter", {"Name": "/model"}),
)

PATTERN_UNSUPPORTED = Rule(
    "pattern-unsupported",
    "integrations",
    FAILURE,
    "The action cannot be waited for in this way.",
    "Only jobs have .sync, and only where the integration is made by hand; calls through aws-sdk: never. "
    "To wait for those, look again in a loop with a Wait.",
    f"{_GUIDE}integrate-optimized.html",
    _call("aws-sdk:sagemaker:deleteEndpoint.sync", {"EndpointName": "cars"}),
    _call("aws-sdk:sagemaker:deleteEndpoint", {"EndpointName": "cars"}),
)

PATTERN_IN_EXPRESS = Rule(
    "pattern-in-express",
    "integrations",
    FAILURE,
    "An express workflow cannot wait for a job, a token or an activity.",
    "Express workflows, and such children of a distributed Map, only take the answer of the call.",
    f"{_GUIDE}choosing-workflow-type.html",
    _ask(".waitForTaskToken", _TOKEN, "EXPRESS"),
    _ask("", {"state": "done"}, "EXPRESS"),
)

TOKEN_NOT_PASSED = Rule(
    "token-not-passed",
    "integrations",
    FAILURE,
    "A task that waits for its token never gives the token away.",
    "Nobody can answer, so it waits until its timeout, or for a year. Pass $$.Task.Token, in JSONata "
    "$states.context.Task.Token.",
    f"{_GUIDE}connect-to-resource.html#connect-wait-token",
    _ask(".waitForTaskToken", {"question": "deploy?"}),
    _ask(".waitForTaskToken", {"question": "deploy?", **_TOKEN}),
)

TOKEN_WITHOUT_WAIT = Rule(
    "token-without-wait",
    "integrations",
    FAILURE,
    "A token is read in a task that does not wait for one.",
    "The context has a token only in tasks whose Resource ends in .waitForTaskToken; elsewhere the path does "
    "not exist and the execution fails.",
    f"{_GUIDE}connect-to-resource.html#connect-wait-token",
    _ask("", _TOKEN),
    _ask(".waitForTaskToken", _TOKEN),
)


def _then_judge(resource: str) -> Example:
    start = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Parameters": {"JobName": "prepare"},
        "TimeoutSeconds": 3600,
        "Next": "Judge",
    }
    function = "arn:aws:lambda:eu-west-1:123456789012:function:judge"
    judge = {"Type": "Task", "Resource": function, "TimeoutSeconds": 60, "End": True}
    return Example(one_state(start, Judge=judge))


JOB_NOT_AWAITED = Rule(
    "job-not-awaited",
    "integrations",
    WARNING,
    "A job is started, and the machine goes on without knowing whether it has ended.",
    "Without .sync the task ends as soon as the service has taken the request. Nothing is said where a Wait, "
    "a token or another machine follows, where such jobs are described, or where only a message follows. It "
    "is a failure where something is read of the answer that only the ended job has.",
    f"{_GUIDE}connect-to-resource.html#connect-sync",
    _then_judge("glue:startJobRun"),
    _then_judge("glue:startJobRun.sync"),
)


def _retry(name: str) -> Example:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::glue:startJobRun.sync",
        "Parameters": {"JobName": "prepare"},
        "Retry": [{"ErrorEquals": [name]}],
        "TimeoutSeconds": 3600,
        "End": True,
    }
    return Example(one_state(state))


ERROR_NAME_NEAR = Rule(
    "error-name-near",
    "integrations",
    WARNING,
    "Retry or Catch names an error that the service does not have, but one that is spelled nearly so.",
    "The names are compared letter by letter, so this one never matches. Before the dot stands the service, "
    "behind it the exception of the SDK for Java 2.",
    f"{_GUIDE}concepts-error-handling.html",
    _retry("Glue.ConcurrentRunExceededException"),
    _retry("Glue.ConcurrentRunsExceededException"),
)

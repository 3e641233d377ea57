"""Names of errors in Retry and Catch: whether one is meant that the service has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from stepmill.check.finding import Findings, pointer
from stepmill.check.likeness import close_matches
from stepmill.check.rules.integrations import ERROR_NAME_NEAR
from stepmill.check.services import forms
from stepmill.check.services.resources import Integration, Invocation, Resource
from stepmill.check.services.spelling import pascal
from stepmill.check.subject import TaskView

NEAR = 0.9

# What every service can answer, and what the SDK for Java itself raises.
# Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html,
# https://sdk.amazonaws.com/java/api/latest/software/amazon/awssdk/core/exception/package-summary.html
_ANYWHERE = frozenset(
    {
        "AbortedException", "AccessDenied", "AccessDeniedException", "ApiCallAttemptTimeoutException",
        "ApiCallTimeoutException", "ClientExecutionTimeoutException", "ExpiredTokenException",
        "InternalError", "InternalErrorException", "InternalFailure", "InternalFailureException",
        "InternalServerError", "InternalServerErrorException", "InternalServerException",
        "InternalServiceError", "InternalServiceException", "LimitExceededException", "RequestLimitExceeded",
        "RequestLimitExceededException", "RequestTimeout", "RequestTimeoutException", "ResourceNotFound",
        "ResourceNotFoundException", "SdkBaseException", "SdkClientException", "SdkException",
        "SdkServiceException", "ServerException", "ServiceException", "ServiceUnavailable",
        "ServiceUnavailableException", "SlowDown", "ThrottledException", "Throttling", "ThrottlingException",
        "TooManyRequests", "TooManyRequestsException", "Unknown", "UnknownError",
        "UnrecognizedClientException", "ValidationError", "ValidationException",
    }
)  # fmt: skip

# An integration's service -> what stands before the dot, in small letters, besides the service's name.
_PREFIXES = {
    "elasticmapreduce": ("emr",),
    "events": ("eventbridge",),
    "lambda": ("runtime", "sandbox"),
    "sfn": ("stepfunctions",),
    "states": ("stepfunctions", "sfn"),
}


# What Lambda itself reports of a function, by what stands before the dot. A handler may raise others.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
_OF_LAMBDA = {
    "Runtime": frozenset(
        {
            "ExitError", "HandlerNotFound", "ImportModuleError", "InvalidEntrypoint", "InvalidWorkingDir",
            "MarshalError", "UnmarshalError", "UserCodeSyntaxError",
        }
    ),
    "Sandbox": frozenset({"Timedout"}),
}  # fmt: skip


def check_errors(task: TaskView, found: Resource, findings: Findings) -> None:
    call = Integration("lambda", "invoke") if isinstance(found, Invocation) else found
    if not isinstance(call, Integration):
        return
    prefixes = (call.service.replace("-", ""), *_PREFIXES.get(call.service, ()))
    for at, written in _names(task):
        prefix, _, name = written.partition(".")
        if prefix.lower() not in prefixes or not name:
            continue
        known = known_errors(call, prefix)
        close = _near(name, known)
        if close:
            field = at.strip("/").replace("/", ".")
            meant = f"{prefix}.{close[0]}"
            message = (
                f"States.{task.state}: {field} names {written!r}, which is not known; did you mean {meant}?"
            )
            findings.add(
                ERROR_NAME_NEAR,
                task.pointer + at,
                message,
                state=task.state,
                available=(meant,),
                meant=written,
            )


@lru_cache(maxsize=1024)
def known_errors(call: Integration, prefix: str) -> frozenset[str]:
    """The names that can stand behind the prefix, those of the model as the SDK for Java spells them.

    There may be others: a model does not list all.
    """
    if prefix in _OF_LAMBDA:
        return _OF_LAMBDA[prefix]
    operation = forms.operation(call)
    known = {f"{owner}{prefix}Exception" for owner in ("", "Amazon", "AWS")}
    for error in operation.errors if operation is not None else ():
        stem = next(
            (error.removesuffix(it) for it in ("Exception", "Fault", "Error") if error.endswith(it)), error
        )
        known |= {error, f"{error}Exception", f"{stem}Exception", f"{pascal(stem)}Exception"}
    return _ANYWHERE | known


def _near(name: str, known: frozenset[str]) -> list[str]:
    """The known name that is meant by one that is not known: the same in other letters, or a near one."""
    if name in known:
        return []
    same = [each for each in known if each.lower() == name.lower()]
    return sorted(same) or close_matches(name, known, cutoff=NEAR)


def _names(task: TaskView) -> Iterator[tuple[str, str]]:
    for field in ("Retry", "Catch"):
        rules = task.raw.get(field)
        for index, rule in enumerate(rules if isinstance(rules, list) else []):
            names = rule.get("ErrorEquals") if isinstance(rule, dict) else None
            for position, name in enumerate(names if isinstance(names, list) else []):
                if isinstance(name, str) and "${" not in name:
                    yield pointer(field, index, "ErrorEquals", position), name

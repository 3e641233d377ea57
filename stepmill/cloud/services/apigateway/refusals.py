"""What API Gateway itself answers when a request does not reach its function, in its own words."""

import json


class Refused(Exception):
    """Raised anywhere on a request's way; `kind` goes into the header x-amzn-ErrorType."""

    def __init__(self, status: int, message: str, kind: str, *, member: str = "message") -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.body = json.dumps({member: message}, separators=(",", ":")).encode()


def no_token() -> Refused:
    """An unknown route answers so too."""
    return Refused(403, "Missing Authentication Token", "MissingAuthenticationTokenException")


def forbidden() -> Refused:
    return Refused(403, "Forbidden", "ForbiddenException")


def too_many() -> Refused:
    return Refused(429, "Too Many Requests", "TooManyRequestsException")


def quota_used_up() -> Refused:
    return Refused(429, "Limit Exceeded", "LimitExceededException")


def too_long() -> Refused:
    return Refused(413, "Request Too Long", "RequestTooLongException")


def bad_request(message: str) -> Refused:
    return Refused(400, message, "BadRequestException")


def internal(status: int = 500) -> Refused:
    """502 for an answer of the function that cannot be passed on."""
    kind = "InternalServerErrorException" if status == 500 else "BadGatewayException"
    return Refused(status, "Internal server error", kind)


def timed_out() -> Refused:
    return Refused(504, "Endpoint request timed out", "GatewayTimeoutException")

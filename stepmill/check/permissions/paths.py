"""Calls that IAM allows by the method and path of their requests, as it does API Gateway's management.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
"""

from __future__ import annotations

from collections.abc import Iterator

from stepmill.check.patterns import late_pattern
from stepmill.check.permissions.actions import request_of
from stepmill.check.permissions.arguments import ANYTHING, Arguments, plain, products

_PLACE = late_pattern(r"\{([^}]+)\}")
_SYMBOL = late_pattern(r"\$\{[^}]*\}")


def of_request(service: str, operation: str, arguments: Arguments) -> Iterator[tuple[str, str]]:
    """(action, ARN) of what one call asks for; nothing when IAM does not know it so."""
    request = request_of(service, operation)
    if request is None:
        return
    method, path = request
    # The literal texts are at the even places.
    choices = [_segments(arguments, part) if at % 2 else [part] for at, part in enumerate(_PLACE.split(path))]
    for parts in products(choices):
        yield f"apigateway:{method}", f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::{''.join(parts)}"


def _segments(arguments: Arguments, place: str) -> list[str]:
    """What the place may hold. A text with a slash or colon, such as an ARN, is written otherwise there."""
    texts = arguments.called(plain(place)) or [ANYTHING]
    return [ANYTHING if {"/", ":"} & set(_SYMBOL.sub("", text)) else text for text in texts]

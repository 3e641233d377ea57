"""Lambda functions as tasks.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

import json
from typing import Any

UNKNOWN = "Lambda.Unknown"


def function_error(payload: bytes) -> tuple[str, str]:
    """Error name and cause of an invocation that failed inside the function or its sandbox."""
    text = payload.decode("utf-8", "replace")
    try:
        kind = json.loads(text)["errorType"]
    except (ValueError, KeyError, TypeError):
        return UNKNOWN, text
    return (kind if isinstance(kind, str) and kind else UNKNOWN), text


def parsed(payload: bytes) -> Any:
    """What the function returned; text that is no JSON stays text."""
    if not payload:
        return None
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")

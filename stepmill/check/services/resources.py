"""What a Task's Resource names: an integration, a function, an activity; or a text nobody can read yet.

It says how the text is put together, not whether such a service or action exists (integrations.py does).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from stepmill.check.patterns import late_pattern
from stepmill.check.records import dataclass
from stepmill.check.shapes.shape import Shape, String

HOLE = "\x00"  # stands for one ${token}: its own colons would spoil the splitting

_TOKEN = late_pattern(r"\$\{[^{}]*\}")
_MARK = late_pattern(r"\{\{|\}\}|<[^<>]*>|[%@#$]|__|^[A-Z][A-Z0-9_]*$|\{|\}")
_REPLACED = late_pattern(
    r"\$\{|\{\{|<[^<>]+>|%\(?[A-Za-z_]+\)?[%s]|__[A-Za-z0-9_]+__|@@|#\{|\{[A-Za-z_][A-Za-z0-9_ -]*\}"
)
_REGION = late_pattern(r"[a-z]{2}(-[a-z]+)+-\d|\*?")
_ACCOUNT = late_pattern(r"\d{12}|aws|\*?")
_PARTITION = late_pattern(rf"aws(-[a-z]+)*|{HOLE}")
_INTEGRATION = late_pattern(r"(?P<service>[^:]+):(?P<action>[^:.]+)(?:\.(?P<pattern>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Integration:
    """pattern: "" (the answer of the call), "sync", "sync:2" or "waitForTaskToken", or what stands there."""

    service: str
    action: str
    pattern: str = ""
    is_sdk: bool = False

    @property
    def name(self) -> str:
        """As messages call it: "sagemaker:createTrainingJob", "aws-sdk:ssm:getParameter"."""
        return f"{'aws-sdk:' if self.is_sdk else ''}{self.service}:{self.action}"


@dataclass(frozen=True, slots=True)
class Invocation:
    """A Lambda function called by its own ARN: its event is the whole input, the result what it returns."""

    function: str


@dataclass(frozen=True, slots=True)
class Activity:
    arn: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """Filled at deployment, or a placeholder of another tool."""

    text: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """No Resource of a Task. reason: what is wrong with it and what is allowed."""

    text: str
    reason: str


Resource: TypeAlias = Integration | Invocation | Activity | Opaque | Malformed


@lru_cache(maxsize=4096)
def resource(text: str) -> Resource:
    """Reads a Resource; never raises."""
    plain = _TOKEN.sub(HOLE, text.strip())
    if not plain.startswith("arn:"):
        if HOLE in plain or _MARK.search(plain) or not plain:
            return Opaque(text)
        return Malformed(text, "is no ARN; give the ARN of an integration, function or activity")
    parts = plain.split(":")
    if len(parts) < 6:
        return (
            Opaque(text) if _is_open(plain) else Malformed(text, "is cut off; an ARN has six parts or more")
        )
    if not _PARTITION.fullmatch(parts[1]) and not _MARK.search(parts[1]):
        return Malformed(text, f"has the partition {parts[1]!r}; use aws, aws-cn or aws-us-gov")
    if HOLE in parts[2]:
        return Opaque(text)
    if parts[2] == "states":
        return _states(text, parts)
    if parts[2] == "lambda":
        return _function(text, parts)
    return Malformed(
        text, f"names {parts[2]}; a Task calls arn:aws:states:::service:action, a function or an activity"
    )


def resolved(text: str, substitutions: Mapping[str, Shape]) -> str:
    """The text with the values of its tokens; those of which no single text is known stay."""

    def value(match: re.Match[str]) -> str:
        shape = substitutions.get(match[0][2:-1])
        known = literal(shape) if shape is not None else None
        return match[0] if known is None else known

    return _TOKEN.sub(value, text)


def literal(shape: Shape) -> str | None:
    """A text that is known before the machine runs; tokens in it stand for themselves."""
    if isinstance(shape, String) and shape.values is not None and len(shape.values) == 1:
        return next(iter(shape.values))
    if isinstance(shape, String) and shape.pieces:
        parts = [piece if isinstance(piece, str) else piece.token for piece in shape.pieces]
        return "".join(parts) if all(parts) else None
    return None


def _states(text: str, parts: list[str]) -> Resource:
    rest = ":".join(parts[5:])
    if rest.startswith("activity:"):
        return Activity(text)
    if rest.startswith(HOLE):
        return Opaque(text)
    if parts[3] or parts[4]:
        if rest.startswith(("stateMachine:", "execution:")):
            return Malformed(text, "is a state machine; call it with arn:aws:states:::states:startExecution")
        if _is_open(text):
            return Opaque(text)
        return Malformed(text, "has a region or an account; an integration has neither: arn:aws:states:::…")
    is_sdk = rest.startswith("aws-sdk:")
    found = _INTEGRATION.fullmatch(rest.removeprefix("aws-sdk:"))
    if found is None:
        if _is_open(text):
            return Opaque(text)
        return Malformed(text, "is not of the form arn:aws:states:::service:action or …:action.pattern")
    if any(HOLE in (part or "") or _MARK.search(part or "") for part in found.groups()):
        return Opaque(text)
    return Integration(found["service"], found["action"], found["pattern"] or "", is_sdk)


def _function(text: str, parts: list[str]) -> Resource:
    if parts[5] != "function" and HOLE not in parts[5] and not _MARK.search(parts[5]):
        return Malformed(text, f"has {parts[5]!r} where 'function' stands in a function's ARN")
    if len(parts) not in (7, 8) or not all(parts[6:]):
        return Opaque(text) if _is_open(text) else Malformed(text, "lacks the function's name")
    return Invocation(text)


def _is_open(text: str) -> bool:
    """Something in it is filled by whoever deploys it."""
    return "${" in text or HOLE in text or bool(_MARK.search(text))


def is_placeholder(text: str) -> bool:
    """A literal that a tool or a person replaces before it is deployed, such as <account-id> or {{Queue}}."""
    if _REPLACED.search(text):
        return True
    if not text.startswith("arn:"):
        return False
    parts = text.split(":") + [""] * 5
    return not (_REGION.fullmatch(parts[3]) and _ACCOUNT.fullmatch(parts[4]))

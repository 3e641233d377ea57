"""What the checker knows of AWS services: which calls there are, what they take, what they answer."""

from stepmill.check.services.resources import (
    Activity,
    Integration,
    Invocation,
    Malformed,
    Opaque,
    Resource,
    resource,
)
from stepmill.check.services.responses import output
from stepmill.check.services.tasks import answer, check_task

__all__ = [
    "Activity",
    "Integration",
    "Invocation",
    "Malformed",
    "Opaque",
    "Resource",
    "answer",
    "check_task",
    "output",
    "resource",
]

"""A Task state that calls a service, and the checks its parameters share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from stepmill.asl.errors import AslError
from stepmill.asl.expressions import is_dynamic
from stepmill.asl.states import Task

if TYPE_CHECKING:
    from typing import Any

    from stepmill.asl.fields import TaskOptions

ARN = "arn:aws:states:::"  # Machine(partition=...) moves it


def call(
    state_id: str,
    resource: str,
    parameters: Mapping[str, Any],
    options: TaskOptions,
    *,
    required: tuple[str, ...] = (),
) -> Task:
    """The Task of `arn:aws:states:::<resource>` with the parameters that are not None.

    Raises: AslError when one of `required` is None or empty.
    """
    given = {name: value for name, value in parameters.items() if value is not None}
    missing = [name for name in required if given.get(name) in (None, "", {}, [])]
    if missing:
        raise AslError(f"States.{state_id}: Parameters lack {', '.join(missing)}; {resource} requires it")
    return Task(state_id, resource=ARN + resource, parameters=given, **options)


def exactly_one(state_id: str, where: str, given: Mapping[str, Any]) -> None:
    """Raises: AslError unless exactly one of the members is given (a path counts)."""
    names = [name for name, value in given.items() if value is not None]
    if len(names) != 1:
        what = f"has {' and '.join(names)}" if names else "has none"
        raise AslError(f"States.{state_id}: {where} {what} of {', '.join(given)}; give exactly one")


def members(value: object) -> Mapping[str, Any] | None:
    """The members of an object given in full; None when it is a path, known only when the machine runs."""
    if not isinstance(value, Mapping):
        return None
    return {str(name).removesuffix(".$"): item for name, item in value.items()}


def check_name(state_id: str, field: str, value: object, pattern: str, rule: str) -> None:
    """A name written out in full matches the service's pattern. A ${Token} is filled at deployment."""
    if value is None or is_dynamic(value) or (isinstance(value, str) and "${" in value):
        return
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise AslError(f"States.{state_id}: Parameters.{field} is {value!r}; use {rule}")


def pattern_of(*, wait: bool, task_token: bool = False) -> str:
    """The end of an integration's ARN."""
    return ".sync" if wait else ".waitForTaskToken" if task_token else ""

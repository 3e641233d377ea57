"""Pass, Succeed, Fail, Wait and Task: the states without states inside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stepmill.asl import render, sdk
from stepmill.asl.block import ExtendedState, pascal
from stepmill.asl.errors import AslError
from stepmill.asl.expressions import is_dynamic
from stepmill.asl.fields import ExtraField
from stepmill.asl.intrinsics import Intrinsic

if TYPE_CHECKING:
    from typing import Any, Unpack

    from stepmill.asl.fields import FailFields, FlowFields, PassFields, TaskFields, WaitFields

# Source: https://states-language.net/spec.html#timestamps
_MOMENT = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z|\{%|\$\{)"  # or filled in later
ALL_STATES = (ExtraField.QueryLanguage,)
FLOW = (*ALL_STATES, ExtraField.Output)
ASSIGN = (*FLOW, ExtraField.Assign)
WORK = (*ASSIGN, ExtraField.ResultSelector)


def whole_parameters_as_input_path(fields: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    """Parameters that are one path say the same as InputPath, which ASL can write."""
    value = fields.get(name)
    if not is_dynamic(value):
        return fields
    field = pascal(name)
    if isinstance(value, Intrinsic):
        raise AslError(f"{where}: {field} is {value.text}; ASL wants an object: {{'name': {value!r}}}")
    if "input_path" in fields:
        raise AslError(f"{where}: {field} is a path beside InputPath; join them into one path")
    return {**{key: item for key, item in fields.items() if key != name}, "input_path": value}


class Pass(ExtendedState, sdk.Pass):
    """Passes on its input, `result`, or what `parameters` build. A `result` with paths becomes Parameters."""

    extra = ASSIGN

    def __init__(self, state_id: str, **fields: Unpack[PassFields]) -> None:
        given: dict[str, Any] = dict(fields)
        if render.holds_dynamic(given.get("result")):
            if given.get("parameters") is not None:
                raise AslError(
                    f"States.{state_id}: Result holds paths beside Parameters; join them in Parameters"
                )
            given["parameters"] = given.pop("result")
        super().__init__(
            state_id, **whole_parameters_as_input_path(given, "parameters", f"States.{state_id}")
        )

    def problems(self) -> list[str]:
        if "result" in self.fields and "parameters" in self.fields:
            return [f"{self.where}: Result stands beside Parameters, which it overrides; keep one"]
        return super().problems()


class Succeed(ExtendedState, sdk.Succeed):
    """Ends the machine (or the branch) well."""

    extra = FLOW

    def __init__(self, state_id: str, **fields: Unpack[FlowFields]) -> None:
        super().__init__(state_id, **fields)


class Fail(ExtendedState, sdk.Fail):
    """Ends the machine as FAILED with `error` and `cause`, fixed or taken from the input."""

    extra = (*ALL_STATES, ExtraField.ErrorPath, ExtraField.CausePath)

    def __init__(self, state_id: str, **fields: Unpack[FailFields]) -> None:
        super().__init__(state_id, **fields)


class Wait(ExtendedState, sdk.Wait):
    """Waits `seconds`, or until `timestamp` (RFC 3339, such as 2026-01-01T00:00:00Z)."""

    extra = ASSIGN

    def __init__(self, state_id: str, **fields: Unpack[WaitFields]) -> None:
        try:
            super().__init__(state_id, **fields)
        except AslError:
            raise
        except ValueError as error:
            raise AslError(
                f"States.{state_id}: Seconds, SecondsPath, Timestamp, TimestampPath: give exactly one"
            ) from error

    def problems(self) -> list[str]:
        problems = [*super().problems(), *self.seconds_problems("Seconds", self.seconds, low=0)]
        moment = self.timestamp
        if moment is not None and not re.match(_MOMENT, str(moment)):
            problems.append(f"{self.where}: Timestamp is {moment!r}; write it as 2026-01-01T00:00:00Z")
        return problems


class Task(ExtendedState, sdk.Task):
    """Work done by `resource`: a Lambda function's ARN, an integration's, or an activity's.

    The integrations (stepmill.asl.sagemaker and the others) write resource and parameters themselves.
    """

    extra = (*WORK, ExtraField.Arguments, ExtraField.Credentials)

    def __init__(self, state_id: str, *, resource: str, **fields: Unpack[TaskFields]) -> None:
        where = f"States.{state_id}"
        if is_dynamic(resource):
            raise AslError(
                f"{where}: Resource is {resource!r}, but ASL takes no path there; use "
                "lambda_invoke(function_name=...) or a ${Token} filled at deployment"
            )
        if not isinstance(resource, str) or not resource.startswith(("arn:", "${")):
            raise AslError(
                f"{where}: Resource is {resource!r}; give an ARN or a ${{Token}} filled at deployment"
            )
        given: dict[str, Any] = whole_parameters_as_input_path(dict(fields), "parameters", where)
        super().__init__(state_id, resource=resource, **given)

    def problems(self) -> list[str]:
        problems = [
            *super().problems(),
            *self.seconds_problems("TimeoutSeconds", self.timeout_seconds, low=1),
            *self.seconds_problems("HeartbeatSeconds", self.heartbeat_seconds, low=1),
        ]
        if (
            isinstance(self.heartbeat_seconds, int)
            and isinstance(self.timeout_seconds, int)
            and self.heartbeat_seconds >= self.timeout_seconds
        ):
            problems.append(
                f"{self.where}: HeartbeatSeconds is {self.heartbeat_seconds}, not below TimeoutSeconds "
                f"{self.timeout_seconds}; lower it"
            )
        return problems

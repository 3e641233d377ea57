"""The mix-ins over the SDK's blocks: today's fields, paths anywhere, one rendering in a stable order."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, ClassVar, TypeVar

from stepmill.asl import render, sdk
from stepmill.asl.errors import AslError, suggest
from stepmill.asl.expressions import StepInput, is_dynamic
from stepmill.asl.fields import ExtraField

NAME_LIMIT = 80
SECONDS_LIMIT = 99_999_999
# None in these is ASL's null; elsewhere it means "not given".
NULLABLE = ("input_path", "output_path", "result_path", "result")
_ORDER = (
    "Type", "Comment", "Version", "QueryLanguage", "Resource", "Credentials", "Condition", "InputPath",
    "ItemReader", "ItemsPath", "Items", "ItemBatcher", "ItemSelector", "MaxConcurrency",
    "MaxConcurrencyPath", "ToleratedFailureCount", "ToleratedFailureCountPath",
    "ToleratedFailurePercentage", "ToleratedFailurePercentagePath", "Label", "Parameters", "Arguments",
    "Result", "Seconds", "SecondsPath", "Timestamp", "TimestampPath", "Error", "ErrorPath", "Cause",
    "CausePath", "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds",
    "JitterStrategy", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds",
    "HeartbeatSecondsPath", "ResultSelector", "ResultWriter", "ResultPath", "Assign", "Output",
    "OutputPath", "Retry", "Catch", "Choices", "Default", "Branches", "ItemProcessor", "StartAt",
    "States", "Next", "End",
)  # fmt: skip
_RANK = {name: rank for rank, name in enumerate(_ORDER)}
_TEMPLATES = {
    "Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials",
    "ItemReader", "ItemBatcher", "ResultWriter",
}  # fmt: skip
# A path given for one of these is written to the field of the same name with Path at its end.
_WITH_PATH_FORM = (
    "seconds", "timestamp", "timeout_seconds", "heartbeat_seconds", "error", "cause", "items",
    "max_concurrency", "tolerated_failure_count", "tolerated_failure_percentage",
)  # fmt: skip
# The fields of each class: asked for at every attribute, and slow to ask an Enum for.
_NAMES: dict[type, tuple[str, ...]] = {}
_Attached = TypeVar("_Attached", bound=sdk.Block)


@functools.cache
def pascal(name: str) -> str:
    """`result_path` as ASL writes it: `ResultPath`."""
    return sdk.to_pascalcase(name)


def in_order(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as a reader wants them: what it is first, where it goes last."""
    return dict(sorted(fields.items(), key=lambda item: _RANK.get(item[0], _RANK["Condition"])))


def rendered(name: str, value: object, where: str) -> Any:
    """One field of a block as plain ASL."""
    if name in _TEMPLATES:
        return render.template(value, where)
    if name == "ResultPath":
        return render.reference_text(value, where)
    if name in ("ErrorPath", "CausePath"):
        return render.path_text(value, where, intrinsics=True)
    if name.endswith("Path"):
        return render.path_text(value, where)
    return render.static(value, where)


class Extended(sdk.Block):
    """Adds `extra` to the fields the SDK's class knows, and renders all of them."""

    extra: ClassVar[tuple[ExtraField, ...]] = ()

    def __getattr__(self, name: str) -> Any:
        # The SDK answers None to every name, so a slip of the pen reads as an absent field.
        fields = self.__dict__.get("fields", {})
        if name in fields:
            return fields[name]
        if not name.startswith("_") and name in self.field_names():
            return None
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    @property
    def where(self) -> str:
        return type(self).__name__

    def allowed_fields(self) -> list[Enum]:
        return [*super().allowed_fields(), *self.extra]

    def is_field_allowed(self, field_name: str) -> bool:
        return field_name in self.field_names()

    def field_names(self) -> tuple[str, ...]:
        names = _NAMES.get(type(self))
        if names is None:
            names = _NAMES[type(self)] = tuple(field.value for field in self.allowed_fields())
        return names

    def accepted(self, fields: dict[str, Any], where: str) -> dict[str, Any]:
        """The given fields without absent ones; a path given for `x` is moved to `x_path` where ASL has one.

        Raises: AslError for a field this block does not have.
        """
        known = self.field_names()
        result = {}
        for name, value in fields.items():
            if name not in known:
                raise AslError(
                    f"{where}: {name} is not a field of {type(self).__name__}; "
                    f"allowed: {', '.join(sorted(known))}{suggest(name, known)}"
                )
            if value is None and name not in NULLABLE:
                continue
            result[f"{name}_path" if is_dynamic(value) and name in _WITH_PATH_FORM else name] = value
        both = [
            name for name in _WITH_PATH_FORM if fields.get(name) is not None and fields.get(f"{name}_path")
        ]
        if both:
            raise AslError(f"{where}: {pascal(both[0])} is given fixed and as a path; keep one")
        return result

    def to_dict(self) -> dict[str, Any]:
        result = {}
        for name, value in self.fields.items():
            field = pascal(name)
            result[field] = rendered(field, value, f"{self.where}: {field}")
        return in_order(result)


class ExtendedState(Extended, sdk.State):
    """What all eight state types share."""

    def __init__(self, state_id: str, *, output_schema: dict[str, Any] | None = None, **fields: Any) -> None:
        if not isinstance(state_id, str) or not 1 <= len(state_id) <= NAME_LIMIT:
            raise AslError(
                f"States.{state_id!s:.100}: name has {len(str(state_id))} characters; use 1 to {NAME_LIMIT}"
            )
        super().__init__(state_id, **self.accepted(fields, f"States.{state_id}"))
        self.step_output = StepInput(schema=output_schema)
        self.step_output.source = self

    @property
    def where(self) -> str:
        return f"States.{self.state_id}"

    def next(self, next_step: sdk.State | sdk.Chain) -> sdk.State | sdk.Chain:
        """Set the state that follows, and return it, so that calls can be strung together.

        Raises: AslError when this state ends the machine, or already goes elsewhere (the SDK would drop
        that).
        """
        if self.state_type in ("Succeed", "Fail"):
            raise AslError(
                f"{self.where}: Next is {next_step.state_id!r}, but a {self.state_type} state ends the "
                "machine; go there from the state before it"
            )
        if self.next_step is not None and self.next_step.state_id != next_step.state_id:
            raise AslError(
                f"{self.where}: Next is already {self.next_step.state_id!r} and cannot also be "
                f"{next_step.state_id!r}; use a Choice"
            )
        self.next_step = next_step
        return next_step

    def add_retry(self, retry: sdk.Retry | Sequence[sdk.Retry]) -> None:
        self.retries.extend(self._attached(retry, sdk.Retry, "Retry"))

    def add_catch(self, catch: sdk.Catch | Sequence[sdk.Catch]) -> None:
        self.catches.extend(self._attached(catch, sdk.Catch, "Catch"))

    def _attached(
        self, given: _Attached | Sequence[_Attached], kind: type[_Attached], field: str
    ) -> list[_Attached]:
        if field.lower() not in self.field_names():
            raise AslError(
                f"{self.where}: {field} is not a field of a {self.state_type} state; put it on the task"
            )
        attached = []
        for block in given if isinstance(given, Sequence) else [given]:
            if not isinstance(block, kind):
                raise AslError(f"{self.where}: {field} holds {block!r}; give {field}(...) objects")
            attached.append(block)
        return attached

    def to_dict(self) -> dict[str, Any]:
        result = super().to_dict()
        if self.next_step is not None:
            result["Next"] = self.next_step.state_id
        elif self.state_type not in ("Succeed", "Fail", "Choice"):
            result["End"] = True
        if self.retries:
            result["Retry"] = self._each(self.retries)
        if self.catches:
            result["Catch"] = self._each(self.catches)
        return in_order(result)

    def _each(self, blocks: Iterable[sdk.Block]) -> list[dict[str, Any]]:
        try:
            return [block.to_dict() for block in blocks]
        except AslError as error:
            # "Catch: Assign.x is nan" becomes "States.T: Catch.Assign.x is nan".
            found = [f"{self.where}: {problem.replace(': ', '.', 1)}" for problem in error.problems]
            raise AslError(found) from error

    def problems(self) -> list[str]:
        """What is wrong with the state taken alone, each as `<where>: <field> <what>; <what to do>`."""
        problems = []
        for field, blocks in (("Retry", self.retries), ("Catch", self.catches)):
            for block in blocks[:-1]:
                if "States.ALL" in block.fields["error_equals"]:
                    problems.append(
                        f"{self.where}: {field} has States.ALL before its last entry; move that to the end"
                    )
        return problems

    def seconds_problems(self, field: str, value: object, *, low: int) -> list[str]:
        """A number of seconds that Step Functions takes, or a JSONata expression."""
        if value is None or (isinstance(value, str) and value.startswith("{%")):
            return []
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= SECONDS_LIMIT:
            return [f"{self.where}: {field} is {value!r}; use a whole number from {low} to {SECONDS_LIMIT}"]
        return []

"""Parallel and Map: the states with states inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stepmill.asl import sdk
from stepmill.asl.block import ExtendedState, in_order, pascal
from stepmill.asl.errors import AslError
from stepmill.asl.fields import ExtraField
from stepmill.asl.graph import Graph
from stepmill.asl.render import path_text
from stepmill.asl.states import WORK, whole_parameters_as_input_path

if TYPE_CHECKING:
    from enum import Enum
    from typing import Any, Unpack

    from stepmill.asl.fields import MapFields, ParallelFields

_DISTRIBUTED_ONLY = (
    "item_reader", "item_batcher", "result_writer", "label",
    "tolerated_failure_count", "tolerated_failure_count_path",
    "tolerated_failure_percentage", "tolerated_failure_percentage_path",
)  # fmt: skip
LABEL_LIMIT = 40


class Parallel(ExtendedState, sdk.Parallel):
    """Runs each branch on the same input; its result is the list of their outputs, in the branches' order."""

    extra = (*WORK, ExtraField.Arguments)

    def __init__(
        self,
        state_id: str,
        *,
        branches: Sequence[sdk.State | sdk.Chain] = (),
        **fields: Unpack[ParallelFields],
    ) -> None:
        given = whole_parameters_as_input_path(dict(fields), "parameters", f"States.{state_id}")
        super().__init__(state_id, **given)
        for branch in branches:
            self.add_branch(branch)

    def add_branch(self, branch: sdk.State | sdk.Chain) -> None:
        if not isinstance(branch, (sdk.State, sdk.Chain)):
            raise AslError(f"{self.where}: Branches holds {branch!r}; give states and chains")
        self.branches.append(branch)

    def to_dict(self) -> dict[str, Any]:
        result = super().to_dict()
        result["Branches"] = [Graph(branch).to_dict() for branch in self.branches]
        return in_order(result)

    def problems(self) -> list[str]:
        problems = super().problems()
        if not self.branches:
            problems.append(f"{self.where}: Branches is empty; add at least one")
        return problems


class Map(ExtendedState, sdk.Map):
    """Runs `item_processor` for each item of a list; its result is the list of their outputs.

    mode: "INLINE" (up to 40 items at once, in this execution's history) or "DISTRIBUTED" (a child execution
    each, of type `execution_type`). Only a distributed Map has item_reader, item_batcher, result_writer,
    tolerated failures and a label.
    """

    extra = (
        *WORK,
        *(
            ExtraField(name)
            for name in (*_DISTRIBUTED_ONLY, "items", "item_selector", "max_concurrency_path")
        ),
    )

    def __init__(
        self,
        state_id: str,
        *,
        item_processor: sdk.State | sdk.Chain | None = None,
        mode: str = "INLINE",
        execution_type: str | None = None,
        **fields: Unpack[MapFields],
    ) -> None:
        given: dict[str, Any] = {name: _paths_as_text(value, state_id) for name, value in fields.items()}
        super().__init__(state_id, **given)
        self.iterator = None
        self.mode = mode
        self.execution_type = execution_type
        if item_processor is not None:
            self.attach_iterator(item_processor)

    def allowed_fields(self) -> list[Enum]:
        # Their successors are item_selector and item_processor.
        old = ("parameters", "iterator")
        return [field for field in super().allowed_fields() if field.value not in old]

    def attach_iterator(self, iterator: sdk.State | sdk.Chain) -> None:
        if not isinstance(iterator, (sdk.State, sdk.Chain)):
            raise AslError(f"{self.where}: ItemProcessor is {iterator!r}; give a state or a chain")
        self.iterator = iterator

    def to_dict(self) -> dict[str, Any]:
        result = super().to_dict()
        config = {"Mode": self.mode}
        if self.execution_type is not None:
            config["ExecutionType"] = self.execution_type
        processor = {} if self.iterator is None else Graph(self.iterator).to_dict()
        result["ItemProcessor"] = {"ProcessorConfig": config, **processor}
        return in_order(result)

    def problems(self) -> list[str]:
        problems = super().problems()
        if self.iterator is None:
            problems.append(
                f"{self.where}: ItemProcessor is missing; give the state or chain to run for each item"
            )
        if self.mode not in ("INLINE", "DISTRIBUTED"):
            problems.append(
                f"{self.where}: ProcessorConfig.Mode is {self.mode!r}; use 'INLINE' or 'DISTRIBUTED'"
            )
        if self.mode == "INLINE":
            given = [name for name in _DISTRIBUTED_ONLY if name in self.fields]
            given += ["execution_type"] * (self.execution_type is not None)
            names = ", ".join(pascal(name) for name in given)
            if given:
                problems.append(
                    f"{self.where}: {names} stands on an inline Map; set mode='DISTRIBUTED' or drop it"
                )
        elif self.execution_type not in ("STANDARD", "EXPRESS"):
            problems.append(
                f"{self.where}: ProcessorConfig.ExecutionType is {self.execution_type!r}; "
                "use 'STANDARD' or 'EXPRESS'"
            )
        problems += self._number("MaxConcurrency", self.max_concurrency, None)
        problems += self._number("ToleratedFailureCount", self.tolerated_failure_count, None)
        problems += self._number("ToleratedFailurePercentage", self.tolerated_failure_percentage, 100)
        if self.label is not None and not 1 <= len(self.label) <= LABEL_LIMIT:
            problems.append(f"{self.where}: Label has {len(self.label)} characters; use 1 to {LABEL_LIMIT}")
        return problems

    def _number(self, field: str, value: object, high: int | None) -> list[str]:
        if value is None or (isinstance(value, str) and value.startswith("{%")):
            return []
        kinds = (int,) if high is None else (int, float)
        if isinstance(value, kinds) and not isinstance(value, bool) and 0 <= value <= (high or value):
            return []
        allowed = "a whole number of at least 0" if high is None else f"a number from 0 to {high}"
        return [f"{self.where}: {field} is {value!r}; use {allowed}"]


# Members of ItemReader and ItemBatcher that are paths themselves, not templates.
_PATH_MEMBERS = ("MaxItemsPath", "MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath")


def _paths_as_text(value: object, state_id: str) -> object:
    if not isinstance(value, Mapping):
        return value
    return {
        key: path_text(item, f"States.{state_id}: {key}")
        if key in _PATH_MEMBERS
        else _paths_as_text(item, state_id)
        for key, item in value.items()
    }

"""The states' fields: what today's ASL has beyond the SDK of 2022, and their types as keyword arguments."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stepmill.asl.expressions import Dynamic, Object, PathValue
    from stepmill.asl.retry import Catch, Retry


class ExtraField(Enum):
    """In the shape of the SDK's own `Field`: member in PascalCase, value in snake_case."""

    Comment = "comment"  # of a Retry and a Catch
    QueryLanguage = "query_language"
    ResultSelector = "result_selector"
    Arguments = "arguments"
    Output = "output"
    Assign = "assign"
    Credentials = "credentials"
    ErrorPath = "error_path"
    CausePath = "cause_path"
    MaxDelaySeconds = "max_delay_seconds"
    JitterStrategy = "jitter_strategy"
    Items = "items"
    ItemSelector = "item_selector"
    ItemReader = "item_reader"
    ItemBatcher = "item_batcher"
    ResultWriter = "result_writer"
    MaxConcurrencyPath = "max_concurrency_path"
    ToleratedFailureCount = "tolerated_failure_count"
    ToleratedFailureCountPath = "tolerated_failure_count_path"
    ToleratedFailurePercentage = "tolerated_failure_percentage"
    ToleratedFailurePercentagePath = "tolerated_failure_percentage_path"
    Label = "label"


class StateFields(TypedDict, total=False):
    """Every state."""

    comment: str
    query_language: str  # "JSONPath" or "JSONata"; the machine's by default


class FlowFields(StateFields, total=False):
    """Every state that passes data on. A path of None is ASL's null: an empty input, a dropped output.

    output_schema: what `state.output()` may be asked for, as nested dictionaries of types.
    """

    output_schema: dict[str, Any] | None
    input_path: PathValue
    output_path: PathValue
    output: object  # JSONata


class AssignFields(FlowFields, total=False):
    assign: Object  # variables set when the state ends


class PassFields(AssignFields, total=False):
    parameters: Object | Dynamic
    result: object  # None is JSON's null; with paths inside it is written as Parameters
    result_path: PathValue


class WaitFields(AssignFields, total=False):
    """Exactly one of the four. A path given as `seconds` or `timestamp` is written to the Path form."""

    seconds: int | Dynamic | str
    timestamp: str | Dynamic
    seconds_path: PathValue
    timestamp_path: PathValue


class FailFields(StateFields, total=False):
    error: str | Dynamic
    cause: str | Dynamic
    error_path: PathValue
    cause_path: PathValue


class WorkFields(AssignFields, total=False):
    """States that do work and may fail: Task, Parallel, Map."""

    result_selector: Object
    result_path: PathValue
    retry: Retry | Sequence[Retry] | None
    catch: Catch | Sequence[Catch] | None


class TaskOptions(WorkFields, total=False):
    """What an integration leaves to the caller."""

    timeout_seconds: int | Dynamic | str
    timeout_seconds_path: PathValue
    heartbeat_seconds: int | Dynamic | str
    heartbeat_seconds_path: PathValue
    credentials: Object


class TaskFields(TaskOptions, total=False):
    parameters: Object | Dynamic
    arguments: object  # JSONata


class ParallelFields(WorkFields, total=False):
    parameters: Object | Dynamic
    arguments: object  # JSONata


class MapFields(WorkFields, total=False):
    items_path: PathValue
    items: object  # JSONata
    item_selector: Object
    item_reader: Object
    item_batcher: Object
    result_writer: Object
    max_concurrency: int | Dynamic | str
    max_concurrency_path: PathValue
    tolerated_failure_count: int | Dynamic | str
    tolerated_failure_count_path: PathValue
    tolerated_failure_percentage: float | Dynamic | str
    tolerated_failure_percentage_path: PathValue
    label: str


class CatchFields(TypedDict, total=False):
    result_path: PathValue
    comment: str
    assign: Object
    output: object  # JSONata


class RetryFields(TypedDict, total=False):
    interval_seconds: int
    max_attempts: int
    backoff_rate: float
    max_delay_seconds: int
    jitter_strategy: str  # "FULL" or "NONE"
    comment: str

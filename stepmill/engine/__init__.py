"""Our interpreter of the Amazon States Language.

`Engine` runs executions on a journal; `run_machine` runs one with given answers and no journal.
Not yet: Distributed Map, JSONata, variables, task tokens, nested executions, redrive.
"""

from .clock import Clock, SystemClock, VirtualClock
from .engine import Engine
from .errors import (
    EngineError,
    EngineStopped,
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    InvalidDefinition,
    InvalidExecutionInput,
    InvalidName,
    TaskFailure,
)
from .execution import Execution
from .library import After, Result, run_machine
from .limits import check_input, check_name
from .machine import parse
from .task import TaskReport, TaskRequest, TaskRunner

__all__ = [
    "After",
    "Clock",
    "Engine",
    "EngineError",
    "EngineStopped",
    "Execution",
    "ExecutionAlreadyExists",
    "ExecutionDoesNotExist",
    "InvalidDefinition",
    "InvalidExecutionInput",
    "InvalidName",
    "Result",
    "SystemClock",
    "TaskFailure",
    "TaskReport",
    "TaskRequest",
    "TaskRunner",
    "VirtualClock",
    "check_input",
    "check_name",
    "parse",
    "run_machine",
]

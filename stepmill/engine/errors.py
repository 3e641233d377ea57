"""What can go wrong: in a state (goes through Retry and Catch), and in how the engine is called."""

RUNTIME = "States.Runtime"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
TASK_FAILED = "States.TaskFailed"
DATA_LIMIT = "States.DataLimitExceeded"
NO_CHOICE = "States.NoChoiceMatched"
INTRINSIC = "States.IntrinsicFailure"
RESULT_PATH = "States.ResultPathMatchFailure"


class StateError(Exception):
    """A state failed with this error name and cause, worded as history shows them."""

    def __init__(self, error: str, cause: str | None = None) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class Fault(StateError):
    """A state's own fields could not be evaluated; the run puts the state's name before the reason."""


class HistoryLimit(Exception):
    """The execution has no room for the event that would come next."""


class TaskFailure(Exception):
    """An answer to a task of `run_machine`: the task failed so."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class EngineError(Exception):
    """A call that the engine refuses."""


class EngineStopped(EngineError):
    """The engine is not running: not started, closed, or ended by a journal that cannot be written."""


class InvalidDefinition(EngineError):
    """`pointer` is where in the definition (`/States/Judge/Next`), `reason` what is wrong there."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"{pointer or '/'}: {reason}")
        self.pointer = pointer
        self.reason = reason


class InvalidName(EngineError):
    pass


class InvalidExecutionInput(EngineError):
    pass


class ExecutionAlreadyExists(EngineError):
    pass


class ExecutionDoesNotExist(EngineError):
    pass

"""One file per state type. A new type is a new file and a line here."""

from .choice import ChoiceState
from .fail import FailState
from .map import MapState
from .parallel import ParallelState
from .pass_ import PassState
from .state import State
from .succeed import SucceedState
from .task import TaskState
from .wait import WaitState

STATE_TYPES: dict[str, type[State]] = {
    "Choice": ChoiceState,
    "Fail": FailState,
    "Map": MapState,
    "Parallel": ParallelState,
    "Pass": PassState,
    "Succeed": SucceedState,
    "Task": TaskState,
    "Wait": WaitState,
}

__all__ = ["STATE_TYPES", "State"]

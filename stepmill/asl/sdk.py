"""The core states of the stepfunctions SDK 2.3.0, imported without the rest of it.

The SDK's package `__init__` needs sagemaker < 3 and pkg_resources, takes seconds and sets the root logger's
level. Its states, choice rules and placeholders need none of that, so the two packages whose `__init__` pulls
the rest are stood in for by bare shells that only know where their modules lie. A process that has already
imported the SDK the ordinary way keeps it. The rest of the room takes the SDK from here and nowhere else; the
types are in sdk.pyi.
"""

import importlib.util
import sys
import warnings
from types import ModuleType

_SHELLS = ("stepfunctions", "stepfunctions.steps")


def _enter_shells() -> None:
    if "stepfunctions" in sys.modules:
        return
    spec = importlib.util.find_spec("stepfunctions")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("stepmill.asl: the package stepfunctions is missing; install stepfunctions==2.3.0")
    [folder] = spec.submodule_search_locations
    for name in _SHELLS:
        shell = ModuleType(name, "A bare shell; see stepmill.asl.sdk.")
        shell.__path__ = [folder + name.removeprefix("stepfunctions").replace(".", "/")]
        sys.modules[name] = shell


_enter_shells()
with warnings.catch_warnings():
    # states.py compares a string with `is`; stepmill.asl.states overrides that method.
    warnings.simplefilter("ignore", SyntaxWarning)
    from stepfunctions.inputs.placeholders import ExecutionInput, Placeholder, StepInput
    from stepfunctions.steps.choice_rule import BaseRule, ChoiceRule, CompoundRule, NotRule, Rule
    from stepfunctions.steps.fields import Field
    from stepfunctions.steps.states import (
        Block,
        Catch,
        Chain,
        Choice,
        Fail,
        Graph,
        Map,
        Parallel,
        Pass,
        Retry,
        State,
        Succeed,
        Task,
        Wait,
        to_pascalcase,
    )

__all__ = [
    "BaseRule",
    "Block",
    "Catch",
    "Chain",
    "Choice",
    "ChoiceRule",
    "CompoundRule",
    "ExecutionInput",
    "Fail",
    "Field",
    "Graph",
    "Map",
    "NotRule",
    "Parallel",
    "Pass",
    "Placeholder",
    "Retry",
    "Rule",
    "State",
    "StepInput",
    "Succeed",
    "Task",
    "Wait",
    "to_pascalcase",
]

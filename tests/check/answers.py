"""An AWS that answers a machine's tasks with what the checker says that they may answer, errors included."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.session import get_session

from stepmill.check import services
from stepmill.check.shapes.shape import Shape
from stepmill.check.subject import TaskView
from stepmill.engine import After, TaskFailure
from tests.check.generated import Values

CAUSES = (
    "",
    "no JSON",
    "null",
    "[]",
    '{"errorMessage": "boom", "errorType": "Boom", "stackTrace": []}',
    '{"FailureReason": "out of memory"}',
    "Rate exceeded (Service: SageMaker, Status Code: 400)",
    "ä中😀" * 200,
)
PATH = re.compile(r"\$[\w.\[\]]+")
NAMES = re.compile(r"[A-Za-z_]\w*")
OFFICIAL = {"sagemaker": "SageMaker", "sns": "SNS", "dynamodb": "DynamoDB", "sqs": "SQS", "lambda": "Lambda"}


@dataclass(frozen=True)
class Task:
    """A Task state. output: what it may answer. errors: names with which it may fail."""

    state: str
    output: Shape
    errors: tuple[str, ...]
    has_time_limit: bool


def tasks_of(views: list[TaskView], definition: Mapping[str, Any]) -> list[Task]:
    found = []
    for view in views:
        resource = services.resource(str(view.raw["Resource"]))
        output = services.output(resource, view.arguments, view.subject.context, view.state)
        limited = "TimeoutSeconds" in view.raw or "TimeoutSeconds" in definition
        found.append(Task(view.state, output, _errors(view, resource), limited))
    return found


def _errors(view: TaskView, resource: services.Resource) -> tuple[str, ...]:
    handled = [
        name
        for field in ("Retry", "Catch")
        for rule in view.raw.get(field, ())
        for name in rule["ErrorEquals"]
        if name not in ("States.ALL", "States.Timeout")
    ]
    names = ["States.TaskFailed", "SomethingElse", *handled]
    if isinstance(resource, services.Integration):
        prefix = OFFICIAL.get(resource.service, resource.service.capitalize())
        errors = _modelled_errors(resource.service, resource.action)
        names += [f"{prefix}.{error}" for error in (*errors, "SdkClientException", f"{prefix}Exception")]
    return tuple(dict.fromkeys(names))


@lru_cache
def _modelled_errors(service: str, action: str) -> tuple[str, ...]:
    try:
        model = get_session().get_service_model(service)
    except UnknownServiceError:
        return ()
    operation = action[:1].upper() + action[1:]
    if operation not in model.operation_names:
        return ()
    shapes = model.operation_model(operation).error_shapes
    return tuple(f"{shape.name.removesuffix('Exception')}Exception" for shape in shapes)


@dataclass
class Answers:
    """answering: for run_machine. Each state has a few answers, chosen when it is called.

    given: the input of the run. most_calls: after so many everything fails, so that the run ends.
    """

    random: Random
    definition: Mapping[str, Any]
    given: Any
    most_calls: int = 12
    calls: int = 0
    values: Values = field(init=False)

    def __post_init__(self) -> None:
        read, tested, compared = _words(self.definition)
        self.values = Values(self.random, read, tested, compared)
        self.values.learn(self.given)

    def answering(self, tasks: list[Task]) -> dict[str, Callable[[Any], Any]]:
        return {task.state: self._of(task) for task in tasks}

    def _of(self, task: Task) -> Callable[[Any], Any]:
        chosen: list[Any] = []

        def answer(parameters: Any) -> Any:
            self.calls += 1
            if self.calls > self.most_calls:
                return TaskFailure("SomethingElse", "enough")
            self.values.learn(parameters)
            if len(chosen) < 2 or isinstance(chosen[-1], TaskFailure | After):
                chosen.append(self._chosen(task))
            return chosen[-1]

        return answer

    def _chosen(self, task: Task) -> Any:
        kind = self.random.choice("aaaaaaaffft")
        if kind == "f":
            causes = [*CAUSES, *self._expected_causes()]
            return TaskFailure(self.random.choice(task.errors), self.random.choice(causes))
        if kind == "t" and task.has_time_limit:
            return After(float("inf"))
        return self.values.value(task.output)

    def _expected_causes(self) -> list[str]:
        return [
            text
            for text in self.values.known
            if isinstance(text, str) and (" " in text or text.endswith("Exception"))
        ]


def _words(definition: Any) -> tuple[dict[str, set[str]], set[str], list[str]]:
    """Names that paths hold, by the name above; those that are tested with IsPresent; texts compared with."""
    names: dict[str, set[str]] = {}
    tested: set[str] = set()
    compared: list[str] = []
    for holder in _objects(definition):
        for key, value in holder.items():
            if key.endswith((".$", "Path", "Variable")) and isinstance(value, str):
                for path in PATH.findall(value):
                    for above, name in pairwise(["", *NAMES.findall(path)]):
                        names.setdefault(above, set()).add(name)
            elif key.startswith("String") and isinstance(value, str):
                compared.append(value.replace("*", ""))
        if "IsPresent" in holder:
            tested.update(NAMES.findall(str(holder.get("Variable")))[-1:])
    return names, tested, list(dict.fromkeys(compared))


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(item)

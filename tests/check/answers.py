"""An AWS that answers a machine's tasks with what the checker says that they may answer, errors included."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.session import get_session
from hypothesis import strategies as st

from stepmill.check import services
from stepmill.check.shapes.shape import Shape
from stepmill.check.subject import TaskView
from stepmill.engine import After, TaskFailure
from tests.check.scopes import decided_by, scopes_of
from tests.check.shaped import IS_SO, Hints, of_shape
from tests.check.words import Words, words_of

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
FAILED = st.sampled_from(["Failed", "Stopped"])
MOST_CALLS = st.sampled_from([*[25] * 7, 200])
KINDS = st.sampled_from([*["answer"] * 7, *["failure"] * 3, "never"])
OFFICIAL = {"sagemaker": "SageMaker", "sns": "SNS", "dynamodb": "DynamoDB", "sqs": "SQS", "lambda": "Lambda"}


@dataclass(frozen=True)
class Task:
    """A Task state. output: what it may answer. errors: names with which it may fail. handled: those of them
    that it retries or catches. looked_for: texts with which the states after it compare something.
    """

    state: str
    output: Shape
    errors: tuple[str, ...]
    handled: tuple[str, ...]
    looked_for: tuple[str, ...]
    has_time_limit: bool


def tasks_of(views: list[TaskView], definition: Mapping[str, Any]) -> list[Task]:
    found = []
    scopes = dict(scopes_of(definition))
    for view in views:
        resource = services.resource(str(view.raw["Resource"]))
        output = services.output(resource, view.arguments, view.subject.context, view.state)
        states = scopes.get(view.state, {})
        following = decided_by(states, view.state) if states else []
        looked_for = words_of([states[name] for name in following]).compared
        limited = "TimeoutSeconds" in view.raw or "TimeoutSeconds" in definition
        errors, handled = _errors(resource), _handled(view)
        found.append(Task(view.state, output, (*errors, *handled), handled or errors, looked_for, limited))
    return found


def _handled(view: TaskView) -> tuple[str, ...]:
    return tuple(
        name
        for field in ("Retry", "Catch")
        for rule in view.raw.get(field, ())
        for name in rule["ErrorEquals"]
        if name not in ("States.ALL", "States.Timeout")
    )


def _errors(resource: services.Resource) -> tuple[str, ...]:
    names = ["States.TaskFailed", "SomethingElse"]
    if isinstance(resource, services.Integration):
        prefix = OFFICIAL.get(resource.service, resource.service.capitalize())
        errors = _modelled_errors(resource.service, resource.action)
        names += [f"{prefix}.{error}" for error in (*errors, "SdkClientException", f"{prefix}Exception")]
    return tuple(names)


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
    """answering: for run_machine. Each state has a few answers, drawn when it is called.

    given: the input of the run. most_calls: after so many everything fails, so that the run ends; seldom so
    many that a loop comes to its own end. most_drawn: the same for answers that are not as before.
    """

    draw: Callable[[st.SearchStrategy[Any]], Any]
    words: Words
    given: Any
    most_drawn: int = 20
    calls: int = 0
    drawn: int = 0
    most_calls: int = field(init=False)
    hints: Hints = field(init=False)

    def __post_init__(self) -> None:
        words = self.words
        named = {name: list(values) for name, values in words.fitting.items()}
        self.hints = Hints(words.read, words.tested, words.parsed, list(words.compared), named)
        self.hints.learn(self.given)
        self.most_calls = self.draw(MOST_CALLS)

    def answering(self, tasks: list[Task]) -> dict[str, Callable[[Any], Any]]:
        return {task.state: self._of(task) for task in tasks}

    def _of(self, task: Task) -> Callable[[Any], Any]:
        drawn: list[Any] = []
        lasting = False

        def answer(parameters: Any) -> Any:
            nonlocal lasting
            self.calls += 1
            if self.calls > self.most_calls or self.drawn > self.most_drawn:
                return TaskFailure("SomethingElse", "enough")
            self.hints.learn(parameters)
            has_failed = bool(drawn) and isinstance(drawn[-1], TaskFailure | After)
            if len(drawn) < 2 or (has_failed and not lasting):
                drawn.append(self._drawn(task))
                lasting = self.draw(IS_SO)  # until no Retry is left
            return drawn[-1]

        return answer

    def _drawn(self, task: Task) -> Any:
        self.drawn += 1
        kind = self.draw(KINDS)
        if kind == "failure":
            names = task.handled if self.draw(IS_SO) else task.errors
            return TaskFailure(self.draw(st.sampled_from(names)), self._cause(task))
        if kind == "never" and task.has_time_limit:
            return After(float("inf"))
        return self.draw(of_shape(task.output, self.hints))

    def _cause(self, task: Task) -> str:
        """Of a job that failed it is the job's description as JSON; of others a text that somebody looks for.

        What begins like JSON is JSON: AWS writes it.
        """
        if self.draw(IS_SO):
            told = self.draw(of_shape(task.output, self.hints))
            statuses = [name for name in told if name.endswith("Status")] if isinstance(told, dict) else []
            return json.dumps(told if not statuses else told | dict.fromkeys(statuses, self.draw(FAILED)))
        looked_for = [text for text in task.looked_for if not text.startswith("{")]
        cause: str = self.draw(st.sampled_from(looked_for if looked_for and self.draw(IS_SO) else CAUSES))
        return cause

"""Jobs that are only started: whether the machine looks at them again before it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stepmill.check.finding import Findings, pointer
from stepmill.check.patterns import late_pattern
from stepmill.check.rules.integrations import JOB_NOT_AWAITED
from stepmill.check.services import forms
from stepmill.check.services.calls import is_express
from stepmill.check.services.integrations import REQUEST, TOKEN
from stepmill.check.services.resources import Activity, Integration, Resource, resource
from stepmill.check.services.responses import output
from stepmill.check.shapes.shape import UNKNOWN, Shape
from stepmill.check.subject import TaskView

NEAR = 4  # states; a Wait or a callback that far behind the start of a job belongs to something else
LONG_S = 600  # nobody gives a mere request so much time

# What starts a job -> how the actions that look at such jobs go on behind describe, get, list, ….
_STARTS = {
    "athena:startQueryExecution": "Query",
    "batch:submitJob": "Job",
    "bedrock:createModelCustomizationJob": "ModelCustomizationJob",
    "codebuild:startBuild": "Build",
    "codebuild:startBuildBatch": "Build",
    "databrew:startJobRun": "JobRun",
    "ecs:runTask": "Task",
    "elasticmapreduce:addStep": "Step",
    "emr-containers:startJobRun": "JobRun",
    "emr-serverless:startJobRun": "JobRun",
    "glue:startJobRun": "JobRun",
    "mediaconvert:createJob": "Job",
    "sagemaker:createHyperParameterTuningJob": "HyperParameterTuningJob",
    "sagemaker:createLabelingJob": "LabelingJob",
    "sagemaker:createProcessingJob": "ProcessingJob",
    "sagemaker:createTrainingJob": "TrainingJob",
    "sagemaker:createTransformJob": "TransformJob",
}
_JOBS = {forms.behind(Integration(name.partition(":")[0], name.partition(":")[2])): name for name in _STARTS}
_LOOK = late_pattern(r"(describe|get|list|search|batchGet|batchDescribe|stop|cancel|batchStop)([A-Z]\w*)")
# Services that are told of a job, and do not use what it makes.
_TOLD = frozenset({"cloudwatch", "dynamodb", "events", "eventbridge", "sns", "sqs", "ssm"})

State = Mapping[str, Any]
Scopes = list[tuple[State, str]]
"""The states of each scope around a state, the outermost first, with the name of the one that leads in."""


def check_waiting(task: TaskView, call: Resource, findings: Findings) -> None:
    if not isinstance(call, Integration) or call.pattern != REQUEST or is_express(task):
        return
    job = forms.behind(call)
    if job not in _JOBS or any(_looks_at(it, job) for it in _all_states(task.subject.definition)):
        return
    ahead = list(_ahead(task))
    limit = task.raw.get("TimeoutSeconds")
    is_meant = isinstance(limit, int | float) and limit >= LONG_S
    goes_on = any(_uses(state) for _, state in ahead)
    if any(distance <= NEAR and _is_wait(state) for distance, state in ahead) or not (goes_on or is_meant):
        return
    message = (
        f"States.{task.state}: Resource only starts the job, and nothing looks whether it has ended; "
        f"end it in .sync: arn:aws:states:::{_JOBS[job]}.sync"
    )
    findings.add(JOB_NOT_AWAITED, task.pointer + pointer("Resource"), message, state=task.state)


def awaited(task: TaskView) -> Shape:
    """What the job gives that a task starts, once it has ended."""
    call = _call(task.raw)
    job = _JOBS.get(forms.behind(call)) if isinstance(call, Integration) else None
    if job is None:
        return UNKNOWN
    ended = resource(f"arn:aws:states:::{job}.sync")
    return output(ended, task.arguments, task.subject.context, task.state)


def _call(state: State) -> Resource | None:
    text = state.get("Resource")
    return resource(text) if state.get("Type") == "Task" and isinstance(text, str) else None


def _looks_at(state: State, job: tuple[str, str]) -> bool:
    """It reads how jobs of this kind stand."""
    call = _call(state)
    if not isinstance(call, Integration):
        return False
    service, action = forms.behind(call)
    if service == job[0] and _has_dependency(state):  # Batch itself waits for the other job
        return True
    look = _LOOK.fullmatch(action)
    return look is not None and service == job[0] and look[2].startswith(_STARTS[_JOBS[job]])


def _has_dependency(state: State) -> bool:
    given = state.get("Parameters", state.get("Arguments"))
    return isinstance(given, Mapping) and any(str(name).startswith("DependsOn") for name in given)


def _is_wait(state: State) -> bool:
    """The machine waits here, or another does that it has started."""
    call = _call(state)
    is_call = isinstance(call, Integration) and (call.pattern == TOKEN or call.service in ("states", "sfn"))
    return state.get("Type") == "Wait" or is_call or isinstance(call, Activity)


def _uses(state: State) -> bool:
    call = _call(state)
    return call is not None and not (isinstance(call, Integration) and call.service in _TOLD)


def _ahead(task: TaskView) -> Iterator[tuple[int, State]]:
    """The states behind a task and how many steps away they are; no error leads there."""
    scopes = _scopes(task)
    waiting, seen = [(1, place) for place in _next(scopes)], set()
    while waiting:
        distance, place = waiting.pop(0)
        key = tuple(name for _, name in place)
        if key in seen:
            continue
        seen.add(key)
        states, name = place[-1]
        state = states.get(name)
        if isinstance(state, Mapping):
            yield distance, state
            starts = [(it["States"], it["StartAt"]) for it in _definitions(state) if _has_start(it)]
            waiting += [(distance + 1, [*place, start]) for start in starts]
            waiting += [(distance + 1, after) for after in _next(place)]


def _next(place: Scopes) -> Iterator[Scopes]:
    states, name = place[-1]
    state = states.get(name)
    if not isinstance(state, Mapping):
        return
    choices = state.get("Choices")
    rules = [rule for rule in choices if isinstance(rule, Mapping)] if isinstance(choices, list) else []
    targets = [state.get("Next"), state.get("Default"), *(rule.get("Next") for rule in rules)]
    yield from ([*place[:-1], (states, target)] for target in targets if isinstance(target, str))
    if len(place) > 1 and (state.get("End") or state.get("Type") == "Succeed"):
        yield from _next(place[:-1])


def _scopes(task: TaskView) -> Scopes:
    found: Scopes = []
    place: Any = task.subject.definition
    parts = task.pointer.removeprefix(task.subject.pointer).split("/")[1:]
    for index, part in enumerate(parts):
        name = part.replace("~1", "/").replace("~0", "~")
        if index and parts[index - 1] == "States" and isinstance(place, Mapping) and name in place:
            found.append((place, name))
        if isinstance(place, list):
            place = place[int(part)] if part.isdigit() and int(part) < len(place) else None
        else:
            place = place.get(name) if isinstance(place, Mapping) else None
    return found


def _all_states(definition: Any) -> Iterator[State]:
    states = definition.get("States") if isinstance(definition, Mapping) else None
    for state in states.values() if isinstance(states, Mapping) else ():
        if isinstance(state, Mapping):
            yield state
            yield from _inside(state)


def _inside(state: State) -> Iterator[State]:
    for definition in _definitions(state):
        yield from _all_states(definition)


def _definitions(state: State) -> list[Any]:
    """What a Parallel or a Map runs."""
    branches = state.get("Branches")
    inner = [state.get(name) for name in ("ItemProcessor", "Iterator") if name in state]
    return [*(branches if isinstance(branches, list) else []), *inner]


def _has_start(definition: Any) -> bool:
    if not isinstance(definition, Mapping):
        return False
    return isinstance(definition.get("States"), Mapping) and isinstance(definition.get("StartAt"), str)

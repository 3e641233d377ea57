"""Names that must be new: their length, their characters, and whether they are the same twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from stepmill.check.finding import Findings
from stepmill.check.patterns import late_pattern
from stepmill.check.rule import FAILURE, WARNING, Rule
from stepmill.check.rules.names import (
    NAME_CHARACTERS,
    NAME_RANDOM_ON_RETRY,
    NAME_REPEATS,
    NAME_REPEATS_IN_MAP,
    NAME_REPEATS_ON_RETRY,
    NAME_TOO_LONG,
)
from stepmill.check.services import values
from stepmill.check.services.calls import enclosing_maps
from stepmill.check.services.models import Operation
from stepmill.check.services.place import Place
from stepmill.check.services.resources import Integration, is_placeholder
from stepmill.check.services.spelling import spellings
from stepmill.check.shapes.shape import Object, Piece, Shape, String, one_piece
from stepmill.check.subject import TaskView

# (service, operation) -> the member that names what is new.
_NEW: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("bedrock", "CreateModelCustomizationJob"): "jobName",
        ("bedrock", "CreateModelInvocationJob"): "jobName",
        ("sagemaker", "CreateAutoMLJob"): "AutoMLJobName",
        ("sagemaker", "CreateAutoMLJobV2"): "AutoMLJobName",
        ("sagemaker", "CreateCompilationJob"): "CompilationJobName",
        ("sagemaker", "CreateEndpointConfig"): "EndpointConfigName",
        ("sagemaker", "CreateHyperParameterTuningJob"): "HyperParameterTuningJobName",
        ("sagemaker", "CreateLabelingJob"): "LabelingJobName",
        ("sagemaker", "CreateModel"): "ModelName",
        ("sagemaker", "CreateProcessingJob"): "ProcessingJobName",
        ("sagemaker", "CreateTrainingJob"): "TrainingJobName",
        ("sagemaker", "CreateTransformJob"): "TransformJobName",
        ("sfn", "StartExecution"): "name",
        ("transcribe", "StartMedicalTranscriptionJob"): "MedicalTranscriptionJobName",
        ("transcribe", "StartTranscriptionJob"): "TranscriptionJobName",
    }
)

# The model has no pattern for an execution's name. Source: …/apireference/API_StartExecution.html
_EXECUTION = r"[^\x00-\x20\x7f-\x9f<>{}\[\]?*\"#%\\^|~`$&,;:/]+"

_SAME_IN_A_MAP = frozenset({"execution", "retry"})
_CHANGES_ON_RETRY = late_pattern(r"RetryCount|States\.UUID|MathRandom|\$uuid|\$random|\$now|\$millis")
_RANDOM = late_pattern(r"States\.UUID|States\.MathRandom|\$uuid\(|\$random\(")
_AFTER_CREATION = frozenset({"States.ALL", "States.TaskFailed", "States.Timeout"})
_PER_ITEM = "is the same for each item; put something of the item into it"
_PER_ATTEMPT = "is the same when the job is retried; put $$.State.RetryCount into it"
_RANDOM_NAME = (
    "is random, and another on each retry, which can start the execution twice; make it of $$.Execution.Name"
)
NO_LIMIT = 1_000_000
_FILLERS = ("", "a", "a" * 8)


def names_in(operation: Operation) -> frozenset[str]:
    """The members of a call that this module looks at."""
    name = _NEW.get((operation.service, operation.name))
    return frozenset([name]) if name else frozenset()


def check_names(
    task: TaskView, call: Integration, operation: Operation, place: Place, findings: Findings
) -> None:
    for name in names_in(operation):
        written, shape = _member(task.arguments, operation, name)
        if shape is None:
            continue
        model = dict(operation.shapes[operation.shapes[operation.input]["members"][name]])
        if operation.service == "sfn":
            model["pattern"] = _EXECUTION
        inner = place.member(written)
        raw = _written(task, written)
        fault = (
            _wrong(shape, model)
            or _same(task, call, shape, operation, raw)
            or _may_be_too_long(shape, int(model.get("max", NO_LIMIT)))
        )
        if fault is not None:
            rule, severity, text = fault
            message = f"{inner.where} {text}"
            findings.add(rule, inner.pointer, message, state=task.state, severity=severity)


def _member(arguments: Shape, operation: Operation, name: str) -> tuple[str, String | None]:
    if isinstance(arguments, Object):
        for spelling in spellings(operation.input, name):
            found = arguments.members.get(spelling)
            if found is not None and isinstance(found.shape, String):
                return spelling, found.shape
    return name, None


Fault = tuple[Rule, str, str] | None


def _wrong(shape: String, model: Mapping[str, Any]) -> Fault:
    most = int(model.get("max", NO_LIMIT))
    if shape.values is not None and any(is_placeholder(value) for value in shape.values):
        return None
    shortest, longest = values.bounds(shape)
    if shortest > most:
        what = f"has {shortest} characters or more" if longest != shortest else f"has {shortest} characters"
        return NAME_TOO_LONG, FAILURE, f"{what}; {most} are allowed"
    pattern = str(model.get("pattern", ""))
    bad = _bad_character(shape, pattern) or _bad_part(shape, pattern)
    if bad:
        return NAME_CHARACTERS, FAILURE, bad
    return None


def _may_be_too_long(shape: String, most: int) -> Fault:
    """Its parts can be so long, those of unknown length as short as they can be."""
    longest = values.bounds(shape)[1]
    if longest is None:
        longest = sum(
            len(piece) if isinstance(piece, str) else (piece.max_length or piece.min_length)
            for piece in shape.pieces
        )
    if longest > most:
        return NAME_TOO_LONG, WARNING, f"can have {longest} characters; {most} are allowed"
    return None


def _bad_character(shape: String, pattern: str) -> str:
    if not pattern:
        return ""
    if shape.values is not None:
        wrong = values.pattern_fault(shape, {"pattern": pattern})
        return f"{wrong}; the service wants {pattern}" if wrong else ""
    literals = [piece for piece in shape.pieces if isinstance(piece, str)]
    if any(is_placeholder(text) for text in literals):
        return ""
    for text in literals:
        bad = [char for char in text if not _is_allowed(pattern, char)]
        if bad:
            return f"holds {bad[0]!r} in {text!r}; the service wants {pattern}"
    first, last = (shape.pieces[0], shape.pieces[-1]) if shape.pieces else ("", "")
    if isinstance(first, str) and first and not _is_allowed(pattern, first[0], "start"):
        return f"begins with {first[0]!r}; the service wants {pattern}"
    if isinstance(last, str) and last and not _is_allowed(pattern, last[-1], "end"):
        return f"ends with {last[-1]!r}; the service wants {pattern}"
    return ""


def _bad_part(shape: String, pattern: str) -> str:
    """A time or an ARN, put in as it is."""
    for piece in shape.pieces or (one_piece(shape),):
        if isinstance(piece, str):
            continue
        for char in piece.holds if pattern else "":
            if not _is_allowed(pattern, char):
                return f"is given a time or an ARN, which holds {char!r}; the service wants {pattern}"
    return ""


@lru_cache(maxsize=1024)
def _is_allowed(pattern: str, char: str, position: str = "") -> bool:
    """Whether any text with this character there fits the pattern; True when nobody can say."""
    before = ("",) if position == "start" else _FILLERS
    after = ("",) if position == "end" else _FILLERS
    tried = [values.is_match(pattern, start + char + end) for start in before for end in after]
    return any(fits is not False for fits in tried)


def _same(task: TaskView, call: Integration, shape: String, operation: Operation, raw: str) -> Fault:
    if _is_deleted(task, operation):
        return None
    maps = enclosing_maps(task)
    if _is_fixed(shape):
        if maps and task.is_in_map:
            may_repeat = operation.service == "sfn"  # the names of express executions are never used up
            return NAME_REPEATS_IN_MAP, WARNING if may_repeat else FAILURE, _PER_ITEM
        return NAME_REPEATS, WARNING, "is the same on every run; put $$.Execution.Name into it"
    parts = [piece.varies for piece in shape.pieces if isinstance(piece, Piece)]
    is_inline = bool(maps) and task.is_in_map and _mode(maps[0]) == "INLINE"
    if is_inline and parts and all(part and part <= _SAME_IN_A_MAP for part in parts):
        return NAME_REPEATS_IN_MAP, WARNING, _PER_ITEM
    if operation.service == "sfn" and not call.pattern and _is_retried(task) and _RANDOM.search(raw):
        return NAME_RANDOM_ON_RETRY, WARNING, _RANDOM_NAME
    if call.pattern != "sync" or operation.service != "sagemaker" or not _is_retried(task):
        return None
    if not raw or _CHANGES_ON_RETRY.search(raw):  # only what is read in this state can be another then
        return None
    return NAME_REPEATS_ON_RETRY, WARNING, _PER_ATTEMPT


def _is_fixed(shape: String) -> bool:
    """Written out in full, but for what a template fills in when it is deployed."""
    if shape.values is not None:
        return not any(is_placeholder(value) for value in shape.values)
    return bool(shape.pieces) and all(isinstance(piece, str) or piece.token for piece in shape.pieces)


def _written(task: TaskView, name: str) -> str:
    """The text in the template; "" when the member comes with a larger part."""
    holder = task.raw.get("Parameters", task.raw.get("Arguments"))
    raw = (holder.get(name) or holder.get(f"{name}.$")) if isinstance(holder, Mapping) else None
    return raw if isinstance(raw, str) else ""


def _is_retried(task: TaskView) -> bool:
    retriers = task.raw.get("Retry")
    for retrier in retriers if isinstance(retriers, list) else ():
        if not isinstance(retrier, Mapping) or retrier.get("MaxAttempts") == 0:
            continue
        errors = retrier.get("ErrorEquals")
        if isinstance(errors, list) and any(
            error in _AFTER_CREATION for error in errors if isinstance(error, str)
        ):
            return True
    return False


def _mode(state: Mapping[str, Any]) -> str:
    processor = state.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, Mapping) else None
    return str(config.get("Mode", "INLINE")) if isinstance(config, Mapping) else "INLINE"


def _is_deleted(task: TaskView, operation: Operation) -> bool:
    """The machine deletes such things itself, so that a name may come again."""
    deletion = f":{re.sub('^(Create|Start)', 'delete', operation.name)}"
    return deletion in task.subject.text

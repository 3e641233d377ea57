"""Task: what is sent, and what the service gives back; and the Catch that Task, Map and Parallel share."""

from __future__ import annotations

from functools import reduce
from typing import Any

from stepmill.check.flow.growth import tell_size
from stepmill.check.flow.processing import (
    assigned,
    check_jsonata_kind,
    check_kind,
    effective,
    jsonata_output,
    output,
    placed,
    selected,
)
from stepmill.check.flow.situations import Situation
from stepmill.check.flow.sizes import PAYLOAD_BYTES
from stepmill.check.flow.step import Step
from stepmill.check.flow.templates import render, render_jsonata
from stepmill.check.shapes.join import join, merge_objects
from stepmill.check.shapes.shape import Member, Number, Object, Shape, String
from stepmill.check.subject import TaskView

_WIDE = frozenset(["States.ALL", "States.TaskFailed", "States.Timeout"])
CAUSE_LIMIT = 32_768


def run_task(step: Step) -> None:
    sent = [_arguments(step, situation) for situation in step.situations]
    arguments = joined_arguments(sent)
    size = step.world.sizes.least_bytes(arguments)
    if size > PAYLOAD_BYTES:
        tell_size(step.raw, size, step.report)
    else:
        step.warn_of_size(arguments)
    view = TaskView(
        state=step.name,
        pointer=step.pointer,
        raw=step.raw,
        arguments=arguments,
        subject=step.world.subject,
        is_in_map=step.frame.is_in_map,
        can_repeat=step.can_repeat or bool(step.raw.get("Retry")),
    )
    step.outcome.view = view
    result = step.world.services.output(view)
    finish(step, result)
    catch(step)


def joined_arguments(sent: list[Shape]) -> Shape:
    """One shape for all ways: they come of one template, so they have the same members."""
    if all(isinstance(shape, Object) for shape in sent):
        return reduce(merge_objects, (shape for shape in sent if isinstance(shape, Object)))
    return join(*sent)


def _arguments(step: Step, situation: Situation) -> Shape:
    scope = step.scope(situation)
    if step.is_jsonata:
        for name in ("TimeoutSeconds", "HeartbeatSeconds"):
            check_jsonata_kind(step.raw, name, Number, scope, step.pointer)
        if "Credentials" in step.raw:
            render_jsonata(step.raw["Credentials"], scope, f"{step.pointer}/Credentials")
        if "Arguments" not in step.raw:
            return situation.data
        return render_jsonata(step.raw["Arguments"], scope, f"{step.pointer}/Arguments")
    inside = scope.over(selected(step.raw, scope, step.pointer))
    for name in ("TimeoutSecondsPath", "HeartbeatSecondsPath"):
        check_kind(step.raw, name, Number, inside, step.pointer)
    if "Credentials" in step.raw:
        render(step.raw["Credentials"], inside, f"{step.pointer}/Credentials")
    return effective(step.raw, inside, step.pointer)


def finish(step: Step, result: Shape) -> None:
    """On with the result, in every situation."""
    for situation in step.situations:
        if step.is_jsonata:
            scope = step.scope(situation, result=result)
            made = jsonata_output(step.raw, scope, step.pointer, result)
            variables = assigned(step.raw, scope, step.pointer, step.outer, is_jsonata=True)
        else:
            scope = step.scope(situation)
            made = output(step.raw, situation.data, result, scope, step.pointer)
            variables = assigned(step.raw, scope.over(result), step.pointer, step.outer)
        step.leave(step.made(situation, made, variables))


def catch(step: Step) -> None:
    """On from a failure: the state's input with the error at ResultPath, in every situation."""
    entries = step.raw.get("Catch")
    for at, entry in enumerate(entries if isinstance(entries, list) else []):
        if not isinstance(entry, dict):
            continue
        pointer = f"{step.pointer}/Catch/{at}"
        error = error_output(entry.get("ErrorEquals"))
        for situation in step.situations:
            scope = step.scope(situation, errorOutput=error)
            if step.is_jsonata:
                variables = assigned(entry, scope, pointer, step.outer, is_jsonata=True)
                made = jsonata_output(entry, scope, pointer, error)
            else:
                variables = assigned(entry, scope.over(error), pointer, step.outer)
                made = placed(entry, situation.data, error, scope, pointer)
            step.go(
                entry.get("Next"), step.made(situation, made, variables, entry, f"the Catch of {step.name}")
            )


def error_output(names: Any) -> Object:
    """Error is one of the names when the entry takes no others."""
    listed = names if isinstance(names, list) else []
    exact = [name for name in listed if isinstance(name, str) and name not in _WIDE and "${" not in name]
    values = frozenset(exact) if exact and len(exact) == len(listed) else None
    lengths = [0, 256] if values is None else sorted(map(len, values))
    error = String(values, lengths[0], lengths[-1])
    return Object({"Error": Member(error), "Cause": Member(String(None, 0, CAUSE_LIMIT))})

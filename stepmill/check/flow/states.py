"""What each type of state makes of the situations in which it is entered."""

from __future__ import annotations

from collections.abc import Callable

from stepmill.check.flow.branching import run_map, run_parallel
from stepmill.check.flow.choice import choose
from stepmill.check.flow.processing import (
    assigned,
    check_jsonata_kind,
    check_kind,
    effective,
    jsonata_output,
    output,
    selected,
)
from stepmill.check.flow.situations import UNKNOWN_SITUATION
from stepmill.check.flow.step import Step
from stepmill.check.flow.tasks import run_task
from stepmill.check.rules.data_flow import PATH_TYPE
from stepmill.check.shapes.describe import describe
from stepmill.check.shapes.shape import UNKNOWN, Number, String


def run_pass(step: Step) -> None:
    for situation in step.situations:
        raw = step.raw
        if step.is_jsonata:
            scope = step.scope(situation)
            made = jsonata_output(raw, scope, step.pointer, situation.data)
            variables = assigned(raw, scope, step.pointer, step.outer, is_jsonata=True)
            step.leave(step.made(situation, made, variables))
            continue
        scope = step.scope(situation)
        inside = scope.over(selected(raw, scope, step.pointer))
        result = effective(raw, inside, step.pointer)
        if "Result" in raw:
            result = step.world.texts.of_constant(raw["Result"])
        variables = assigned(raw, scope.over(result), step.pointer, step.outer)
        made = output(raw, situation.data, result, scope, step.pointer)
        step.leave(step.made(situation, made, variables))


def run_plain(step: Step) -> None:
    """Succeed, and Wait once its time is over."""
    for situation in step.situations:
        if step.is_jsonata:
            scope = step.scope(situation)
            made = jsonata_output(step.raw, scope, step.pointer, situation.data)
            variables = assigned(step.raw, scope, step.pointer, step.outer, is_jsonata=True)
        else:
            scope = step.scope(situation)
            inside = scope.over(selected(step.raw, scope, step.pointer))
            variables = assigned(step.raw, inside, step.pointer, step.outer)
            made = selected(step.raw, inside, step.pointer, "OutputPath")
        step.leave(step.made(situation, made, variables))


def run_wait(step: Step) -> None:
    for situation in step.situations:
        scope = step.scope(situation)
        if step.is_jsonata:
            check_jsonata_kind(step.raw, "Seconds", Number, scope, step.pointer)
            check_jsonata_kind(step.raw, "Timestamp", String, scope, step.pointer)
            continue
        inside = scope.over(selected(step.raw, scope, step.pointer))
        check_kind(step.raw, "TimestampPath", String, inside, step.pointer)
        seconds = check_kind(step.raw, "SecondsPath", Number, inside, step.pointer)
        if isinstance(seconds, Number) and seconds.values and all(value < 0 for value in seconds.values):
            what = f"gives {describe(seconds)}; 0 or more seconds are needed"
            step.report.tell(PATH_TYPE, f"{step.pointer}/SecondsPath", what)
    run_plain(step)


def run_fail(step: Step) -> None:
    for situation in step.situations:
        scope = step.scope(situation)
        if step.is_jsonata:
            for name in ("Error", "Cause"):
                check_jsonata_kind(step.raw, name, String, scope, step.pointer)
            continue
        for name in ("ErrorPath", "CausePath"):
            check_kind(step.raw, name, String, scope, step.pointer)


def run_unknown(step: Step, targets: list[str]) -> None:
    """A state whose form is wrong: whatever comes next may get anything."""
    for target in targets:
        step.go(target, UNKNOWN_SITUATION)
    if not targets and step.raw.get("Type") != "Fail":
        step.outcome.ends.append(UNKNOWN)


TYPES: dict[str, Callable[[Step], None]] = {
    "Choice": choose,
    "Fail": run_fail,
    "Map": run_map,
    "Parallel": run_parallel,
    "Pass": run_pass,
    "Succeed": run_plain,
    "Task": run_task,
    "Wait": run_wait,
}

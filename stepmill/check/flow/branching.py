"""Parallel and Map: scopes inside of a state, and what comes of them together."""

from __future__ import annotations

from stepmill.check.flow.answers import in_branches, in_items
from stepmill.check.flow.frames import execution_of, map_context
from stepmill.check.flow.items import item_counts, item_inputs, items_of
from stepmill.check.flow.liveness import WHOLE, branch_ends
from stepmill.check.flow.processing import effective, selected
from stepmill.check.flow.situations import Situation
from stepmill.check.flow.step import Step
from stepmill.check.flow.tasks import catch, finish
from stepmill.check.flow.templates import render, render_jsonata
from stepmill.check.records import replace
from stepmill.check.shapes.join import join
from stepmill.check.shapes.shape import (
    NEVER,
    UNKNOWN,
    Array,
    Member,
    Never,
    Object,
    Presence,
    Shape,
    String,
    closed,
)


def run_parallel(step: Step) -> None:
    entries = [
        replace(
            situation,
            data=_branch_input(step, situation),
            answers=in_branches(situation.answers, step.raw, is_jsonata=step.is_jsonata),
        )
        for situation in step.situations
    ]
    branches = step.raw.get("Branches")
    outputs = [
        step.run(branch, pointer, entries, step.inner_frame(pointer, at_end=branch_ends(step.raw, at)))
        for at, branch in enumerate(branches if isinstance(branches, list) else [])
        for pointer in [f"{step.pointer}/Branches/{at}"]
    ]
    if not any(isinstance(output, Never) for output in outputs):
        finish(step, Array(NEVER, tuple(outputs), len(outputs), len(outputs)))
    catch(step)


def _branch_input(step: Step, situation: Situation) -> Shape:
    scope = step.scope(situation)
    if step.is_jsonata:
        if "Arguments" not in step.raw:
            return situation.data
        return render_jsonata(step.raw["Arguments"], scope, f"{step.pointer}/Arguments")
    inside = scope.over(selected(step.raw, scope, step.pointer))
    return effective(step.raw, inside, step.pointer)


def run_map(step: Step) -> None:
    name = "ItemProcessor" if "ItemProcessor" in step.raw else "Iterator"
    processor = step.raw.get(name)
    pointer = f"{step.pointer}/{name}"
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    is_distributed = isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"
    entries: list[Situation] = []
    values: list[Shape] = []
    arrays: list[Shape] = []
    for situation in step.situations:
        scope = step.scope(situation)
        inside = scope if step.is_jsonata else scope.over(selected(step.raw, scope, step.pointer))
        array = items_of(step, inside)
        value = _item_of(array)
        arrays.append(array)
        values.append(value)
        item = item_inputs(step, inside, value)
        variables = Object() if is_distributed else situation.variables
        answers = in_items(situation.answers, is_distributed=is_distributed)
        entries.append(replace(situation, data=item, variables=variables, answers=answers))
    given = Member(map_context(join(*values)))
    frame = step.inner_frame(pointer, item=given, is_in_map=True, at_end=WHOLE, lineage=pointer)
    if is_distributed:
        execution = execution_of(join(*(entry.data for entry in entries)))
        likely = replace(given, presence=Presence.LIKELY)
        frame = replace(frame, visible=(pointer,), execution=execution, item=likely)
    else:
        step.world.least_items[step.pointer] = item_counts(arrays)[0]
    output = step.run(processor, pointer, entries, frame)
    _check_writer(step)
    finish(step, _result(step, output, arrays))
    catch(step)


def _item_of(array: Shape) -> Shape:
    if not isinstance(array, Array):
        return UNKNOWN
    return join(*array.prefix, array.items)


def _result(step: Step, output: Shape, arrays: list[Shape]) -> Shape:
    """The array of outputs, or with a ResultWriter that writes to a bucket where they have been written."""
    writer = step.raw.get("ResultWriter")
    if isinstance(writer, dict) and writer:
        if "Resource" not in writer:
            return UNKNOWN
        details = closed(Bucket=String(None, 3, 63), Key=String(None, 1, 1024))
        return closed(MapRunArn=String(None, 1), ResultWriterDetails=details)
    fewest, most = item_counts(arrays)
    if "ItemBatcher" in step.raw or "ItemReader" in step.raw:
        fewest, most = 0, None
    return Array(UNKNOWN if isinstance(output, Never) else output, (), fewest, most)


def _check_writer(step: Step) -> None:
    writer = step.raw.get("ResultWriter")
    if not isinstance(writer, dict):
        return
    for situation in step.situations:
        scope = step.scope(situation)
        place = f"{step.pointer}/ResultWriter"
        if step.is_jsonata and "Arguments" in writer:
            render_jsonata(writer["Arguments"], scope, f"{place}/Arguments")
        elif not step.is_jsonata and "Parameters" in writer:
            inside = scope.over(selected(step.raw, scope, step.pointer))
            render(writer["Parameters"], inside, f"{place}/Parameters")

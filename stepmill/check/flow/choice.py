"""Choice: every rule takes the situations that satisfy it and leaves the rest to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stepmill.check.flow.answers import on_entry
from stepmill.check.flow.coverage import uncovered
from stepmill.check.flow.expressions import evaluate_jsonata, is_jsonata, narrowed_jsonata
from stepmill.check.flow.narrowing import Split, Trial, with_answers
from stepmill.check.flow.paths import INPUT, Path
from stepmill.check.flow.places import put
from stepmill.check.flow.processing import assigned, jsonata_output, selected, tell_kind
from stepmill.check.flow.situations import Situation, healed, merged_to_limit
from stepmill.check.flow.step import Step
from stepmill.check.flow.vain import (
    Told,
    Vain,
    find_vain_alternatives,
    is_proven,
    refuses,
    tell_absences,
    tell_asked,
    tell_vain,
)
from stepmill.check.records import replace
from stepmill.check.shapes.shape import UNKNOWN, Boolean, Shape

if TYPE_CHECKING:
    from stepmill.check.flow.jsonata import Asked


def choose(step: Step) -> None:
    rules = step.raw.get("Choices")
    rules = rules if isinstance(rules, list) else []
    entries = [
        replace(
            situation,
            data=selected(step.raw, step.scope(situation), step.pointer),
            answers=on_entry(situation.answers, step.raw),
        )
        if not step.is_jsonata
        else situation
        for situation in step.situations
    ]
    left, taken, tested = entries, [], {}
    told = Told()
    for at, rule in enumerate(rules):
        pointer = f"{step.pointer}/Choices/{at}"
        trial = Trial(step.scope, step.world.questions.by_rule)
        tried = left
        if step.is_jsonata:
            holds, left = _split_jsonata(step, rule, left, pointer)
        else:
            holds, left = trial.split(rule, left, pointer)
            left = merged_to_limit(left)
            if not holds and trial.is_recalled:
                trial.is_moot = bool(Trial(step.scope).split(rule, tried, pointer)[0])
            holds = _judged(step, trial, rule, entries, holds, left, pointer, told)
        tested.update(trial.tested)
        taken += holds
        for situation in holds:
            _leave(step, rule, situation, pointer)
    for situation in left:
        if "Default" in step.raw:
            _leave(step, {**step.raw, "Next": step.raw["Default"]}, situation, step.pointer)
    if not step.is_jsonata:
        tell_vain(step, entries, told, uncovered(step, entries, taken, left, tested))


def _leave(step: Step, holder: Any, situation: Situation, pointer: str) -> None:
    """By a rule, or by Default with the state's own Assign and Output."""
    if not isinstance(holder, Mapping):
        return
    if not step.is_jsonata and "Assign" not in holder and "OutputPath" not in step.raw:
        step.go(holder.get("Next"), situation)
        return
    scope = step.scope(situation)
    variables = assigned(holder, scope, pointer, step.outer, is_jsonata=step.is_jsonata)
    if step.is_jsonata:
        data = jsonata_output(holder, scope, pointer, situation.data)
    else:
        data = selected(step.raw, scope, step.pointer, "OutputPath")
    step.go(holder.get("Next"), step.made(situation, data, variables, holder))


def _split_jsonata(step: Step, rule: Any, situations: list[Situation], pointer: str) -> Split:
    from stepmill.check.flow.jsonata import Asked  # reads what only JSONata's machines need

    asked: list[Asked] = []
    holds: list[Situation] = []
    fails: list[Situation] = []
    condition = rule.get("Condition") if isinstance(rule, dict) else None
    asking = step.world.questions.by_condition.get(condition) if isinstance(condition, str) else None
    for situation in situations:
        found: Shape = UNKNOWN if not isinstance(condition, bool) else Boolean(condition)
        if is_jsonata(condition):
            place = f"{pointer}/Condition"
            asked.append(Asked())
            found = evaluate_jsonata(condition, step.scope(situation), place, asked[-1])
            tell_kind(found, Boolean, step.scope(situation), place, "it", "true or false")
        value = found.value if isinstance(found, Boolean) else None
        answer = asking.answer(situation.answers) if asking is not None and value is None else None
        for side, is_true in ((holds, True), (fails, False)):
            if answer is not None and answer is not is_true:
                continue
            if value is None and is_jsonata(condition):
                narrowed = _narrowed(step, condition, situation, is_true=is_true)
                learned = () if asking is None else asking.learned(is_true=is_true)
                again = step.world.questions.again
                side.append(with_answers(narrowed, [one for one in learned if one[0] in again]))
            elif value is not (not is_true):
                side.append(situation)
    lacks = list(tell_asked(step, rule, asked, f"{pointer}/Condition"))
    if lacks:
        return [healed(one, lacks) for one in holds], [healed(one, lacks) for one in fails]
    return holds, fails


def _narrowed(step: Step, condition: str, situation: Situation, *, is_true: bool) -> Situation:
    data, variables = narrowed_jsonata(condition, step.scope(situation), is_true=is_true)
    return replace(situation, data=data, variables=variables)


def _judged(
    step: Step,
    trial: Trial,
    rule: Any,
    entries: list[Situation],
    holds: list[Situation],
    left: list[Situation],
    pointer: str,
    told: Told,
) -> list[Situation]:
    """What goes by the rule, and the findings when it, or a part of it, can never hold."""
    may_hold = set(trial.held)
    if holds or trial.is_opaque or trial.is_moot:
        may_hold.add(pointer)
    told.is_explained = tell_absences(step, trial, rule, entries, may_hold) or told.is_explained
    step.world.may_hold.update(may_hold)
    if pointer in may_hold:
        told.dead.clear()
        if not (trial.is_opaque or trial.is_moot) and not told.is_explained:
            find_vain_alternatives(step, trial, rule, entries, pointer, told)
        return holds
    is_defence = not trial.failed.isdisjoint(trial.defences)
    has_proof = is_proven(step, pointer)
    if step.outcome.is_open:
        return []
    if not is_defence and (has_proof or not refuses(step, rule)):
        compared = frozenset(trial.tested)
        if entries and not told.is_explained and compared not in told.dead:
            told.dead.add(compared)
            told.vain[pointer] = Vain(rule, dict(trial.tested), has_proof)
    if has_proof and not is_defence:
        return []
    return [_loosened(situation, list(trial.tested.values())) for situation in left]


def _loosened(situation: Situation, paths: list[Path]) -> Situation:
    """The situation with nothing known of what these paths name: what an undeclared input could be."""
    data = situation.data
    for path in paths:
        if path.root == INPUT and path.keys:
            changed = put(data, path.keys, UNKNOWN)
            data = data if changed.lack else changed.shape
    return replace(situation, data=data)

"""Choice: every rule takes the situations that satisfy it and leaves the rest to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from stepmill.check.finding import Finding
from stepmill.check.flow.coverage import Uncovered, known_values, uncovered
from stepmill.check.flow.expressions import evaluate_jsonata, is_jsonata, narrowed_jsonata
from stepmill.check.flow.narrowing import Split, Trial
from stepmill.check.flow.paths import INPUT, Path
from stepmill.check.flow.places import put
from stepmill.check.flow.processing import assigned, jsonata_output, selected, tell_kind
from stepmill.check.flow.reading import NOWHERE, follow
from stepmill.check.flow.scope import Lack, root_of
from stepmill.check.flow.situations import Situation, healed, merged_to_limit
from stepmill.check.flow.step import Step
from stepmill.check.likeness import nearest
from stepmill.check.records import dataclass, field, replace
from stepmill.check.rule import WARNING
from stepmill.check.rules.data_flow import PATH_MISSING
from stepmill.check.rules.dead_ends import PRESENCE_NEVER, RULE_NEVER_MATCHES
from stepmill.check.shapes.describe import available_paths, step_text
from stepmill.check.shapes.shape import UNKNOWN, Boolean, Shape

if TYPE_CHECKING:
    from stepmill.check.flow.jsonata import Asked


@dataclass(slots=True)
class _Told:
    """vain: rules and alternatives that can never hold, by their pointers, with the paths they compare.

    dead: such paths; the next rule that compares the same is of the same fault.
    is_explained: that later rules never hold follows from what has been told.
    """

    vain: dict[str, tuple[Any, dict[str, Path]]] = field(default_factory=dict)
    dead: set[frozenset[str]] = field(default_factory=set)
    is_explained: bool = False


def choose(step: Step) -> None:
    rules = step.raw.get("Choices")
    rules = rules if isinstance(rules, list) else []
    entries = [
        replace(situation, data=selected(step.raw, step.scope(situation), step.pointer))
        if not step.is_jsonata
        else situation
        for situation in step.situations
    ]
    left, taken, tested = entries, [], {}
    told = _Told()
    for at, rule in enumerate(rules):
        pointer = f"{step.pointer}/Choices/{at}"
        trial = Trial(step.scope)
        if step.is_jsonata:
            holds, left = _split_jsonata(step, rule, left, pointer)
        else:
            holds, left = trial.split(rule, left, pointer)
            left = merged_to_limit(left)
            holds = _judged(step, trial, rule, entries, holds, left, pointer, told)
        tested.update(trial.tested)
        taken += holds
        for situation in holds:
            _leave(step, rule, situation, pointer)
    for situation in left:
        if "Default" in step.raw:
            _leave(step, {**step.raw, "Next": step.raw["Default"]}, situation, step.pointer)
    if not step.is_jsonata:
        _tell_vain(step, entries, told, uncovered(step, entries, taken, left, tested))


def _leave(step: Step, holder: Any, situation: Situation, pointer: str) -> None:
    """By a rule, or by Default with the state's own Assign and Output."""
    if not isinstance(holder, Mapping):
        return
    scope = step.scope(situation)
    variables = assigned(holder, scope, pointer, step.outer, is_jsonata=step.is_jsonata)
    if step.is_jsonata:
        data = jsonata_output(holder, scope, pointer, situation.data)
    else:
        data = selected(step.raw, scope, step.pointer, "OutputPath")
    step.go(holder.get("Next"), replace(situation, data=data, variables=variables))


def _split_jsonata(step: Step, rule: Any, situations: list[Situation], pointer: str) -> Split:
    from stepmill.check.flow.jsonata import Asked  # reads what only JSONata's machines need

    asked: list[Asked] = []
    holds: list[Situation] = []
    fails: list[Situation] = []
    for situation in situations:
        condition = rule.get("Condition") if isinstance(rule, dict) else None
        found: Shape = UNKNOWN if not isinstance(condition, bool) else Boolean(condition)
        if is_jsonata(condition):
            place = f"{pointer}/Condition"
            asked.append(Asked())
            found = evaluate_jsonata(condition, step.scope(situation), place, asked[-1])
            tell_kind(found, Boolean, step.scope(situation), place, "it", "true or false")
        value = found.value if isinstance(found, Boolean) else None
        for side, is_true in ((holds, True), (fails, False)):
            if value is None and is_jsonata(condition):
                side.append(_narrowed(step, condition, situation, is_true=is_true))
            elif value is not (not is_true):
                side.append(situation)
    lacks = list(_tell_asked(step, asked, f"{pointer}/Condition"))
    if lacks:
        return [healed(one, lacks) for one in holds], [healed(one, lacks) for one in fails]
    return holds, fails


def _tell_asked(step: Step, asked: list[Asked], pointer: str) -> Iterator[Lack]:
    """What a condition asks for in vain in every situation.

    Gives what nothing more has to be told of: the path, and the one that seems meant.
    """
    step.world.may_hold.update(f"{pointer}?{path}" for one in asked for path in one.found)
    for vain in asked[0].vain.values() if asked else ():
        is_variable = vain.path.startswith("$") and "." not in vain.path
        if is_variable or not all(vain.path in one.vain for one in asked):
            continue
        rule, severity = PATH_MISSING, ""
        what = f"'{vain.path}' is there on no way that leads here, so that it is compared with nothing"
        if vain.is_presence:
            if not _is_proven(step, f"{pointer}?{vain.path}"):
                continue
            rule, severity = PRESENCE_NEVER, WARNING if vain.is_defence else ""
            what = f"'{vain.path}' is there on no way that leads here, so that it is asked for in vain"
        seems = nearest(vain.path, vain.available, cutoff=0.6)
        step.report.tell(
            rule,
            pointer,
            f"{what}; correct the path",
            available=vain.available,
            meant=seems,
            severity=severity,
        )
        for path in filter(None, (vain.path, seems)):
            if path.startswith("$states.input."):
                yield Lack(pointer, INPUT, tuple(path.split(".")[2:]))
            else:
                name, *keys = path.removeprefix("$").split(".")
                yield Lack(pointer, name, tuple(keys))


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
    told: _Told,
) -> list[Situation]:
    """What goes by the rule, and the findings when it, or a part of it, can never hold."""
    may_hold = set(trial.held)
    if holds or trial.is_opaque:
        may_hold.add(pointer)
    told.is_explained = _tell_absences(step, trial, entries, may_hold) or told.is_explained
    step.world.may_hold.update(may_hold)
    if pointer in may_hold:
        told.dead.clear()
        if not trial.is_opaque and not told.is_explained:
            _find_vain_alternatives(step, trial, rule, entries, pointer, told)
        return holds
    is_defence = not trial.failed.isdisjoint(trial.defences)
    if _is_proven(step, pointer) and not is_defence:
        compared = frozenset(trial.tested)
        if entries and not told.is_explained and compared not in told.dead:
            told.dead.add(compared)
            told.vain[pointer] = (rule, dict(trial.tested))
        return []
    return [_loosened(situation, list(trial.tested.values())) for situation in left]


def _tell_absences(step: Step, trial: Trial, entries: list[Situation], may_hold: set[str]) -> bool:
    """Whether a path is told that is never there. `may_hold` grows by the tests whose path is somewhere.

    An IsPresent false of a path that another test has found only asks again what is known already.
    """
    is_told = False
    for place, path in {**trial.absences, **trial.defences}.items():
        is_defence = place in trial.defences
        key = path.text if is_defence else place
        if _is_found(step, entries, path):
            may_hold |= {key, path.text}
        is_vain = place in (trial.held if is_defence else trial.failed) and key not in may_hold
        if is_vain and key not in step.world.may_hold and _is_proven(step, key):
            _tell_absence(step, path, place, is_defence=is_defence)
            is_told = True
    return is_told


def _is_proven(step: Step, pointer: str) -> bool:
    """Whether it cannot hold whatever the input: a machine may check what its callers promise."""
    may_hold = step.world.may_hold_otherwise
    return may_hold is None or not may_hold(pointer)


def _is_found(step: Step, entries: list[Situation], path: Path) -> bool:
    roots = [root_of(path, step.scope(situation)) for situation in entries]
    return any(root is not None and follow(root, path.steps).lack != NOWHERE for root in roots)


def _tell_absence(step: Step, path: Path, place: str, *, is_defence: bool) -> None:
    keys = path.keys or ()
    holder = step.situations[0].data if path.root == INPUT else UNKNOWN
    reading = follow(holder, keys)
    base = path.root_text + "".join(step_text(key) for key in keys[: reading.at])
    available = available_paths(reading.holder, base, str(keys[-1]) if keys else "")
    always = "true" if is_defence else "false"
    what = (
        f"'{path.text}' is there on no way that leads here, so the test is always {always}; correct the path"
    )
    severity = WARNING if is_defence else ""
    pointer = f"{place}/Variable"
    step.report.tell(PRESENCE_NEVER, pointer, what, available=available, meant=path.text, severity=severity)


def _find_vain_alternatives(
    step: Step, trial: Trial, rule: Any, entries: list[Situation], pointer: str, told: _Told
) -> None:
    """An alternative of an Or that would not hold even if it came first."""
    for place in sorted(trial.alternatives & trial.failed):
        if place in trial.absences or place in trial.defences:
            continue
        again = Trial(step.scope)
        alternative = _at(rule, place.removeprefix(pointer))
        holds, _ = again.split(alternative, entries, place)
        if holds or again.is_opaque:
            step.world.may_hold.add(place)
        elif _is_proven(step, place):
            told.vain[place] = (alternative, again.tested)


def _tell_vain(step: Step, entries: list[Situation], told: _Told, lost: Uncovered | None) -> None:
    """What can never hold, and what is not covered: told as one where it is the same path's value."""
    for pointer, (rule, tested) in told.vain.items():
        follow_ons: list[Finding] = []
        what = "can never hold: nothing that reaches it satisfies it; correct or remove it"
        if lost is not None and lost.path.text in tested:
            aside = step.report.aside
            aside.tell(lost.rule, f"{step.pointer}/Choices", lost.what)
            follow_ons, what = aside.findings.found, "can never hold: nothing that reaches it satisfies it, "
            what += f"and no rule takes {lost.values} of '{lost.path.text}'; correct it"
            lost = None
        written = rule.get("StringEquals") if isinstance(rule, dict) else None
        known = [known_values(step, entries, path) for path in tested.values() if isinstance(written, str)]
        names = {value for values in known for value in values if isinstance(value, str)}
        step.report.tell(
            RULE_NEVER_MATCHES,
            pointer,
            what,
            available=sorted(names if written not in names else ()),
            meant=str(written),
            follow_ons=follow_ons,
        )
    if lost is not None:
        step.report.tell(lost.rule, f"{step.pointer}/Choices", lost.what)


def _at(rule: Any, pointer: str) -> Any:
    for part in pointer.strip("/").split("/"):
        rule = rule[int(part)] if isinstance(rule, list) else rule[part]
    return rule


def _loosened(situation: Situation, paths: list[Path]) -> Situation:
    """The situation with nothing known of what these paths name: what an undeclared input could be."""
    data = situation.data
    for path in paths:
        if path.root == INPUT and path.keys:
            changed = put(data, path.keys, UNKNOWN)
            data = data if changed.lack else changed.shape
    return replace(situation, data=data)

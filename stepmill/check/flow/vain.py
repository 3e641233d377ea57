"""Tests of a Choice that can never hold, and what is told of them.

What only the declared input rules out is told as a warning, unless the rule refuses: a machine may well check
what its callers promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from stepmill.check.finding import Finding
from stepmill.check.flow.coverage import Uncovered, known_values
from stepmill.check.flow.graph import successors
from stepmill.check.flow.lacking import NEAR_NAME, spelled_alike
from stepmill.check.flow.narrowing import Trial
from stepmill.check.flow.paths import INPUT, Path
from stepmill.check.flow.reading import NOWHERE, follow
from stepmill.check.flow.scope import Lack, root_of
from stepmill.check.flow.situations import Situation
from stepmill.check.flow.step import Step
from stepmill.check.likeness import close_matches, nearest
from stepmill.check.records import dataclass, field
from stepmill.check.rule import WARNING
from stepmill.check.rules.data_flow import PATH_MISSING
from stepmill.check.rules.dead_ends import PRESENCE_NEVER, RULE_NEVER_MATCHES
from stepmill.check.shapes.describe import available_paths, step_text
from stepmill.check.shapes.shape import UNKNOWN, Shape

if TYPE_CHECKING:
    from stepmill.check.flow.jsonata import Asked


@dataclass(frozen=True, slots=True)
class Vain:
    """A rule or an alternative that can never hold. tested: the paths it compares.

    has_proof: it could not hold with another input than the declared either.
    """

    rule: Any
    tested: dict[str, Path]
    has_proof: bool


@dataclass(slots=True)
class Told:
    """vain: by their pointers. dead: what such rules compare; the next that compares the same is of the same
    fault. is_explained: that later rules never hold follows from what has been told.
    """

    vain: dict[str, Vain] = field(default_factory=dict)
    dead: set[frozenset[str]] = field(default_factory=set)
    is_explained: bool = False


def is_proven(step: Step, pointer: str) -> bool:
    """Whether it cannot hold whatever the input.

    That is judged when the scope is at rest: what comes round in a loop may make it hold.
    """
    may_hold = step.world.may_hold_otherwise
    if may_hold is None:
        return True
    if not step.is_at_rest:
        step.outcome.is_open = True
        return False
    return not may_hold(pointer)


def refuses(step: Step, rule: Any) -> bool:
    """Whether all ways from where the rule leads end in a Fail."""
    waiting, seen = [rule.get("Next")], set()
    while waiting:
        name = waiting.pop()
        state = step.siblings.get(name) if isinstance(name, str) else None
        if name in seen or (isinstance(state, dict) and state.get("Type") == "Fail"):
            continue
        seen.add(name)
        onward = successors(state)
        if not onward or (isinstance(state, dict) and "End" in state):
            return False
        waiting += onward
    return True


def tell_absences(step: Step, trial: Trial, rule: Any, entries: list[Situation], may_hold: set[str]) -> bool:
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
        if not is_vain or key in step.world.may_hold:
            continue
        has_proof = is_proven(step, key)
        if has_proof or not (is_defence or refuses(step, rule)):
            _tell_absence(step, path, place, is_defence=is_defence, has_proof=has_proof)
            is_told = True
    return is_told


def _is_found(step: Step, entries: list[Situation], path: Path) -> bool:
    roots = [root_of(path, step.scope(situation)) for situation in entries]
    return any(root is not None and follow(root, path.steps).lack != NOWHERE for root in roots)


def _tell_absence(step: Step, path: Path, place: str, *, is_defence: bool, has_proof: bool) -> None:
    keys = path.keys or ()
    holder = step.situations[0].data if path.root == INPUT else UNKNOWN
    reading = follow(holder, keys)
    base = path.root_text + "".join(step_text(key) for key in keys[: reading.at])
    available = available_paths(reading.holder, base, str(keys[-1]) if keys else "")
    always = "true" if is_defence else "false"
    where = "on no way that leads here" if has_proof else "in no input that is declared"
    what = f"'{path.text}' is there {where}, so the test is always {always}; correct the path"
    is_root = path.root == INPUT and bool(keys)
    is_wary = is_root and not _is_misspelt(str(keys[reading.at]), str(keys[-1]), reading.holder, available)
    severity = WARNING if is_defence or not has_proof or is_wary else ""
    pointer = f"{place}/Variable"
    step.report.tell(PRESENCE_NEVER, pointer, what, available=available, meant=path.text, severity=severity)


def _is_misspelt(key: str, last: str, holder: Shape, available: Iterable[str]) -> bool:
    """Whether something is spelled like what is not there, or the same stands in another place."""
    return bool(spelled_alike(key, holder)) or any(one.endswith(step_text(last)) for one in available)


def find_vain_alternatives(
    step: Step, trial: Trial, rule: Any, entries: list[Situation], pointer: str, told: Told
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
        elif (has_proof := is_proven(step, place)) or not refuses(step, rule):
            told.vain[place] = Vain(alternative, again.tested, has_proof)


def _at(rule: Any, pointer: str) -> Any:
    for part in pointer.strip("/").split("/"):
        rule = rule[int(part)] if isinstance(rule, list) else rule[part]
    return rule


def tell_vain(step: Step, entries: list[Situation], told: Told, lost: Uncovered | None) -> None:
    """What can never hold, and what is not covered: told as one where it is the same path's value."""
    for pointer, vain in told.vain.items():
        follow_ons: list[Finding] = []
        who = "nothing that reaches it satisfies it" if vain.has_proof else "no declared input satisfies it"
        what = f"can never hold: {who}; correct or remove it"
        if lost is not None and lost.path.text in vain.tested:
            aside = step.report.aside
            aside.tell(lost.rule, f"{step.pointer}/Choices", lost.what)
            follow_ons = aside.findings.found
            what = f"can never hold: {who}, and no rule takes {lost.values} of '{lost.path.text}'; correct it"
            lost = None
        written = vain.rule.get("StringEquals") if isinstance(vain.rule, dict) else None
        known = [known_values(step, entries, path) for path in vain.tested.values()]
        names = {value for values in known for value in values if isinstance(value, str)}
        step.report.tell(
            RULE_NEVER_MATCHES,
            pointer,
            what,
            available=sorted(names) if isinstance(written, str) and written not in names else (),
            meant=str(written),
            follow_ons=follow_ons,
        )
    if lost is not None:
        step.report.tell(lost.rule, f"{step.pointer}/Choices", lost.what)


def tell_asked(step: Step, rule: Any, asked: list[Asked], pointer: str) -> Iterator[Lack]:
    """What a condition asks for in vain in every situation.

    Gives what nothing more has to be told of: the path, and the one that seems meant.
    """
    step.world.may_hold.update(f"{pointer}?{path}" for one in asked for path in one.found)
    for vain in asked[0].vain.values() if asked else ():
        is_variable = vain.path.startswith("$") and "." not in vain.path
        if is_variable or not all(vain.path in one.vain for one in asked):
            continue
        has_proof = is_proven(step, f"{pointer}?{vain.path}")
        if not has_proof and (vain.is_defence or refuses(step, rule)):
            continue
        where = "on no way that leads here" if has_proof else "in no input that is declared"
        how = "asked for in vain" if vain.is_presence else "compared with nothing"
        name, *names = (path.rpartition(".")[2] for path in (vain.path, *vain.available))
        is_wary = not close_matches(name, names, cutoff=NEAR_NAME)
        is_harmless = vain.is_defence or (vain.is_presence and (is_wary or not has_proof))
        seems = nearest(vain.path, vain.available, cutoff=0.6)
        step.report.tell(
            PRESENCE_NEVER if vain.is_presence else PATH_MISSING,
            pointer,
            f"'{vain.path}' is there {where}, so that it is {how}; correct the path",
            available=vain.available,
            meant=seems,
            severity=WARNING if is_harmless else "",
        )
        for path in filter(None, (vain.path, seems)):
            if path.startswith("$states.input."):
                yield Lack(pointer, INPUT, tuple(path.split(".")[2:]))
            else:
                name, *keys = path.removeprefix("$").split(".")
                yield Lack(pointer, name, tuple(keys))

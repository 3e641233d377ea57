"""Values that no rule of a Choice takes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from stepmill.check.flow.graph import successors
from stepmill.check.flow.paths import Path
from stepmill.check.flow.reading import follow
from stepmill.check.flow.scope import root_of
from stepmill.check.flow.situations import Situation
from stepmill.check.flow.step import Step
from stepmill.check.patterns import late_pattern
from stepmill.check.records import dataclass
from stepmill.check.rule import Rule
from stepmill.check.rules.data_flow import CHOICE_NOT_COVERED, STATUS_NOT_COVERED
from stepmill.check.shapes.shape import Boolean, Number, String, options

_STATUS = late_pattern(r"stat(us|e)$", re.IGNORECASE)
# A status that passes by itself: waiting on is right.
_PASSING = late_pattern(
    r"(ing|ING)(?![a-z])|(?i:progress|pending|queued|submitted|picked|started|runnable|scheduled|initial)"
    r"|^ALL$"  # a filter's value among Redshift's statuses: no statement has it
)


@dataclass(frozen=True, slots=True)
class Uncovered:
    """values: those of the path that no rule takes, as they are shown. what: the sentence."""

    rule: Rule
    path: Path
    values: str
    what: str


def uncovered(
    step: Step,
    entries: list[Situation],
    taken: list[Situation],
    left: list[Situation],
    tested: Mapping[str, Path],
) -> Uncovered | None:
    """taken: what goes by some rule; left: what goes by none; tested: the paths that the rules compare."""
    if not left:
        return None
    has_default = "Default" in step.raw
    if has_default and not _comes_back(step):
        return None
    for path in tested.values():
        if has_default and not _is_status(path):
            continue
        there = known_values(step, entries, path)
        lost = (there - known_values(step, taken, path)) & known_values(step, left, path)
        if not lost or len(lost) == len(there):
            continue
        if not has_default:
            rule = STATUS_NOT_COVERED if _is_status(path) else CHOICE_NOT_COVERED
            shown = ", ".join(sorted(json.dumps(value) for value in lost))
            what = f"no rule takes {shown} of '{path.text}', and there is no Default; add a rule or a Default"
            return Uncovered(rule, path, shown, what)
        final = sorted(str(value) for value in lost if not _PASSING.search(str(value)))
        if final:
            shown = ", ".join(final)
            what = (
                f"'{path.text}' can be {shown}, which no rule takes: Default leads back to the "
                "same look for ever; add a rule for it"
            )
            return Uncovered(STATUS_NOT_COVERED, path, shown, what)
    return None


def _is_status(path: Path) -> bool:
    return bool(path.keys) and _STATUS.search(str((path.keys or ("",))[-1])) is not None


def known_values(step: Step, situations: list[Situation], path: Path) -> frozenset[str | float | bool]:
    """The values that are known of the path."""
    found: set[str | float | bool] = set()
    for situation in situations:
        root = root_of(path, step.scope(situation))
        if root is None:
            continue
        for option in options(follow(root, path.steps).shape):
            match option:
                case Boolean():
                    found |= {True, False} if option.value is None else {option.value}
                case String() | Number() if option.values is not None:
                    found |= option.values
    return frozenset(found)


def _comes_back(step: Step) -> bool:
    """Whether Default leads back here through states that each have one way on."""
    states = step.siblings
    name, seen = step.raw.get("Default"), set[str]()
    while isinstance(name, str) and name in states and name not in seen:
        if name == step.name:
            return True
        seen.add(name)
        state = states[name]
        if not isinstance(state, dict) or state.get("Type") == "Choice":
            return False
        onward = [state.get("Next")] if "Next" in state else successors(state)
        name = onward[0] if len(onward) == 1 else None
    return False

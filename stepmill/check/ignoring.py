"""What was written in a Comment to switch a rule off, and switches nothing off: a slip there is silent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from stepmill.check.catalogue import all_rules
from stepmill.check.finding import Finding, Findings, pointer
from stepmill.check.flow.graph import inner_scopes
from stepmill.check.likeness import nearest
from stepmill.check.patterns import late_pattern
from stepmill.check.records import dataclass
from stepmill.check.rule import FAILURE
from stepmill.check.rules.ignoring import IGNORE_IN_VAIN
from stepmill.check.subject import Subject
from stepmill.check.suppression import Ignore, Written

FORM = "[check-ignore RULE: reason]"
# Their findings depend on the definition alone, whatever is told of the world around it.
_OF_FORM = frozenset(["structure", "fields", "languages", "intrinsics"])
_NAMED = late_pattern(r"ignore[\s:]+([\w-]+)(?:\s+in\s+([^:\]]+))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Slip:
    """what: the sentence. seems: what was meant by it, as far as that can be guessed."""

    what: str
    seems: Ignore | None = None
    available: Sequence[str] = ()
    meant: str = ""


def in_vain(
    subject: Subject,
    written: Iterable[Written],
    found: Iterable[Finding],
    left: Sequence[Finding],
    *,
    is_all_known: bool,
) -> list[Finding]:
    """`left` of what was found, which has not been switched off, with what has been written in vain.

    A finding that a slip leaves standing is told as one with it. is_all_known: of the world around the
    machine; else rules about data and permissions may tell nothing yet.
    """
    findings, kept = Findings(), list(left)
    names = list(_states(subject.definition))
    told = list(_with_follow_ons(found))
    for one in written:
        slip = _slip(one, names)
        if slip is None and one.ignore is not None and not any(map(one.ignore.covers, told)):
            is_idle = _is_sure(one.ignore, left, is_all_known=is_all_known)
            slip = _Slip(f"but {one.ignore.rule} tells nothing here; remove it") if is_idle else None
        if slip is None:
            continue
        follow_ons = [each for each in kept if slip.seems is not None and slip.seems.covers(each)]
        kept = [each for each in kept if each not in follow_ons]
        findings.add(
            IGNORE_IN_VAIN,
            subject.pointer + pointer(*one.holder, "Comment"),
            f"{f'States.{one.state}: ' if one.state else ''}Comment has {one.text!r}, {slip.what}",
            state=one.state,
            available=slip.available,
            meant=slip.meant,
            follow_ons=follow_ons,
        )
    return kept + findings.in_file(subject.file)


def _slip(one: Written, names: Sequence[str]) -> _Slip | None:
    rules = all_rules()
    if one.ignore is None:
        if not one.is_read:
            return _Slip("which is not read here; write it into the Comment of a state or of the machine")
        named = _NAMED.search(one.text)
        rule, state = (named[1], (named[2] or "").strip()) if named else ("", "")
        seems = Ignore(rule, "", one.state or state) if rule in rules else None
        return _Slip(f"which has no reason or another form; write {FORM}", seems)
    rule = one.ignore.rule
    if rule not in rules:
        near = nearest(rule, rules, cutoff=0.6)
        seems = Ignore(near, "", one.ignore.state) if near else None
        return _Slip(
            f"but {rule!r} is no rule; write one of --explain all", seems, (near,) if near else (), rule
        )
    if one.named and one.state not in ("", one.named):
        return _Slip(f"but this is the Comment of {one.state}; write it into that of {one.named}")
    if one.named and one.named not in names:
        near = nearest(one.named, names, cutoff=0.6)
        seems = Ignore(rule, "", near) if near else None
        return _Slip(f"but there is no state {one.named!r}; name one of the machine", seems, names, one.named)
    return None


def _is_sure(ignore: Ignore, left: Iterable[Finding], *, is_all_known: bool) -> bool:
    """Whether the rule would have told something by now: there may be more to find behind a failure."""
    if any(one.severity == FAILURE for one in left):
        return False
    return is_all_known or all_rules()[ignore.rule].family in _OF_FORM


def _with_follow_ons(findings: Iterable[Finding]) -> Iterator[Finding]:
    for one in findings:
        yield one
        yield from _with_follow_ons(one.follow_ons)


def unknown_states(ignores: Iterable[Ignore], definitions: Iterable[Any]) -> list[str]:
    """A sentence for each that names a state which none of the machines has."""
    names = {name for definition in definitions for name in _states(definition)}
    told: list[str] = []
    for one in ignores:
        if one.state not in names:
            near = nearest(one.state, sorted(names), cutoff=0.6)
            meant = f" (did you mean {near!r}?)" if near else ""
            told.append(f"{one.rule}@{one.state}: no machine here has a state {one.state!r}{meant}")
    return told


def _states(scope: Any) -> Iterator[str]:
    states = scope.get("States") if isinstance(scope, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        yield str(name)
        if isinstance(state, dict):
            for inner, _ in inner_scopes(state, ""):
                yield from _states(inner)

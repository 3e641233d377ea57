"""Rules that somebody has switched off for a state, with a reason.

In a Comment, of the machine or of the state: `[check-ignore RULE: reason]`; in the machine's, for one state:
`[check-ignore RULE in STATE: reason]`. On the command line: `RULE=reason` or `RULE@STATE=reason`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stepmill.check.finding import Finding
from stepmill.check.patterns import late_pattern
from stepmill.check.records import dataclass

COMMENT = late_pattern(
    r"\[check-ignore\s+(?P<rule>[a-z][a-z0-9-]*)(?:\s+in\s+(?P<state>[^:\]]+?))?\s*:\s*(?P<reason>[^\]]+)\]"
)
LINE = late_pattern(r"(?P<rule>[a-z][a-z0-9-]*)(?:@(?P<state>[^=]+))?=(?P<reason>.*\S.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Ignore:
    """state: the only one that it holds for; "" for every state. pointer: of the Comment; "" else."""

    rule: str
    reason: str
    state: str = ""

    def covers(self, finding: Finding) -> bool:
        return finding.rule == self.rule and self.state in ("", finding.state)


def of_line(text: str) -> Ignore | None:
    """From the command line; None when it is not RULE[@STATE]=REASON."""
    found = LINE.match(text)
    return Ignore(found["rule"], found["reason"].strip(), found["state"] or "") if found else None


def of_machine(definition: Any) -> Iterator[Ignore]:
    """Those in the Comments of a machine and of its states, however deep."""
    yield from _of_comment(definition, "")
    yield from _of_states(definition)


def _of_states(part: Any) -> Iterator[Ignore]:
    if isinstance(part, list):
        for item in part:
            yield from _of_states(item)
    elif isinstance(part, Mapping):
        states = part.get("States")
        for name, state in states.items() if isinstance(states, Mapping) else ():
            yield from _of_comment(state, str(name))
        for value in part.values():
            if isinstance(value, Mapping | list):
                yield from _of_states(value)


def _of_comment(holder: Any, state: str) -> Iterator[Ignore]:
    comment = holder.get("Comment") if isinstance(holder, Mapping) else None
    if not isinstance(comment, str) or "[check-ignore" not in comment:
        return
    for found in COMMENT.finditer(comment):
        yield Ignore(found["rule"], found["reason"].strip(), state or (found["state"] or "").strip())


def kept(findings: Iterable[Finding], ignores: Iterable[Ignore]) -> list[Finding]:
    """What is left to tell. Where a fault is switched off, what follows from it is not."""
    known = list(ignores)
    left: list[Finding] = []
    for one in findings:
        is_off = any(ignore.covers(one) for ignore in known)
        left += kept(one.follow_ons, known) if is_off else [one]
    return left

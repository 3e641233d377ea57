"""Rules that somebody has switched off for a state, with a reason.

In a Comment, of the machine or of the state: `[check-ignore RULE: reason]`; in the machine's, for one state:
`[check-ignore RULE in STATE: reason]`. On the command line: `RULE=reason` or `RULE@STATE=reason`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from stepmill.check.finding import Finding
from stepmill.check.patterns import late_pattern
from stepmill.check.records import dataclass

COMMENT = late_pattern(
    r"\[check-ignore\s+(?P<rule>[a-z][a-z0-9-]*)(?:\s+in\s+(?P<state>[^:\]]+?))?"
    r"\s*:\s*(?P<reason>[^\]\s][^\]]*)\]"
)
MEANT = late_pattern(r"\[\s*check[-_ ]?ignore\b[^\]]*\]?", re.IGNORECASE)
LINE = late_pattern(r"(?P<rule>[a-z][a-z0-9-]*)(?:@(?P<state>[^=]+))?=(?P<reason>.*\S.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Ignore:
    """state: the only one that it holds for; "" for every state."""

    rule: str
    reason: str
    state: str = ""

    def covers(self, finding: Finding) -> bool:
        return finding.rule == self.rule and self.state in ("", finding.state)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written in a Comment to switch a rule off.

    ignore: None when it is not of the form, or the Comment is not one that is read. holder: the keys of what
    has the Comment. state: the state that it is, "" for others. named: the state that the text names.
    """

    text: str
    ignore: Ignore | None
    holder: tuple[str | int, ...]
    state: str
    named: str = ""

    @property
    def is_read(self) -> bool:
        return bool(self.state) or not self.holder


def of_line(text: str) -> Ignore | None:
    """From the command line; None when it is not RULE[@STATE]=REASON."""
    found = LINE.match(text)
    return Ignore(found["rule"], found["reason"].strip(), found["state"] or "") if found else None


def written_in(definition: Any) -> Iterator[Written]:
    """All that looks like one, in every Comment of the machine."""
    for keys, comment in _comments(definition) if _may_hold(definition) else ():
        state = str(keys[-1]) if keys[-2:-1] == ("States",) else ""
        for meant in MEANT.finditer(comment):
            found = COMMENT.match(comment, meant.start()) if state or not keys else None
            named = (found["state"] or "").strip() if found else ""
            ignore = Ignore(found["rule"], found["reason"].strip(), state or named) if found else None
            yield Written(meant[0], ignore, keys, state, named)


def _may_hold(definition: Any) -> bool:
    """Whether any Comment may switch something off; most machines have none that does."""
    waiting = [definition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            text = part.get("Comment")
            if isinstance(text, str) and "ignore" in text.lower():
                return True
            waiting += [value for value in part.values() if isinstance(value, dict | list)]
        elif isinstance(part, list):
            waiting += [value for value in part if isinstance(value, dict | list)]
    return False


def _comments(part: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Those that may switch something off, with the keys of what has them."""
    if isinstance(part, list):
        for at, item in enumerate(part):
            if isinstance(item, dict | list):
                for keys, comment in _comments(item):
                    yield (at, *keys), comment
    elif isinstance(part, dict):
        text = part.get("Comment")
        if isinstance(text, str) and "ignore" in text.lower():
            yield (), text
        for key, value in part.items():
            if isinstance(value, dict | list):
                for keys, comment in _comments(value):
                    yield (str(key), *keys), comment


def kept(findings: Iterable[Finding], ignores: Iterable[Ignore]) -> list[Finding]:
    """What is left to tell. Where a fault is switched off, what follows from it is not."""
    known = list(ignores)
    left: list[Finding] = []
    for one in findings:
        is_off = any(ignore.covers(one) for ignore in known)
        left += kept(one.follow_ons, known) if is_off else [one]
    return left

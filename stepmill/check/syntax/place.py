"""A place in a definition, and how to tell what is wrong there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from stepmill.check.finding import Findings, pointer
from stepmill.check.records import dataclass, replace
from stepmill.check.rule import Rule

JSONPATH, JSONATA = "JSONPath", "JSONata"


@dataclass(frozen=True, slots=True)
class Place:
    """language: the query language that holds here. state: the innermost state's name.

    holder: the pointer of what is broken when something is wrong here: the innermost state, else the machine.
    machine_pointer: of the whole definition; inside: the keys and positions that lead on from there.
    broken: the pointers of all such holders.
    variables: that the machine assigns anywhere. raised: the errors that its Fail states give.
    """

    findings: Findings
    broken: set[str]
    machine_pointer: str
    holder: str
    inside: tuple[str | int, ...] = ()
    language: str = JSONPATH
    machine_language: str = JSONPATH
    state: str = ""
    is_express: bool = False
    variables: frozenset[str] = frozenset()
    raised: frozenset[str] = frozenset()

    def at(self, *parts: str | int) -> Place:
        return replace(self, inside=(*self.inside, *parts))

    @property
    def pointer(self) -> str:
        return self.machine_pointer + pointer(*self.inside)

    def in_state(self, name: str, language: str) -> Place:
        """The place of the state, from that of its scope."""
        inner = self.at("States", name)
        return replace(inner, state=name, holder=inner.pointer, language=language)

    @property
    def where(self) -> str:
        """`States.Judge.Retry[0]`: from the innermost States on."""
        parts = [str(part) for part in self.inside]
        start = max((n for n, part in enumerate(parts[:-1]) if part == "States"), default=0)
        text = "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts[start:])
        return text.lstrip(".") or "machine"

    def tell(
        self,
        rule: Rule,
        message: str,
        *,
        available: Iterable[str] = (),
        meant: str = "",
        is_breaking: bool = True,
        severity: str = "",
        at: Place | None = None,
    ) -> None:
        """`message` follows `<where>: `; `at` is the exact place when it is deeper than that.

        is_breaking: what stands here can no longer be trusted by those who look further.
        """
        target = at or self
        if is_breaking:
            self.broken.add(self.holder)
        self.findings.add(
            rule,
            target.pointer,
            f"{self.where}: {message}",
            state=self.state,
            available=available,
            meant=meant,
            severity=severity,
        )


def shown(value: Any) -> str:
    """A value for a message, cut when long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def is_token(value: Any) -> bool:
    """A text with a `${Token}` that is filled at deployment: nothing is known of it."""
    return isinstance(value, str) and "${" in value


def is_expression(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")

"""What the checker says: one Finding per fault, at the exact place."""

from __future__ import annotations

from collections.abc import Iterable

from stepmill.check.likeness import nearest
from stepmill.check.records import dataclass, field, replace
from stepmill.check.rule import FAILURE, Rule


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault.

    pointer: JSON pointer (RFC 6901) into the file, to the member that is wrong; to its holder when one is
    missing. state: the state's name, "" outside of states.
    message: one sentence: what is wrong, with the value; what to do or what is allowed.
    available: what is there instead, such as the paths that could be read.
    suggestion: the one that seems meant.
    follow_ons: what only follows from the fault, and is told in its place where the fault is switched off.
    """

    rule: str
    severity: str
    pointer: str
    message: str
    state: str = ""
    available: tuple[str, ...] = ()
    suggestion: str = ""
    file: str = ""
    follow_ons: tuple[Finding, ...] = ()


def with_follow_ons(cause: Finding, follow_ons: Iterable[Finding]) -> Finding:
    """The one finding for a fault and all that follows from it, as grave as the gravest of them."""
    added = (*cause.follow_ons, *follow_ons)
    is_grave = any(one.severity == FAILURE for one in (cause, *added))
    return replace(cause, severity=FAILURE if is_grave else cause.severity, follow_ons=added)


@dataclass(slots=True)
class Findings:
    """Collects findings. Rules add; whoever runs them reads `found`.

    The same rule at the same place is told once, however many ways lead there.
    """

    found: list[Finding] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def add(
        self,
        rule: Rule,
        pointer: str,
        message: str,
        *,
        state: str = "",
        available: Iterable[str] = (),
        meant: str = "",
        severity: str = "",
        follow_ons: Iterable[Finding] = (),
    ) -> None:
        """meant: what was written, to look for the nearest of `available`."""
        if (rule.id, pointer) in self.seen:
            return
        self.seen.add((rule.id, pointer))
        names = tuple(available)
        one = Finding(
            rule=rule.id,
            severity=severity or rule.severity,
            pointer=pointer,
            message=message,
            state=state,
            available=names,
            suggestion=nearest(meant, names, cutoff=0.6) if meant else "",
        )
        self.found.append(with_follow_ons(one, follow_ons) if follow_ons else one)

    @property
    def has_failure(self) -> bool:
        return any(finding.severity == FAILURE for finding in self.found)

    def in_file(self, file: str) -> list[Finding]:
        return [_in_file(finding, file) for finding in self.found]


def _in_file(finding: Finding, file: str) -> Finding:
    inner = tuple(_in_file(one, file) for one in finding.follow_ons)
    return replace(finding, file=file, follow_ons=inner)


def pointer(*parts: str | int) -> str:
    """The JSON pointer of a place, from its keys and positions."""
    plain = f"/{parts[0]}" if len(parts) == 1 else "".join([f"/{part}" for part in parts])
    if "~" not in plain and plain.count("/") == len(parts):
        return plain
    return "".join(["/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts])

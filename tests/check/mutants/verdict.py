"""How many mutants are caught, and which are not."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from zlib import crc32

from stepmill.check.finding import Finding
from stepmill.check.rule import FAILURE
from tests.check.mutants.mutation import Mutant
from tests.check.mutants.subject import Own

Drawn = tuple[Own, Mutant]
LEAST = 0.97
IS_ALL = os.environ.get("STEPMILL_MUTANTS") == "all"


@dataclass
class Verdict:
    """caught, warned: how many, and how many of them by warnings alone, which `--strict` refuses as well.

    excused, survivors: with the reason.
    """

    caught: int = 0
    warned: int = 0
    excused: list[tuple[Drawn, str]] = field(default_factory=list)
    survivors: list[tuple[Drawn, str]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Of those that count."""
        return self.caught / max(1, self.caught + len(self.survivors))

    def __str__(self) -> str:
        lines = [
            f"{self.caught} caught ({self.warned} by a warning), {len(self.survivors)} survived: "
            f"{self.share:.1%}; {len(self.excused)} more are correct as well"
        ]
        for title, found in (("SURVIVED", self.survivors), ("CORRECT", self.excused)):
            lines += [f"{title} {own.name}: {mutant.told}: {why}" for (own, mutant), why in found]
        return "\n".join(lines)


def sample(mutants: Iterable[Drawn], count: int, *, is_all: bool = IS_ALL) -> list[Drawn]:
    """So many of all machines together, the same ones every time, of each machine's kinds in proportion, but
    one of each at least; all when STEPMILL_MUTANTS is `all`.
    """
    kinds = defaultdict(list)
    for own, mutant in mutants:
        kinds[own.name, mutant.kind].append((own, mutant))
    total = sum(map(len, kinds.values()))
    found = []
    for listed in kinds.values():
        share = len(listed) if is_all else max(1, round(len(listed) * count / total))
        found += sorted(listed, key=lambda drawn: crc32(drawn[1].told.encode()))[:share]
    return found


def judge(
    mutants: Iterable[Drawn],
    findings: Callable[[Own, Mutant], list[Finding]],
    excuse: Callable[[Own, Mutant], str],
    reason: Callable[[Own, Mutant], str],
) -> Verdict:
    verdict = Verdict()
    for own, mutant in mutants:
        found = findings(own, mutant)
        if found:
            verdict.caught += 1
            verdict.warned += all(one.severity != FAILURE for one in found)
        elif why := excuse(own, mutant):
            verdict.excused.append(((own, mutant), why))
        else:
            verdict.survivors.append(((own, mutant), reason(own, mutant)))
    return verdict

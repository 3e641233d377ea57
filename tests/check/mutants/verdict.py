"""How many mutants are caught, and which are not."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import sqrt
from zlib import crc32

from stepmill.check.finding import Finding
from stepmill.check.rule import FAILURE
from tests.check.mutants.mutation import Mutant
from tests.check.mutants.subject import Own

Drawn = tuple[Own, Mutant]
LEAST = 0.97
IS_ALL = os.environ.get("STEPMILL_MUTANTS") == "all"


@dataclass
class Tally:
    """caught, warned: how many, and how many of them by warnings alone, which `--strict` refuses as well."""

    caught: int = 0
    warned: int = 0
    survived: int = 0
    excused: int = 0

    @property
    def share(self) -> float:
        """Of those that count."""
        return self.caught / max(1, self.caught + self.survived)

    def __str__(self) -> str:
        return (
            f"{self.caught} caught ({self.warned} by a warning), {self.survived} survived: {self.share:.1%}; "
            f"{self.excused} more are correct as well"
        )


@dataclass
class Verdict:
    """machines: by their names. excused, survivors: what is said of each, with the reason."""

    machines: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    excused: list[str] = field(default_factory=list)
    survivors: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)

    @property
    def total(self) -> Tally:
        tallies = self.machines.values()
        names = ("caught", "warned", "survived", "excused")
        return Tally(*(sum(getattr(tally, name) for tally in tallies) for name in names))

    @property
    def low(self) -> list[str]:
        """What is below the least share: the machines together; each alone too when all mutants are
        tried, within the chance that a hundred mutants of a stack leave.
        """
        shares = [("together", self.total, least_of(self.total))]
        if IS_ALL:
            shares += [(name, one, least_of(one, is_all=False)) for name, one in self.machines.items()]
        return [f"{name}: {tally}" for name, tally, least in shares if tally.share < least]

    def __str__(self) -> str:
        lines = [f"{self.total}", *(f"{name}: {tally}" for name, tally in sorted(self.machines.items()))]
        for title, found in (("SURVIVED", self.survivors), ("CORRECT", self.excused)):
            lines += [f"{title} {told}" for told in found]
        return "\n".join(lines)


def least_of(tally: Tally, *, is_all: bool = IS_ALL) -> float:
    """Of a sample two standard deviations less: other mutants are drawn whenever a machine changes."""
    count = max(1, tally.caught + tally.survived)
    return LEAST if is_all else LEAST - 2 * sqrt(LEAST * (1 - LEAST) / count)


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
    """excuse, reason: give "" when there is none."""
    verdict = Verdict()
    for own, mutant in mutants:
        tally, told = verdict.machines[own.name], f"{own.name}: {mutant.told}"
        found = findings(own, mutant)
        if found:
            tally.caught += 1
            tally.warned += all(one.severity != FAILURE for one in found)
        elif why := excuse(own, mutant):
            tally.excused += 1
            verdict.excused.append(f"{told}: {why}")
        else:
            why = reason(own, mutant)
            tally.survived += 1
            verdict.survivors.append(f"{told}: {why or 'nobody knows why'}")
            verdict.unexplained += [] if why else [told]
    return verdict

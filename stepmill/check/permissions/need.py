"""One thing that IAM must allow."""

from __future__ import annotations

from enum import IntEnum

from stepmill.check.records import dataclass


class Weight(IntEnum):
    """VITAL: the machine cannot be deployed or fails without it. ADVISED: it works, but not in every case.

    POSSIBLE: needed only for what the definition does not show, such as data in S3 that a query reads.
    """

    VITAL = 0
    ADVISED = 1
    POSSIBLE = 2


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """resource: an ARN in which `${Name}` is what a template fills in and `*` what only a run knows.

    passed_to: for iam:PassRole the service that gets the role. state, pointer: who needs it, "" for all.
    """

    action: str
    resource: str
    passed_to: str = ""
    weight: Weight = Weight.VITAL
    state: str = ""
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """unknown: IAM prefixes of which more may be needed than is listed; "" for any."""

    needs: tuple[Need, ...]
    unknown: frozenset[str] = frozenset()

"""What only follows from a fault, told as one with it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TypeAlias

from stepmill.check.finding import Finding, Findings, pointer, with_follow_ons
from stepmill.check.flow.paths import INPUT, PathSyntax, parse_path
from stepmill.check.flow.reading import NOWHERE, follow
from stepmill.check.flow.scope import Lack, Report
from stepmill.check.records import replace
from stepmill.check.subject import TaskView

Keys: TypeAlias = tuple[str | int, ...]
MOST_SHOWN = 3
_OF_RESULT = ("ResultSelector", "Assign", "Output")


def take(findings: Findings, reports: list[Report]) -> None:
    """The findings of all states; of places that lack the same in the same data that of the first."""
    first = _first_of(reports)
    follow_ons: dict[str, list[Finding]] = {}
    for report in reports:
        for finding in report.findings.found:
            key = (finding.rule, finding.pointer)
            if key in findings.seen:
                continue
            findings.seen.add(key)
            if finding.pointer in first:
                follow_ons.setdefault(first[finding.pointer], []).append(finding)
            else:
                findings.found.append(finding)
    for at, finding in enumerate(findings.found if follow_ons else ()):
        if inner := follow_ons.pop(finding.pointer, None):
            findings.found[at] = _told_with(finding, inner)


def _first_of(reports: list[Report]) -> dict[str, str]:
    """For each pointer whose every lack is that of an earlier one: that one's.

    Of data that was replaced, so that nothing there is as it was thought, all that is missing is one lack.
    """
    known: dict[tuple[str, str, Keys], str] = {}
    lost: dict[tuple[str, str, Keys], str] = {}
    first: dict[str, str] = {}
    own: set[str] = set()
    for report in reports:
        for home, lack in _lacks(report):
            earlier = known.setdefault((home, lack.root, lack.keys), lack.pointer)
            if earlier == lack.pointer and lack.is_lost:
                holder = tuple("*" if isinstance(key, int) else key for key in lack.keys[:-1])
                earlier = lost.setdefault((home, lack.root, holder), lack.pointer)
            if earlier == lack.pointer:
                own.add(lack.pointer)
            else:
                first.setdefault(lack.pointer, earlier)
    return {later: _root(later, first, own) for later in first if later not in own}


def _root(later: str, first: Mapping[str, str], own: Container[str]) -> str:
    """What it follows from in the end: the first may follow from another itself."""
    while later in first and later not in own:
        later = first[later]
    return later


def _lacks(report: Report) -> Iterator[tuple[str, Lack]]:
    """Each with what tells its data from others'."""
    yield from ((report.lineage, lack) for lack in report.lacks)
    yield from ((f"{report.pointer}/{_field(report, lack)}", lack) for lack in report.made_lacks)


def _field(report: Report, lack: Lack) -> str:
    return lack.pointer.removeprefix(f"{report.pointer}/").partition("/")[0]


def _told_with(cause: Finding, follow_ons: list[Finding]) -> Finding:
    places = [place.pointer for one in follow_ons for place in (one, *one.follow_ons)]
    more = len(places) - MOST_SHOWN
    shown = ", ".join(places[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
    told = replace(cause, message=f"{cause.message}; the same fault shows at {shown}")
    return with_follow_ons(told, follow_ons)


def take_unawaited(findings: Findings, view: TaskView, reports: Sequence[Report]) -> None:
    """What is missing in the answer of a job that is only started, and would be there once it has ended."""
    place = view.pointer + pointer("Resource")
    if ("job-not-awaited", place) not in findings.seen:
        return
    from stepmill.check.services.waiting import awaited

    answer, missing = awaited(view), set[str]()
    lineage = next((report.lineage for report in reports if report.pointer == view.pointer), "")
    for report in reports:
        for _, lack in _lacks(report) if report.lineage == lineage else ():
            keys = _in_result(view, report, lack)
            if keys and follow(answer, keys).lack != NOWHERE:
                missing.add(lack.pointer)
    follow_ons = [one for one in findings.found if one.rule == "path-missing" and one.pointer in missing]
    if follow_ons:
        findings.found = [
            _told_with(one, follow_ons) if (one.rule, one.pointer) == ("job-not-awaited", place) else one
            for one in findings.found
            if one not in follow_ons
        ]


def _in_result(view: TaskView, report: Report, lack: Lack) -> Keys:
    """What is lacking, from the job's result on; () when it is not in there."""
    if lack.root != INPUT:
        return ()
    is_own = report.pointer == view.pointer
    if is_own and _field(report, lack) in _OF_RESULT:
        return lack.keys
    if "ResultSelector" in view.raw or (is_own and _field(report, lack) != "OutputPath"):
        return ()
    try:
        place = parse_path(str(view.raw.get("ResultPath", INPUT))).keys or ()
    except PathSyntax:
        return ()
    return lack.keys[len(place) :] if lack.keys[: len(place)] == place else ()

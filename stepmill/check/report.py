"""Findings as people, programs and code scanning read them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from stepmill.check.finding import Finding
from stepmill.check.rule import FAILURE, WARNING, Rule

SHOWN_AVAILABLE = 8
# Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {FAILURE: "error", WARNING: "warning"}
Line = Callable[[Finding], int]


def as_text(
    findings: Sequence[Finding], line: Line, checked: Sequence[str], not_read: Sequence[str] = ()
) -> str:
    """`file:line: severity rule` and the sentence under it; a summary last."""
    parts = [_paragraph(finding, line(finding)) for finding in findings]
    return "\n".join([*parts, summary(findings, checked, not_read)])


def _paragraph(finding: Finding, line: int) -> str:
    lines = [f"{finding.file}:{line}: {finding.severity} {finding.rule}", f"  {finding.message}"]
    if finding.suggestion:
        lines.append(f"  did you mean {finding.suggestion}?")
    if finding.available:
        shown = ", ".join(finding.available[:SHOWN_AVAILABLE])
        more = len(finding.available) - SHOWN_AVAILABLE
        lines.append(f"  available: {shown}{f' and {more} more' if more > 0 else ''}")
    lines.append(f"  at {finding.pointer or 'the whole file'}")
    return "\n".join(lines) + "\n"


def summary(findings: Iterable[Finding], checked: Sequence[str], not_read: Sequence[str] = ()) -> str:
    counts = counted(findings)
    told = ", ".join(_plural(counts[severity], severity) for severity in (FAILURE, WARNING))
    rest = f"; {len(not_read)} not read: {', '.join(not_read)}" if not_read else ""
    return f"{_plural(len(checked), 'machine')} checked: {told}{rest}"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def counted(findings: Iterable[Finding]) -> dict[str, int]:
    counts = {FAILURE: 0, WARNING: 0}
    for finding in findings:
        counts[finding.severity] += 1
    return counts


def as_json(
    findings: Sequence[Finding], line: Line, checked: Sequence[str], not_read: Sequence[str] = ()
) -> str:
    counts = counted(findings)
    document = {
        "findings": [_members(finding) | {"line": line(finding)} for finding in findings],
        "summary": {
            "failures": counts[FAILURE],
            "warnings": counts[WARNING],
            "machines": list(checked),
            "not_read": list(not_read),
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _members(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "file": finding.file,
        "pointer": finding.pointer,
        "state": finding.state,
        "message": finding.message,
        "available": list(finding.available),
        "suggestion": finding.suggestion,
    }


def as_sarif(findings: Sequence[Finding], line: Line, rules: Mapping[str, Rule]) -> str:
    """Source: https://docs.github.com/en/code-security/code-scanning (SARIF support)"""
    from importlib import metadata  # reads e-mail and sockets, which no other format needs

    used = [rules[name] for name in sorted({finding.rule for finding in findings}) if name in rules]
    driver = {
        "name": "stepmill check",
        "version": metadata.version("stepmill"),
        "rules": [
            {
                "id": rule.id,
                "shortDescription": {"text": rule.line},
                "fullDescription": {"text": rule.paragraph},
                "helpUri": rule.source,
                "defaultConfiguration": {"level": LEVELS[rule.severity]},
                "properties": {"tags": [rule.family]},
            }
            for rule in used
        ],
    }
    results = [_result(finding, line(finding)) for finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(finding: Finding, line: int) -> dict[str, Any]:
    meant = f" Did you mean {finding.suggestion}?" if finding.suggestion else ""
    place = {
        "physicalLocation": {
            "artifactLocation": {"uri": finding.file},
            "region": {"startLine": line},
        },
        "logicalLocations": [{"name": finding.state, "fullyQualifiedName": finding.pointer}],
    }
    return {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity],
        "message": {"text": finding.message + meant},
        "locations": [place],
        "partialFingerprints": {"place/v1": f"{finding.rule}:{finding.file}:{finding.pointer}"},
    }

"""The mail about a window that has drifted: what moved, how far, against what, and where the report is; or
that nothing of a window could be used.

No row is in it: what customers have sent stays in the bucket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from millkit.letters import CONSOLES, Letter, plain_subject
from millkit.measured import DRIFT, NDCG, NO_BASELINE, Finding
from millkit.storage import Place
from millkit.windows import Layout

MOST_TOLD = 20
# SNS takes 256 KiB, and a message that it refuses would keep the window from being committed.
MOST_CHARACTERS, MOST_OF_ONE = 20_000, 300
CHECKS = {
    "data_type_check": "type of the values",
    "completeness_check": "missing values",
    "missing_column_check": "column is gone",
    "extra_column_check": "column is new",
    "categorical_values_check": "unknown categories",
    DRIFT: "distribution",
    NDCG: "ranking of the columns (NDCG)",
    NO_BASELINE: "no baseline",
}


def letter(
    window: Mapping[str, Any],
    found: Sequence[tuple[Mapping[str, Any], Finding]],
    *,
    region: str,
    partition: str,
) -> Letter:
    """found: (model, violation), the farthest first."""
    endpoint = window["endpoint"]
    lines = [
        f"Endpoint: {endpoint}",
        f"Window: {window['window']}, requests from {window['from']} to {window['to']}",
    ]
    for model in dict.fromkeys(model["name"] for model, _ in found):
        own = [(one, finding) for one, finding in found if one["name"] == model]
        first = own[0][0]
        lines += ["", f"Model: {model}, {first['records']} records, {first['judged']} with ground truth"]
        lines += [f"  {described(finding)}" for _, finding in own[:MOST_TOLD]]
        if len(own) > MOST_TOLD:
            lines.append(f"  and {len(own) - MOST_TOLD} more")
        compared = [finding for _, finding in own if finding.check_type != NO_BASELINE]
        for uri in dict.fromkeys(report_uri(first, finding) for finding in compared):
            lines += _report(uri, region, partition)
    return Letter(subject(endpoint, [finding for _, finding in found]), _body(lines))


def unusable(window: Mapping[str, Any], layout: Layout) -> Letter:
    """What came could not be used. The lines themselves stay in the bucket."""
    endpoint, number, problems = window["endpoint"], window["window"], window["counts"]["problems"]
    lines = [
        f"Endpoint: {endpoint}",
        f"Window: {number}, of {problems} lines none could be used, so that nothing is compared",
        "",
        *(f"  {one['key']}, line {one['line']}" for one in window["problems"]),
        *(["  and more"] if problems > len(window["problems"]) else []),
        f"Why: {layout.place(f'problems/window={number}.jsonl')}",
    ]
    return Letter(plain_subject(f"Monitor of {endpoint}: nothing could be used"), _body(lines))


def _body(lines: Sequence[str]) -> str:
    text = "\n".join(lines) + "\n"
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]} ...\nand more\n"


def report_uri(model: Mapping[str, Any], finding: Finding) -> str:
    return f"{model[f'{finding.kind}_report_uri'].rstrip('/')}/{finding.report}"


def described(finding: Finding) -> str:
    """`Mileage, distribution: 0.61 against a limit of 0.1 (PSI 2.3)`; long ones are cut."""
    what = CHECKS.get(finding.check_type, finding.check_type)
    name = f"{finding.feature[:MOST_OF_ONE]}, {what}" if finding.feature else what
    if finding.value is None or finding.threshold is None:
        told = f"{name}: {finding.description}"
    else:
        more = f" (PSI {finding.psi:.2f})" if finding.psi is not None else ""
        more += f"; {finding.description}" if finding.check_type == NDCG else ""
        told = f"{name}: {finding.value:.4g} against a limit of {finding.threshold:.4g}{more}"
    most = MOST_OF_ONE * 2
    return told if len(told) <= most else f"{told[:most]} ..."


def subject(endpoint: str, found: Sequence[Finding]) -> str:
    names = list(dict.fromkeys(one.feature for one in found if one.feature))
    if not names:
        return plain_subject(f"Monitor of {endpoint}: a model has no baseline")
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return plain_subject(f"Drift at {endpoint}: {names[0]}{more}")


def _report(uri: str, region: str, partition: str) -> list[str]:
    place = Place.parse(uri)
    console = f"https://{region}.{CONSOLES.get(partition, CONSOLES['aws'])}"
    name = place.key.rsplit("/", 1)[-1]
    return [
        f"  Report: {uri}",
        f"    get it: aws s3 cp {uri} {name} (with the line of `stepmill up`, from this machine's cloud)",
        f"    look at it: {console}/s3/object/{place.bucket}?region={region}&prefix={place.key}",
    ]

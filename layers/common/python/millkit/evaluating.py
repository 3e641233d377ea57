"""From what the jobs have measured of a window to lines for SQL, and to what people are to hear."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from millkit import drift_letter, measured, storage, telling, windows
from millkit.letters import Letter
from millkit.measured import DRIFT, NO_BASELINE, Finding
from millkit.storage import Place
from millkit.windows import Layout

KINDS = ("data", "quality", "attributions")
Found = list[tuple[Mapping[str, Any], Finding]]


class Verdict(NamedTuple):
    """outcome: drift, no baseline, unusable or stable. Whoever has tell=True must tell, and nobody else may.

    commit: false while another execution is to tell the window: only when people know of it may it count.
    distances: how far each column has moved, of several models the farthest.
    """

    outcome: str
    reason: str
    tell: bool
    letter: Letter
    violations: int
    report_uri: str
    distances: dict[str, float]
    commit: bool = True


def evaluate(
    s3: Any, states: Any, layout: Layout, number: int, models: Sequence[Mapping[str, Any]],
    jobs: Sequence[Mapping[str, Any]], sample_rows: int, execution_arn: str,
) -> Verdict:  # fmt: skip
    """Write the window's lines, the same whoever writes them, and claim its mail if there is one."""
    window = windows.read(s3, layout.prepared(number))
    jobs_of = {one["version"]: one["jobs"] for one in jobs}
    found: Found = []
    lines: list[str] = []
    for model in models:
        own = jobs_of.get(model["version"], {})
        samples = measured.Samples(s3, model, sample_rows)
        for finding in measured.findings(s3, model, own):
            found.append((model, finding))
            line = _line(window, model, finding, own, samples.of(finding))
            lines.append(json.dumps(line, ensure_ascii=False))
    place = layout.place(f"violations/dt={window['made'][:10]}/window={number}.jsonl")
    body = "".join(f"{line}\n" for line in lines).encode()
    s3.put_object(Bucket=place.bucket, Key=place.key, Body=body, ContentType="application/jsonl")
    return _verdict(s3, states, layout, window, found, execution_arn)


def _verdict(
    s3: Any, states: Any, layout: Layout, window: Mapping[str, Any], found: Found, execution_arn: str
) -> Verdict:
    distances: dict[str, float] = {}
    for _, finding in found:
        if finding.check_type == DRIFT and finding.value is not None:
            distances[finding.feature] = max(finding.value, distances.get(finding.feature, finding.value))
    violated = sorted((one for one in found if one[1].violated), key=_urgency)
    news = [
        one for one in violated if one[1].check_type != NO_BASELINE or _is_news(s3, layout, window, one[0])
    ]
    if not violated and _is_unusable(window["counts"]):
        letter = drift_letter.unusable(window, layout)
        who = telling.claim(s3, states, layout, window["window"], execution_arn)
        mine, may_commit = who == telling.MINE, who != telling.ANOTHER
        return Verdict("unusable", letter.subject, mine, letter, 0, "", distances, may_commit)
    if not violated:
        counts = window["counts"]
        reason = f"{counts['records']} records are like those of the training, {counts['problems']} unusable"
        return Verdict("stable", reason, False, Letter("", ""), 0, "", distances)
    _, partition, _, region, *_ = execution_arn.split(":")
    letter = drift_letter.letter(window, news or violated, region=region, partition=partition)
    model, first = violated[0]
    is_drift = first.check_type != NO_BASELINE
    who = telling.claim(s3, states, layout, window["window"], execution_arn) if news else telling.TOLD
    return Verdict(
        "drift" if is_drift else "no baseline",
        drift_letter.described(first),
        who == telling.MINE,
        letter,
        len(violated),
        drift_letter.report_uri(model, first) if is_drift else "",
        distances,
        who != telling.ANOTHER,
    )


def _is_unusable(counts: Mapping[str, Any]) -> bool:
    """Whether something came, and not one line of it is a record or a truth."""
    return bool(counts["problems"]) and not counts["records"] and not counts["truth"]["came"]


def _urgency(one: tuple[Mapping[str, Any], Finding]) -> tuple[bool, bool, float, str]:
    """Known baselines first, then columns by how many times their limit they have moved."""
    finding = one[1]
    is_measured = finding.value is not None and bool(finding.threshold)
    share = abs((finding.value or 0.0) / finding.threshold) if is_measured and finding.threshold else 0.0
    return finding.check_type == NO_BASELINE, not is_measured, -share, finding.feature


def _is_news(s3: Any, layout: Layout, window: Mapping[str, Any], model: Mapping[str, Any]) -> bool:
    """That a model has no baseline is told once, in the window that met it first."""
    place = layout.place(f"told/no-baseline/{model['version']}.json")
    mine = windows.encoded({"window": window["window"]})
    if storage.write_once(s3, place, mine, windows.JSON):
        return True
    return bool(windows.read(s3, place).get("window") == window["window"])


def _line(
    window: Mapping[str, Any], model: Mapping[str, Any], finding: Finding, jobs: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    is_compared = finding.check_type != NO_BASELINE
    return {
        "window": window["window"],
        "time": window["made"],
        "feature": finding.feature or None,
        "check_type": finding.check_type,
        "value": finding.value,
        "threshold": finding.threshold,
        "violated": finding.violated,
        "description": finding.description,
        "monitoring_job": jobs.get(finding.kind),
        "model_name": model["name"],
        "report_uri": drift_letter.report_uri(model, finding) if is_compared else None,
        "psi": finding.psi,
        "model_package": model["package_arn"] or None,
        "from": window["from"],
        "to": window["to"],
        "records": model["records"],
        "sample_rows": rows,
    }


def models_of(s3: Any, layout: Layout, number: int) -> list[dict[str, Any]]:
    """The models of a window with the places of what is to be measured of each."""
    window = windows.read(s3, layout.prepared(number))
    return [_places(layout, number, model) for model in window["models"]]


def _places(layout: Layout, number: int, model: Mapping[str, Any]) -> dict[str, Any]:
    version = model["version"]
    run = model["attributions_uri"].rpartition("/baseline/")[0] or str(Place(layout.bucket, "training/none"))
    asked = f"{run}/monitoring/window={number}"
    return {
        **model,
        "label": f"window {number}, {model['name']}",
        "has_data": bool(model["records"] and model["baseline_uri"] and model["schema_uri"]),
        "has_quality": bool(model["judged"] and model["quality_uri"]),
        "has_attributions": False,
        "model_name": "",
        **{f"{kind}_report_uri": str(layout.report(number, version, kind)) for kind in KINDS},
        "plan_uri": f"{asked}/plan",
        "ask_uri": f"{asked}/ask",
        "answers_uri": f"{run}/predictions/monitoring/window={number}",
    }  # fmt: skip


def with_attributions(ssm: Any, prefix: str, models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same; of the model that serves now the attributions are wanted too."""
    try:
        arn = ssm.get_parameter(Name=f"{prefix}/model-package-arn")["Parameter"]["Value"]
        name = ssm.get_parameter(Name=f"{prefix}/model-name")["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return models
    return [
        {**one, "has_attributions": True, "model_name": name}
        if one["package_arn"] == arn and one["records"] and one["attributions_uri"] and one["schema_uri"]
        else one
        for one in models
    ]

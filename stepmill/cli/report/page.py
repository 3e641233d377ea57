"""The page: charts and tables of the answers, and what to do where there is none yet."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from stepmill.cli.report.chart import Series, lines, short
from stepmill.cli.report.queries import MOST_FOUND, Alert, Answers, Row
from stepmill.cli.report.style import STYLE

MOST_SERIES = 6
MOST_ROWS_SHOWN = 100
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
MISSING = {
    "predictions": "No predictions yet. Score a file, call the API, or run <code>stepmill demo cars</code>.",
    "drift": "Nothing has been measured yet. Run the model monitor: it writes what it finds.",
    "quality": "No ground truth meets a prediction yet. Put a CSV of <code>inference_id,truth</code> under "
    "<code>truth/&lt;endpoint&gt;/</code> of the data bucket.",
    "models": "No monitored requests yet, so no model is known by its answers.",
    "alerts": "No violation so far. When a feature drifts, it is listed here with the rows it was found in.",
}
SECTIONS = {
    "alerts": ("Alerts", "alerts"),
    "predictions": ("Predictions", "predictions-over-time"),
    "drift": ("Drift per feature", "drift-over-time"),
    "quality": ("Model quality", "model-quality-over-time"),
    "models": ("Model versions", "model-versions"),
}


def render(answers: Answers, made: datetime) -> str:
    """A whole HTML page; it loads nothing and runs nothing."""
    bodies = {
        "predictions": predictions(answers.predictions),
        "drift": drift(answers.drift),
        "quality": quality(answers.quality, answers.errors),
        "models": table(answers.models) if answers.models else "",
        "alerts": beyond(answers) + "".join(alert(one) for one in answers.alerts),
    }
    sections = "".join(section(key, bodies[key], answers.failures) for key in SECTIONS)
    when = escape(f"{made:%Y-%m-%d %H:%M} UTC")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>Insight · {escape(answers.work_group)}</title><style>{STYLE}</style></head><body>"
        f"<header><h1>Insight</h1><p>{escape(answers.work_group)} · {when}</p></header>"
        f'<ul class="tiles">{tiles(answers)}</ul>{sections}'
        "<footer>Written by <code>stepmill report</code> from the insight stack's named queries.</footer>"
        "</body></html>\n"
    )


def tiles(answers: Answers) -> str:
    count = sum(number(row["predictions"]) for row in answers.predictions)
    windows = {row["window"] for row in answers.drift}
    drifted = {row["feature"] for row in answers.drift if row["violated"] == "true"}
    last = answers.quality[-1].get("rmse") if answers.quality else None
    facts = [
        ("predictions", short(count)),
        ("monitored windows", str(len(windows))),
        ("features that drifted", str(len(drifted))),
        ("last RMSE", short(number(last)) if last else "–"),
        ("models", str(len(answers.models))),
    ]
    return "".join(f"<li><b>{escape(value)}</b>{escape(name)}</li>" for name, value in facts)


def section(key: str, body: str, failures: dict[str, str]) -> str:
    title, query = SECTIONS[key]
    if query in failures:
        body = f'<p class="failed">The query <code>{query}</code> failed: {escape(failures[query])}</p>'
    elif not body:
        body = f'<p class="none">{MISSING[key]}</p>'
    return f'<section id="{key}"><h2>{title}</h2>{body}</section>'


def predictions(rows: Sequence[Row]) -> str:
    by_name = grouped(rows, "source")
    counts = [
        Series(name, [(text(row["hour"]), number(row["predictions"])) for row in own])
        for name, own in by_name
    ]
    means = [Series(name, [(text(row["hour"]), number(row["mean"])) for row in own]) for name, own in by_name]
    return lines("Predictions per hour", counts) + lines("Mean prediction", means)


def drift(rows: Sequence[Row]) -> str:
    """A chart for each check; the features that moved furthest have lines, all have a row in the table."""
    charts = []
    for check, own in grouped(rows, "check_type", with_endpoint=False):
        limits = [number(row["threshold"]) for row in own if row["threshold"]]
        series = [
            Series(
                name,
                [(text(row["window"]), number(row["value"])) for row in of_feature if row["value"]],
                frozenset(text(row["window"]) for row in of_feature if row["violated"] == "true"),
            )
            for name, of_feature in ((name, one_a_window(rows)) for name, rows in grouped(own, "feature"))
        ]
        series.sort(key=lambda one: -max((value for _, value in one.points), default=0.0))
        charts.append(
            lines(check.replace("_", " "), series[:MOST_SERIES], limit=max(limits) if limits else None)
        )
    return "".join(charts) + (folded("All measurements", list(rows)) if rows else "")


def one_a_window(rows: Sequence[Row]) -> list[Row]:
    """Of several models in a window the one that violates, of those the farthest: a line has one point."""
    found: dict[str | None, Row] = {}
    for row in rows:
        known = found.setdefault(row["window"], row)
        found[row["window"]] = max(known, row, key=_urgency)
    return list(found.values())


def _urgency(row: Row) -> tuple[bool, float]:
    return row["violated"] == "true", number(row["value"]) if row["value"] else float("-inf")


def quality(rows: Sequence[Row], errors: Sequence[Row]) -> str:
    if not rows:
        return ""
    charts = []
    by_name = grouped(rows, None)
    if any(row["rmse"] for row in rows):
        for field, title in (("rmse", "Root mean squared error"), ("bias", "Bias: prediction minus truth")):
            points = [
                Series(name, [(text(row["window"]), number(row[field])) for row in own if row[field]])
                for name, own in by_name
            ]
            charts.append(lines(f"{title}, by window", points))
        hours = [
            Series(name, [(text(row["hour"]), number(row["mean"])) for row in own])
            for name, own in grouped(errors, None)
        ]
        charts.append(lines("Mean absolute error, by hour", hours))
    else:
        points = [
            Series(name, [(text(row["window"]), number(row["agreement"])) for row in own])
            for name, own in by_name
        ]
        charts.append(lines("Share of right answers, by window", points))
    return "".join(charts) + folded("Figures of each window", list(rows))


def beyond(answers: Answers) -> str:
    """That there are more alerts than the page shows, and where they are."""
    ways = []
    if answers.alerts_left_out:
        ways.append(f"<code>stepmill report --alerts {MOST_FOUND}</code> shows up to {MOST_FOUND}")
    if len(answers.alerts) + answers.alerts_left_out >= MOST_FOUND:
        ways.append(
            "<code>select * from violations where coalesce(violated, true)</code> in Athena gives all"
        )
    if not ways:
        return ""
    return f'<p class="none">{answers.alert_count()}, the latest first: {"; ".join(ways)}.</p>'


def alert(one: Alert) -> str:
    row = one.row
    whose = [text(row["feature"]) or "the data set", text(row["check_type"]), text(row.get("model_name"))]
    head = f"Window {text(row['window'])}: {' · '.join(part for part in whose if part)}"
    figures = (
        f"{short(number(row['value']))} against {short(number(row['threshold']))}" if row["value"] else ""
    )
    facts = [
        (name, row[key])
        for name, key in (
            ("what", "description"),
            ("endpoint", "endpoint"),
            ("when", "time"),
            ("monitoring job", "monitoring_job"),
            ("model", "model_name"),
            ("report", "report_uri"),
        )
        if row.get(key)
    ]
    listed = "".join(f"<dt>{name}</dt><dd>{escape(text(value))}</dd>" for name, value in facts)
    shown = samples(row.get("sample_rows"))
    rows = f"<h3>Rows that show it</h3>{table(shown)}" if shown else ""
    rows += folded("All rows that this model answered in the window", one.rows) if one.rows else ""
    rows = rows or '<p class="none">No rows of this window are kept.</p>'
    summary = f"<summary>{escape(head)} <span>{escape(figures)}</span></summary>"
    return f"<details>{summary}<dl>{listed}</dl>{rows}</details>"


def samples(document: str | None) -> list[Row]:
    """The rows that the monitor has kept with a violation: of late truth, those of earlier windows."""
    kept = json.loads(document or "[]")
    return [{name: None if value is None else str(value) for name, value in one.items()} for one in kept]


def folded(title: str, rows: Sequence[Row]) -> str:
    return f"<details><summary>{escape(title)} <span>{len(rows)} rows</span></summary>{table(rows)}</details>"


def table(rows: Sequence[Row]) -> str:
    """The first rows, and how many there are beside."""
    names = list(rows[0])
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    body = "".join(f"<tr>{''.join(cell(row[name]) for name in names)}</tr>" for row in rows[:MOST_ROWS_SHOWN])
    more = len(rows) - MOST_ROWS_SHOWN
    rest = f'<p class="none">and {more} more rows</p>' if more > 0 else ""
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{rest}'
    )


def cell(value: str | None) -> str:
    if value is None:
        return '<td class="null">–</td>'
    try:
        shown = short(float(value)) if "." in value else value
        float(value)
    except ValueError:
        return f"<td>{escape(value)}</td>"
    return f'<td class="number" title="{escape(value)}">{escape(shown)}</td>'


def grouped(
    rows: Iterable[Row], key: str | None, *, with_endpoint: bool = True
) -> list[tuple[str, list[Row]]]:
    """Rows by the name of their series: the key's value, and the endpoint where there is more than one."""
    rows = list(rows)
    has_several = with_endpoint and len({row.get("endpoint") for row in rows}) > 1
    found: dict[str, list[Row]] = {}
    for row in rows:
        parts = [text(row["endpoint"])] if has_several or key is None else []
        parts += [text(row[key])] if key is not None else []
        found.setdefault(" · ".join(parts), []).append(row)
    return list(found.items())


def text(value: str | None) -> str:
    return value or ""


def number(value: str | None) -> float:
    """Not a number where there is none."""
    try:
        return float(value) if value else float("nan")
    except ValueError:
        return float("nan")

"""The attribution report: which columns matter, how the ranking changed, and what each did to single rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from millkit.features import number

from jobs.monitoring import page, pictures
from jobs.monitoring.pictures import Dot

MAX_COLUMNS = 15
NOTES = (
    "<b>Importance</b> is the mean of a column's Shapley values over the explained rows, without their sign, "
    "in the unit of the prediction. <b>Single rows</b>: each dot is one, right of the line where the column "
    "raised the answer; a full dot has a high value in that column, a hollow one a low value. "
    "<b>NDCG</b> is 1 when the columns rank as in the baseline."
)


class Content(NamedTuple):
    label: str
    plan: Any
    local: Any
    importance: dict[str, float]
    expected: float
    earlier: dict[str, float] | None
    ndcg: float | None
    limit: float


def render(content: Content) -> str:
    ranked = sorted(content.importance, key=lambda name: -content.importance[name])
    has_moved = content.ndcg is not None and content.ndcg < content.limit
    verdict = f"{ranked[0]} matters most"
    if content.ndcg is not None:
        verdict = (
            f"ranking {'changed' if has_moved else 'kept'}: NDCG {content.ndcg:.3f}, limit {content.limit:g}"
        )
    background = content.plan["background"]
    facts = [
        content.label,
        f"{len(content.local)} rows explained",
        f"against {len(background['rows'])} centres ({background['algorithm']})",
        f"expected {content.plan['target']} {page.figure(content.expected)}",
    ]
    shown = ranked[:MAX_COLUMNS]
    more = len(ranked) - len(shown)
    rest = f'<p class="soft">{more} more columns matter less.</p>' if more else ""
    body = [
        page.heading("Attributions", verdict, has_moved, facts),
        "<h2>Importance</h2>",
        f'<div class="card{" alarmed" if has_moved else ""}">{_importance(content, shown)}{rest}</div>',
        "<h2>Single rows</h2>",
        f'<div class="card">{_rows(content, shown)}</div>',
        f"<footer>{NOTES}</footer>",
    ]
    return page.render(f"Attributions {content.label}".strip(), body)


def _importance(content: Content, shown: list[str]) -> str:
    earlier = content.earlier
    if earlier is None:
        names = [(name, content.importance[name]) for name in shown]
        return pictures.bars([pictures.Bar(name, value, page.figure(value), False) for name, value in names])
    whole = sum(earlier.values()) or 1.0, sum(content.importance.values()) or 1.0
    pairs = [(name, earlier.get(name, 0.0) / whole[0], content.importance[name] / whole[1]) for name in shown]
    key = '<span><i class="k-then"></i>baseline</span><span><i class="k-now"></i>now, share of all</span>'
    return f'{pictures.pairs(pairs, pictures.WIDE)}<div class="key">{key}</div>'


def _rows(content: Content, shown: list[str]) -> str:
    cells = content.plan["explained"]["cells"]
    places = [content.plan["columns"].index(name) for name in shown]
    rows = []
    for name, place in zip(shown, places):
        values = [number(row[name]) for row in cells]
        known = [value for value in values if value is not None]
        middle = float(np.mean(known)) if known else 0.0
        is_high = [value is None or value > middle for value in values]
        rows.append((name, [Dot(float(x), high) for x, high in zip(content.local[:, place], is_high)]))
    return pictures.dots(rows)

"""Inline SVG: two distributions over each other, bars against a limit. Names in them are escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from jobs.monitoring import distances
from jobs.monitoring.page import escaped, figure
from jobs.monitoring.sketch import Ranks

BINS = 36
FEW_VALUES = 12
MAX_BARS = 8
MAX_NAME = 26
ROW = 30
TAIL = 0.005


class Size(NamedTuple):
    width: int
    height: int


LARGE = Size(640, 190)
SMALL = Size(270, 70)
WIDE = Size(960, 0)
MAX_DOTS = 300


class Bar(NamedTuple):
    name: str
    length: float
    text: str
    is_alarm: bool


class Dot(NamedTuple):
    x: float
    is_full: bool


def numbers(baseline: Ranks, current: Ranks, size: Size = LARGE) -> str:
    """Both distributions as areas of one size; a tail of .5 % of the rows is drawn at the edge."""
    values = np.union1d(baseline.values, current.values)
    if len(values) <= FEW_VALUES:
        names = [figure(value) for value in values]
        both = [np.diff(ranks.share_up_to(values), prepend=0.0) for ranks in (baseline, current)]
        return pairs(list(zip(names, *both)), size)
    low = min(ranks.quantiles([TAIL])[0] for ranks in (baseline, current))
    high = max(ranks.quantiles([1 - TAIL])[0] for ranks in (baseline, current))
    edges = np.linspace(low, high, BINS + 1)
    then, now = (
        np.diff(ranks.share_up_to(edges[1:-1]), prepend=0.0, append=1.0) for ranks in (baseline, current)
    )
    top = max(then.max(), now.max()) or 1.0
    floor = size.height - 22
    axis = f'<line class="axis" x1="0" x2="{size.width}" y1="{floor}" y2="{floor}"/>'
    marks = [(0.0, "start", low), (0.5, "middle", (low + high) / 2), (1.0, "end", high)]
    ticks = "".join(
        f'<text x="{place * size.width:.0f}" y="{size.height - 4}" text-anchor="{anchor}">'
        f"{figure(value)}</text>"
        for place, anchor, value in marks
    )
    areas = "".join(
        f'<path class="{name}" d="{_steps(shares / top, size.width, floor)}"/>'
        for name, shares in (("then", then), ("now", now))
    )
    return _svg(size, "distribution in the baseline and now", axis + areas + ticks)


def texts(baseline: Mapping[str, int], current: Mapping[str, int], size: Size = LARGE) -> str:
    """The largest shares as pairs of bars, the rest as one pair."""
    names = sorted({*baseline, *current})
    then, now = distances.shares_of_texts(baseline, current)
    rows = sorted(zip(names, then, now), key=lambda row: -max(row[1], row[2]))
    shown, rest = rows[:MAX_BARS], rows[MAX_BARS:]
    if rest:
        label = f"{len(rest)} more"
        shown.append((label, sum(row[1] for row in rest), sum(row[2] for row in rest)))
    return pairs(shown, size)


def bars(rows: Sequence[Bar], limit: float | None = None, limit_text: str = "") -> str:
    """One bar for each name, as long as its figure says, and the limit as a line across them."""
    size = Size(960, len(rows) * ROW + 26)
    left, right = 200, 110
    width = size.width - left - right
    top = max([row.length for row in rows] + [limit * 1.25 if limit else 0.0]) or 1.0
    drawn = []
    for place, row in enumerate(rows):
        middle = place * ROW + ROW / 2
        length = max(row.length / top * width, 1.5)
        drawn.append(
            f'<text class="name" x="{left - 14}" y="{middle + 4:.0f}" text-anchor="end">'
            f"{_short(row.name)}</text>"
            f'<rect class="bar{" alarm" if row.is_alarm else ""}" x="{left}" y="{middle - 7:.0f}" '
            f'width="{length:.1f}" height="14" rx="4"/>'
            f'<text x="{left + length + 10:.1f}" y="{middle + 4:.0f}">{escaped(row.text)}</text>'
        )
    if limit is not None:
        x = left + limit / top * width
        bottom = len(rows) * ROW
        drawn.append(f'<line class="threshold" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{bottom + 4}"/>')
        drawn.append(f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{escaped(limit_text)}</text>')
    return _svg(size, "figures by column", "".join(drawn))


def pairs(rows: Sequence[tuple[str, float, float]], size: Size) -> str:
    """Two bars and the second one's share for each name."""
    is_large = size.width >= LARGE.width
    left, row_height = (190, 26) if is_large else (96, 18)
    width = size.width - left - 52
    top = max(max(then, now) for _, then, now in rows) or 1.0
    drawn = []
    for place, (name, then, now) in enumerate(rows):
        y = place * row_height
        half = (row_height - 6) / 2
        middle, longest = y + row_height / 2 + 4, max(then, now) / top * width
        drawn.append(
            f'<text class="name" x="{left - 10}" y="{middle:.0f}" text-anchor="end">'
            f"{_short(name, MAX_NAME if is_large else 13)}</text>"
            f"{_rectangle('then', left, y + 2, then / top * width, half)}"
            f"{_rectangle('bar', left, y + 2 + half, now / top * width, half)}"
            f'<text x="{left + longest + 8:.1f}" y="{middle:.0f}">{now:.0%}</text>'
        )
    return _svg(
        Size(size.width, len(rows) * row_height + 4), "shares in the baseline and now", "".join(drawn)
    )


def dots(rows: Sequence[tuple[str, Sequence[Dot]]]) -> str:
    """For each name its dots on one line around zero; those that would lie on each other are spread."""
    size, left = Size(960, len(rows) * ROW + 24), 200
    reach = max((abs(dot.x) for _, row in rows for dot in row), default=0.0) or 1.0
    half = (size.width - left - 20) / 2
    zero, bottom = left + half, len(rows) * ROW
    drawn = [f'<line class="threshold" x1="{zero}" x2="{zero}" y1="0" y2="{bottom}"/>']
    for place, (name, row) in enumerate(rows):
        middle = place * ROW + ROW / 2
        drawn.append(
            f'<text class="name" x="{left - 14}" y="{middle + 4:.0f}" text-anchor="end">{_short(name)}</text>'
        )
        for turn, dot in enumerate(row[:MAX_DOTS]):
            y = middle + (turn * 7 % 13 - 6)
            kind = "dot" if dot.is_full else "dot hollow"
            drawn.append(
                f'<circle class="{kind}" cx="{zero + dot.x / reach * half:.1f}" cy="{y:.0f}" r="3"/>'
            )
    marks = [(float(left), "start", -reach), (zero, "middle", 0.0), (zero + half, "end", reach)]
    for x, anchor, value in marks:
        drawn.append(f'<text x="{x:.0f}" y="{bottom + 18}" text-anchor="{anchor}">{figure(value)}</text>')
    return _svg(size, "what each column did to single rows", "".join(drawn))


def _rectangle(name: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{name}" x="{x}" y="{y}" width="{max(width, 1):.1f}" height="{height}" rx="2"/>'


def _steps(heights: Any, width: int, floor: int) -> str:
    step = width / len(heights)
    path = [f"M0 {floor}"]
    for place, height in enumerate(heights):
        y = floor - height * (floor - 6)
        path.append(f"L{place * step:.1f} {y:.1f}L{(place + 1) * step:.1f} {y:.1f}")
    return "".join([*path, f"L{width} {floor}Z"])


def _short(name: str, limit: int = MAX_NAME) -> str:
    cut = name if len(name) <= limit else name[: limit - 1] + "…"
    return f"<title>{escaped(name)}</title>{escaped(cut)}" if cut != name else escaped(name)


def _svg(size: Size, label: str, content: str) -> str:
    box = f'viewBox="0 0 {size.width} {size.height}"'
    return f'<svg {box} role="img" aria-label="{escaped(label)}">{content}</svg>'

"""Lines over time as inline SVG. Colours are the page's classes; every text is escaped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, log10

HOUR = re.compile(r"\d{4}-\d\d-\d\dT\d\d")
WIDTH, HEIGHT = 720, 200
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 12, 26
COLOURS = 6
MOST_POINTS = 400


@dataclass(frozen=True)
class Series:
    """`points` are (label of the x axis, value); `marks` are labels of points to stand out, in red."""

    name: str
    points: Sequence[tuple[str, float]]
    marks: frozenset[str] = frozenset()


def lines(title: str, series: Sequence[Series], *, limit: float | None = None) -> str:
    """One chart; `limit` is drawn as a dashed line. No finite point, no chart: the empty text."""
    kept = [
        Series(one.name, [p for p in one.points if isfinite(p[1])][-MOST_POINTS:], one.marks)
        for one in series
    ]
    kept = [one for one in kept if one.points]
    if not kept:
        return ""
    labels = sorted({label for one in kept for label, _ in one.points}, key=natural)
    values = [value for one in kept for _, value in one.points] + ([] if limit is None else [limit])
    scale = Scale(labels, ticks(min(values), max(values)))
    body = [f"<title>{escape(title)}</title>", *scale.grid()]
    if limit is not None:
        height = scale.y(limit)
        body.append(f'<path class="limit" d="M{LEFT} {height:.1f}H{WIDTH - RIGHT}"/>')
    for number, one in enumerate(kept):
        body += drawn(one, scale, f"s{number % COLOURS}")
    svg = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{"".join(body)}</svg>'
    return f"<figure><figcaption>{escape(title)}{legend(kept)}</figcaption>{svg}</figure>"


def natural(label: str) -> tuple[int, float, str]:
    """Numbers by their size, other labels by their letters."""
    return (0, float(label), "") if label.lstrip("-").isdecimal() else (1, 0.0, label)


def ticks(low: float, high: float) -> list[float]:
    """Round figures that span the values; zero is among them unless all lie far from it."""
    if low > 0 and (low < high / 2 or low == high):
        low = 0.0
    if high < 0 and (high > low / 2 or low == high):
        high = 0.0
    step = 10.0 ** floor(log10((high - low) / 4 or 1.0))
    step = next(step * factor for factor in (1, 2, 2.5, 5, 10) if (high - low) / (step * factor) <= 5)
    first, last = floor(low / step), ceil(high / step)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def moment(label: str) -> str:
    """`2026-11-20T09` as `11-20 09:00`; any other label as it is."""
    return f"{label[5:10]} {label[11:]}:00" if HOUR.fullmatch(label) else label


@dataclass(frozen=True)
class Scale:
    labels: Sequence[str]
    ticks: Sequence[float]

    def x(self, label: str) -> float:
        room = WIDTH - LEFT - RIGHT
        if len(self.labels) == 1:
            return LEFT + room / 2
        return LEFT + room * self.labels.index(label) / (len(self.labels) - 1)

    def y(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    def grid(self) -> list[str]:
        found = []
        for value in self.ticks:
            height = self.y(value)
            found.append(f'<path class="grid" d="M{LEFT} {height:.1f}H{WIDTH - RIGHT}"/>')
            found.append(f'<text x="{LEFT - 6}" y="{height + 4:.1f}" text-anchor="end">{short(value)}</text>')
        count = min(len(self.labels), 5)
        places = {round(number * (len(self.labels) - 1) / max(count - 1, 1)) for number in range(count)}
        for place in sorted(places):
            label, anchor = self.labels[place], "middle"
            if len(self.labels) > 1 and place in (0, len(self.labels) - 1):
                anchor = "start" if place == 0 else "end"
            at = f'x="{self.x(label):.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}"'
            found.append(f"<text {at}>{escape(moment(label))}</text>")
        return found


def drawn(series: Series, scale: Scale, colour: str) -> list[str]:
    places = [(scale.x(label), scale.y(value), label, value) for label, value in series.points]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y, _, _ in places)
    found = [f'<path class="line {colour}" d="M{path}"/>'] if len(places) > 1 else []
    for x, y, label, value in places:
        is_marked = label in series.marks
        if is_marked or len(places) <= 60:
            kind = "mark" if is_marked else colour
            words = f"{series.name}, {moment(label)}: {short(value)}"
            size = 4.5 if is_marked else 2.8
            at = f'cx="{x:.1f}" cy="{y:.1f}" r="{size}"'
            found.append(f'<circle class="dot {kind}" {at}><title>{escape(words)}</title></circle>')
    return found


def legend(series: Sequence[Series]) -> str:
    if len(series) < 2:
        return ""
    items = [
        f'<span class="key s{number % COLOURS}">{escape(one.name)}</span>'
        for number, one in enumerate(series)
    ]
    return f'<span class="legend">{"".join(items)}</span>'


def short(value: float) -> str:
    """1234567 -> 1.23M; four digits that matter at most."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if unit == 'k' else size):.3g}{unit}"
    return f"{value:.4g}"

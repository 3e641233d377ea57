"""The drift report: what moved and how far, with both distributions; what is stable, folded."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.monitoring import page, pictures
from jobs.monitoring.baseline import Baseline
from jobs.monitoring.comparison import MIN_VALUES, Comparison
from jobs.monitoring.page import escaped
from jobs.monitoring.profiling import Profiles

MAX_OVERVIEW = 40
NOTES = (
    "<b>Distance</b> is the largest gap between the two distribution functions (Kolmogorov-Smirnov), for "
    "categories between two shares, less what chance alone explains at these numbers of rows. "
    "<b>PSI</b> is the population stability index over the baseline's tenths: below .1 little has changed, "
    f"above .25 much. Of fewer than {MIN_VALUES} values nothing is said of their distribution."
)


def render(label: str, known: Baseline, current: Profiles, comparisons: Sequence[Comparison]) -> str:
    moved = [comparison for comparison in comparisons if comparison.violations]
    stable = [comparison for comparison in comparisons if not comparison.violations]
    total = len(comparisons)
    verdict = f"{len(moved)} of {total} columns moved" if moved else f"all {total} columns stable"
    facts = [label, f"{current.rows:,} rows now", f"{known.rows:,} rows in the baseline"]
    body = [page.heading("Data drift", verdict, bool(moved), facts), *_overview(comparisons)]
    if moved:
        body += ["<h2>What moved</h2>", *(_card(comparison) for comparison in _by_distance(moved))]
    if stable:
        many = f"{len(stable)} column{'s' if len(stable) > 1 else ''}"
        body += ["<h2>What did not</h2>", f"<details><summary>{many} within the limits</summary>"]
        body += ['<div class="stable">', *map(_small, _by_distance(stable)), "</div></details>"]
    body.append(f"<footer>{NOTES}</footer>")
    return page.render(f"Data drift {label}".strip(), body)


def _by_distance(comparisons: Sequence[Comparison]) -> list[Comparison]:
    return sorted(comparisons, key=lambda comparison: -_share_of_limit(comparison))


def _share_of_limit(comparison: Comparison) -> float:
    if comparison.distance is None or not comparison.threshold:
        return -1.0
    return comparison.distance / comparison.threshold


def _overview(comparisons: Sequence[Comparison]) -> list[str]:
    """Each distance as a share of its own limit, so that one line is the limit of all."""
    compared = [comparison for comparison in _by_distance(comparisons) if comparison.distance is not None]
    if not compared:
        return []
    rows = [
        pictures.Bar(
            comparison.name,
            _share_of_limit(comparison),
            page.figure(comparison.distance or 0.0),
            _share_of_limit(comparison) > 1,
        )
        for comparison in compared[:MAX_OVERVIEW]
    ]
    more = len(compared) - len(rows)
    rest = f'<p class="soft">{more} columns that moved less are not drawn.</p>' if more else ""
    return ["<h2>How far</h2>", f'<div class="card">{pictures.bars(rows, 1.0, "limit")}{rest}</div>']


def _card(comparison: Comparison) -> str:
    kind = comparison.current.inferred_type if comparison.current else "gone"
    violations = "".join(
        f"<li>{escaped(violation['description'])}</li>" for violation in comparison.violations
    )
    return (
        '<section class="card alarmed"><div class="split"><div>'
        f'<h3>{escaped(comparison.name)}<span class="tag">{escaped(kind)}</span></h3>{_distance(comparison)}'
        f"</div><div>{_picture(comparison, pictures.LARGE)}<ul>{violations}</ul></div></div></section>"
    )


def _distance(comparison: Comparison) -> str:
    if comparison.distance is None or comparison.threshold is None or comparison.psi is None:
        return f'<p class="limit">not compared: {escaped(comparison.silence)}</p>'
    return (
        f'<p class="figure{" alarm" if _share_of_limit(comparison) > 1 else ""}">'
        f"{page.figure(comparison.distance)}</p>"
        f'<p class="limit">distance, limit {page.figure(comparison.threshold)}</p>'
        f'<p class="soft">PSI {page.figure(comparison.psi)}</p>{_middle(comparison)}'
    )


def _middle(comparison: Comparison) -> str:
    if comparison.baseline is None or comparison.baseline.ranks is None or comparison.current is None:
        return ""
    then = page.figure(comparison.baseline.ranks.quantiles([0.5])[0])
    now = page.figure(comparison.current.ranks().quantiles([0.5])[0])
    return f'<p class="soft">median {then} → {now}</p>'


def _picture(comparison: Comparison, size: pictures.Size) -> str:
    baseline, current = comparison.baseline, comparison.current
    if comparison.distance is None or baseline is None or current is None:
        return ""
    if baseline.ranks is not None:
        drawn = pictures.numbers(baseline.ranks, current.ranks(), size)
    else:
        drawn = pictures.texts(baseline.counts or {}, current.counts, size)
    if size == pictures.SMALL:
        return drawn
    key = '<span><i class="k-then"></i>baseline</span><span><i class="k-now"></i>now</span>'
    return f'{drawn}<div class="key">{key}</div>'


def _small(comparison: Comparison) -> str:
    told = f"not compared: {escaped(comparison.silence)}"
    if comparison.distance is not None and comparison.threshold is not None and comparison.psi is not None:
        distance, limit = page.figure(comparison.distance), page.figure(comparison.threshold)
        told = f"distance {distance} of {limit}, PSI {page.figure(comparison.psi)}"
    return (
        f"<div><h3>{escaped(comparison.name)}</h3><p>{told}</p>{_picture(comparison, pictures.SMALL)}</div>"
    )

"""Lines, axes and figures of the page of `stepmill report`."""

import pytest

from stepmill.cli.report.chart import Series, lines, moment, short, ticks


def test_lines_leave_out_what_is_no_number_and_nothing_gives_no_chart() -> None:
    assert lines("t", [Series("a", [("1", float("nan"))])]) == ""
    chart = lines(
        "t", [Series("a", [("2", 1.0), ("10", 3.0), ("3", float("inf"))], frozenset({"10"}))], limit=2.0
    )
    assert chart.count("<circle") == 2
    assert chart.index(">2</text>") < chart.index(">10</text>")
    assert ["mark" in chart, 'class="limit"' in chart, "nan" in chart, "inf" in chart] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1234.5, "1234"), (12345, "12.3k"), (2.5e6, "2.5M"), (-3e9, "-3G"), (0.12345, "0.1235")],
)
def test_figures_are_short(value: float, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0.02, 0.36, [0.0, 0.1, 0.2, 0.3, 0.4]),
        (1976.0, 2635.0, [1800.0, 2000.0, 2200.0, 2400.0, 2600.0, 2800.0]),
        (-419.0, 116.0, [-600.0, -400.0, -200.0, 0.0, 200.0]),
        (5.0, 5.0, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
        (0.0, 0.0, [0.0, 1.0]),
    ],
    ids=["from-zero", "far-from-zero", "both-sides", "one-value", "nothing"],
)
def test_axes_have_round_figures(low: float, high: float, found: list[float]) -> None:
    assert [round(tick, 9) for tick in ticks(low, high)] == found


def test_hours_are_written_short() -> None:
    assert [moment("2026-11-20T09"), moment("17")] == ["11-20 09:00", "17"]

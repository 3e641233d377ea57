"""The frame of every report, whatever is in it."""

import re

from jobs.monitoring import page


def colours(style: str) -> list[str]:
    """Names of the variables of the first `:root`."""
    return re.findall(r"(--[a-z]+):", style.partition(":root{")[2].partition("}")[0])


def test_a_report_has_colours_for_day_and_night_and_loads_nothing() -> None:
    text = page.render("drift", [])
    day, night = text.split("@media (prefers-color-scheme:dark){", 1)
    by_day, by_night = colours(day), colours(night)
    assert ":root{color-scheme:light dark;" in day
    assert (by_day, len(by_day) > 5) == (by_night, True)
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert re.findall(r"url\(|@import|//|<script|<link|\ssrc=|\shref=", text) == []

"""Missing cells: what rows like the baseline's lack now and then is no alarm, what is lost is one."""

import numpy as np
import pytest

from jobs.monitoring.baseline import Baseline, Feature
from jobs.monitoring.column_profile import Profile
from jobs.monitoring.comparison import compare
from jobs.monitoring.profiling import Profiles

PAIRS = 500
CONFIG = {"distribution_constraints": {"perform_comparison": "Disabled"}}


def alarms(rows: int, lacking: int, rows_now: int, lacking_now: int) -> list[str]:
    """The checks that a column violates which lacked so many of its cells, and lacks so many now."""
    share = (rows - lacking) / rows
    feature = Feature("size", "Integral", share, None, CONFIG, rows - lacking, None, None)
    profile = Profile("size")
    profile.add_numbers(np.arange(float(rows_now - lacking_now)))
    profile.add_missing(lacking_now)
    current = Profiles()
    current.rows, current.columns = rows_now, {"size": profile}
    [comparison] = compare(Baseline(rows, {"size": feature}), current)
    return [violation["constraint_check_type"] for violation in comparison.violations]


@pytest.mark.parametrize("missing", [0.005, 0.05, 0.4])
@pytest.mark.parametrize(("rows", "rows_now"), [(500, 40), (500, 500), (20_000, 300), (600, 4_000)])
def test_ordinary_windows_alarm_no_more_often_than_three_times_in_a_thousand(
    rows: int, rows_now: int, missing: float
) -> None:
    chance = np.random.default_rng(29)
    then = np.maximum(1, chance.binomial(rows, missing, PAIRS))  # a complete column is held to that
    now = chance.binomial(rows_now, missing, PAIRS)
    told = [alarms(rows, one, rows_now, other) for one, other in zip(then, now, strict=True)]
    assert sum(map(bool, told)) <= 4  # 1.5 are to be expected, more than 4 in 2 of 100


@pytest.mark.parametrize(
    ("rows_now", "lacking_now"), [(10, 4), (40, 8), (500, 50), (5_000, 400), (1_000_000, 60_000)]
)
def test_a_column_that_has_lost_cells_alarms(rows_now: int, lacking_now: int) -> None:
    """Two of a hundred cells were missing."""
    assert alarms(10_000, 200, rows_now, lacking_now) == ["completeness_check"]


def test_one_missing_cell_of_a_column_that_was_complete_alarms() -> None:
    assert alarms(10_000, 0, 10_000, 1) == ["completeness_check"]


@pytest.mark.parametrize("lacking_now", [0, 99, 100])
def test_a_column_of_which_no_less_is_there_does_not_alarm(lacking_now: int) -> None:
    assert alarms(1_000, 100, 1_000, lacking_now) == []

"""How long a throttled call waits: longer each time, and many tasks never all for the same time."""

import pytest

from stepmill.cloud.tasks.jobs import backoff_s


@pytest.mark.parametrize(("tries", "longest_s"), [(1, 1.0), (2, 2.0), (3, 4.0), (6, 20.0), (50, 20.0)])
def test_throttled_tasks_spread_over_a_time_that_grows_to_a_limit(tries: int, longest_s: float) -> None:
    waits = sorted(backoff_s(tries) for _ in range(1000))
    assert 0.1 <= waits[0] < 0.1 + longest_s / 10
    assert longest_s * 0.9 < waits[-1] <= longest_s
    assert longest_s * 0.4 < waits[500] < longest_s * 0.7
    assert len(set(waits)) > 990

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import pytest

from stepmill.cloud.service import AwsError
from stepmill.cloud.services.events.schedules import parse_schedule


def times(expression: str, start: str, count: int) -> list[str]:
    """The first firings after the start, as text to the minute."""
    schedule = parse_schedule(expression)
    began_s = datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp()

    def walk() -> "list[float]":
        found: list[float] = []
        at_s = schedule(began_s, began_s)
        while at_s is not None and len(found) < count:
            found.append(at_s)
            at_s = schedule(at_s, began_s)
        return found

    return [f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M %a}" for at_s in islice(walk(), count)]


# Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
@pytest.mark.parametrize(
    ("expression", "start", "expected"),
    [
        ("cron(0 10 * * ? *)", "2026-11-22T10:00", ["2026-11-23 10:00 Mon", "2026-11-24 10:00 Tue"]),
        ("cron(15 12 * * ? *)", "2026-11-22T00:00", ["2026-11-22 12:15 Sun"]),
        ("cron(0 18 ? * MON-FRI *)", "2026-11-20T18:00", ["2026-11-23 18:00 Mon", "2026-11-24 18:00 Tue"]),
        ("cron(0 18 ? * 2-6 *)", "2026-11-20T18:00", ["2026-11-23 18:00 Mon"]),
        ("cron(0 8 1 * ? *)", "2026-11-22T00:00", ["2026-12-01 08:00 Tue", "2027-01-01 08:00 Fri"]),
        ("cron(0/15 * * * ? *)", "2026-11-22T00:01", ["2026-11-22 00:15 Sun", "2026-11-22 00:30 Sun"]),
        ("cron(0/10 * ? * MON-FRI *)", "2026-11-20T23:55", ["2026-11-23 00:00 Mon"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", "2026-11-20T17:55", ["2026-11-23 08:00 Mon"]),
        ("cron(0 0 L * ? *)", "2027-02-01T00:00", ["2027-02-28 00:00 Sun", "2027-03-31 00:00 Wed"]),
        ("cron(0 0 LW * ? *)", "2027-02-01T00:00", ["2027-02-26 00:00 Fri"]),
        ("cron(0 0 ? * L *)", "2026-11-22T00:00", ["2026-11-28 00:00 Sat"]),
        ("cron(0 0 ? * 6L *)", "2026-11-01T00:00", ["2026-11-27 00:00 Fri", "2026-12-25 00:00 Fri"]),
        ("cron(0 0 ? * 3#2 *)", "2026-11-01T00:00", ["2026-11-10 00:00 Tue", "2026-12-08 00:00 Tue"]),
        ("cron(0 0 15W * ? *)", "2026-08-01T00:00", ["2026-08-14 00:00 Fri", "2026-09-15 00:00 Tue"]),
        ("cron(0 0 1W * ? *)", "2026-07-15T00:00", ["2026-08-03 00:00 Mon"]),
        ("cron(0 0 31W * ? *)", "2026-11-01T00:00", ["2026-12-31 00:00 Thu"]),
        ("cron(0 0 1 1 ? 2030)", "2026-11-22T00:00", ["2030-01-01 00:00 Tue"]),
        (
            "cron(0 0 29 2 ? 2027-2040/1)",
            "2026-11-22T00:00",
            ["2028-02-29 00:00 Tue", "2032-02-29 00:00 Sun"],
        ),
        ("rate(5 minutes)", "2026-11-22T00:01", ["2026-11-22 00:06 Sun", "2026-11-22 00:11 Sun"]),
        ("rate(1 hour)", "2026-11-22T00:01", ["2026-11-22 01:01 Sun"]),
        ("rate(7 days)", "2026-11-22T00:01", ["2026-11-29 00:01 Sun"]),
    ],
)
def test_fires_at_the_times_that_aws_names(expression: str, start: str, expected: list[str]) -> None:
    assert times(expression, start, len(expected)) == expected


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock on the wall jumps twice a year."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("new_york")
@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # On 14 March 2027 New York has no 02:30, on 7 November two 01:30; the schedule is in UTC.
        ("2027-03-14T05:00", ["2027-03-14 06:30 Sun", "2027-03-14 07:30 Sun", "2027-03-14 08:30 Sun"]),
        ("2027-11-07T04:00", ["2027-11-07 04:30 Sun", "2027-11-07 05:30 Sun", "2027-11-07 06:30 Sun"]),
    ],
)
def test_summer_time_of_the_machine_changes_nothing(start: str, expected: list[str]) -> None:
    first = "6-8" if "-03-" in start else "4-6"
    assert times(f"cron(30 {first} * * ? *)", start, 3) == expected
    assert [moment[11:13] for moment in times("rate(1 hour)", start, 3)] == [
        f"{int(start[11:13]) + hour:02}" for hour in (1, 2, 3)
    ]


def test_a_schedule_whose_years_have_passed_never_fires() -> None:
    assert times("cron(0 0 1 1 ? 2020)", "2026-11-22T00:00", 1) == []


def test_a_rate_keeps_its_beat_over_a_pause() -> None:
    schedule = parse_schedule("rate(10 minutes)")
    assert schedule(1_000.0 + 25 * 60, 1_000.0) == 1_000.0 + 30 * 60


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "rate(1 week)",
        "cron(0 10 * * *)",
        "cron(0 10 * * * *)",
        "cron(0 10 ? * ? *)",
        "cron(60 10 * * ? *)",
        "cron(0 10 ? * 0 *)",
        "cron(0 10 ? * 8 *)",
        "cron(0 10 32W * ? *)",
        "cron(0 10 * * ? 1969)",
        "every day",
        "",
    ],
)
def test_refuses_an_expression_that_aws_refuses(expression: str) -> None:
    with pytest.raises(AwsError, match="Parameter ScheduleExpression is not valid"):
        parse_schedule(expression)

"""Schedule expressions: `rate(5 minutes)` and `cron(0 10 ? * MON-FRI *)`, in UTC.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

import calendar
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from cronsim import CronSim, CronSimError

from stepmill.cloud.service import AwsError

# The next time of firing after the first argument (None: never again); the second is when the rule began.
Schedule = Callable[[float, float], float | None]

RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
UNIT_S = {"minute": 60, "hour": 3600, "day": 86_400}
FIRST_YEAR, LAST_YEAR = 1970, 2199
NEAREST_WEEKDAY = re.compile(r"(\d{1,2})W")


def parse_schedule(expression: str) -> Schedule:
    """Raises: AwsError ValidationException, which is all that AWS says."""
    refusal = AwsError("ValidationException", f"Parameter ScheduleExpression is not valid: {expression}")
    if found := RATE.fullmatch(expression):
        count, unit, plural = int(found[1]), found[2], bool(found[3])
        if count < 1 or plural != (count > 1):
            raise refusal
        return every(count * UNIT_S[unit])
    if found := CRON.fullmatch(expression):
        try:
            return Cron(*found.groups())
        except (ValueError, CronSimError) as error:
            raise refusal from error
    raise refusal


def every(interval_s: int) -> Schedule:
    def following(after_s: float, began_s: float) -> float:
        passed = max(int((after_s - began_s) // interval_s), 0)
        return began_s + (passed + 1) * interval_s

    return following


class Cron:
    """AWS's dialect on cronsim: Sunday is 1, one of the day fields is `?`, `15W` and a field for the year."""

    def __init__(self, minute: str, hour: str, day: str, month: str, weekday: str, year: str) -> None:
        if (day == "?") == (weekday == "?"):
            raise ValueError("exactly one of day-of-month and day-of-week is ?")
        self._years = parse_years(year)
        found = NEAREST_WEEKDAY.fullmatch(day)
        self._near_day = int(found[1]) if found else None
        if self._near_day is not None and not 1 <= self._near_day <= 31:
            raise ValueError(f"{day} names no day")
        day = "*" if day == "?" or found else day
        self._fields = " ".join((minute, hour, day, month, parse_weekday(weekday)))
        CronSim(self._fields, datetime(2000, 1, 1, tzinfo=UTC))

    def __call__(self, after_s: float, _began_s: float) -> float | None:
        after = datetime.fromtimestamp(int(after_s), UTC)
        while True:
            try:
                found: datetime = next(CronSim(self._fields, after))
            except StopIteration:
                return None
            if found.year not in self._years:
                later = [year for year in self._years if year > found.year]
                if not later:
                    return None
                after = datetime(min(later), 1, 1, tzinfo=UTC) - timedelta(seconds=1)
            elif self._near_day is not None and found.date() != nearest_weekday(found.date(), self._near_day):
                after = found.replace(hour=23, minute=59, second=59)
            else:
                return found.timestamp()


def parse_years(field: str) -> set[int]:
    if field == "*":
        return set(range(FIRST_YEAR, LAST_YEAR + 1))
    years: set[int] = set()
    for term in field.split(","):
        span, _, step = term.partition("/")
        first, _, last = span.partition("-")
        start = FIRST_YEAR if first == "*" else int(first)
        end = int(last) if last else (LAST_YEAR if step else start)
        if not FIRST_YEAR <= start <= end <= LAST_YEAR:
            raise ValueError(f"year {term} is not within {FIRST_YEAR}-{LAST_YEAR}")
        years.update(range(start, end + 1, int(step or 1)))
    return years


def parse_weekday(field: str) -> str:
    """AWS counts the days from Sunday = 1, cronsim from Sunday = 0; `L` alone is Saturday."""
    if field in ("?", "*"):
        return "*"
    return ",".join(map(parse_weekday_term, field.split(",")))


def parse_weekday_term(term: str) -> str:
    span, slash, step = term.partition("/")
    days, hash_sign, nth = span.partition("#")
    is_last = days.endswith("L") and days != "L"
    converted = (
        "-".join(weekday_number(each) for each in days.removesuffix("L").split("-")) if days != "L" else "6"
    )
    return converted + ("L" if is_last else "") + hash_sign + nth + slash + step


def weekday_number(text: str) -> str:
    names = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
    if text.upper() in names:
        return str(names.index(text.upper()))
    if text == "*":
        return text
    if not 1 <= int(text) <= 7:
        raise ValueError(f"day-of-week {text} is not within 1-7")
    return str(int(text) - 1)


def nearest_weekday(month_of: date, day: int) -> date | None:
    """The weekday of that month nearest to the day; None when the month lacks the day."""
    last = calendar.monthrange(month_of.year, month_of.month)[1]
    if day > last:
        return None
    wanted = month_of.replace(day=day)
    if wanted.weekday() == 5:
        shift = -1 if day > 1 else 2
    elif wanted.weekday() == 6:
        shift = 1 if day < last else -2
    else:
        shift = 0
    return wanted + timedelta(days=shift)

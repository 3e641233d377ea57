"""Expressions of schedules: rate, cron and at.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import re
from typing import Any

from stepmill.check.finding import Findings
from stepmill.check.patterns import late_pattern
from stepmill.check.rules.sam_events import SCHEDULE_SYNTAX
from stepmill.check.wiring.rules_of import Trigger

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# Name, least, most, and names that stand for numbers from the least on.
FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day of week", 1, 7, DAYS),
    ("year", 1970, 2199, ()),
)
_RATE = late_pattern(r"rate\(\s*(\d+)\s+(minutes?|hours?|days?)\s*\)")
_AT = late_pattern(r"at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\)")


def check_schedule(trigger: Trigger, findings: Findings) -> None:
    expression = trigger.schedule
    if not isinstance(expression, str) or "${" in expression:
        return
    problem = problem_of(expression, is_scheduler=trigger.is_scheduler)
    if problem:
        findings.add(
            SCHEDULE_SYNTAX,
            trigger.schedule_pointer,
            f"{trigger.where}: the schedule {expression!r} cannot be read: {problem}",
        )


def problem_of(expression: str, *, is_scheduler: bool = False) -> str:
    """What is wrong, and what to do; empty when nothing is."""
    rate = _RATE.fullmatch(expression)
    if rate:
        count, unit = int(rate[1]), rate[2]
        if count < 1:
            return "the number is below 1; give 1 or more"
        if (count == 1) == unit.endswith("s") and not is_scheduler:
            return f"{count} takes {unit.rstrip('s') if count == 1 else unit + 's'}; write it so"
        return ""
    if expression.startswith("cron(") and expression.endswith(")"):
        return _problem_of_cron(expression[5:-1].split())
    if is_scheduler and expression.startswith("at("):
        return "" if _AT.fullmatch(expression) else "give at(yyyy-mm-ddThh:mm:ss)"
    return "write rate(5 minutes) or cron(0 12 * * ? *)"


def _problem_of_cron(fields: list[str]) -> str:
    if len(fields) != len(FIELDS):
        return f"cron has {len(FIELDS)} fields, these are {len(fields)}; give minutes to year"
    if (fields[2] == "?") == (fields[4] == "?"):
        return "exactly one of day of month and day of week is `?`; write it in the other"
    for text, (name, least, most, names) in zip(fields, FIELDS, strict=True):
        for part in text.split(","):
            if not _fits(part, name, least, most, names):
                return f"{part!r} is no {name}; give {least} to {most}" + (
                    f" or {names[0]} to {names[-1]}" if names else ""
                )
    return ""


def _fits(part: str, name: str, least: int, most: int, names: tuple[str, ...]) -> bool:
    if part == "?":
        return name.startswith("day")
    base, slash, step = part.partition("/")
    if slash and not (step.isdigit() and int(step) > 0):
        return False
    if base == "*":
        return True
    if name == "day of month" and re.fullmatch(r"L(-\d+)?|\d+W|LW", base):
        return True
    if name == "day of week":
        base = re.sub(r"(?<=.)(L|#[1-5])$", "", base)
        if base == "L":
            return True
    return all(_number(end, least, names) in range(least, most + 1) for end in base.split("-", 1))


def _number(text: str, least: int, names: tuple[str, ...]) -> Any:
    if text.upper() in names:
        return names.index(text.upper()) + least
    return int(text) if text.isdigit() else None

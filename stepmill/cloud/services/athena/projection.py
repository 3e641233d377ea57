"""Partition projection: the values that a table's properties allow, and the values in an object's URI.

Source: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

JAVA_PARTS = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"))
NOW = re.compile(r"NOW(?:([+-])(\d+)(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?)?")
DAYS = {
    "YEAR": 365.25,
    "MONTH": 30.4375,
    "WEEK": 7,
    "DAY": 1,
    "HOUR": 1 / 24,
    "MINUTE": 1 / 1440,
    "SECOND": 1 / 86400,
}
Allowed = Callable[[str], bool]


class BadProjection(ValueError):
    """What is wrong with the table's properties."""


def is_projected(properties: Mapping[str, str]) -> bool:
    return properties.get("projection.enabled", "").lower() == "true"


def allowed_values(key: str, properties: Mapping[str, str], now_s: float) -> Allowed:
    """Whether a text is a value of the partition key. Raises: BadProjection."""
    kind = properties.get(f"projection.{key}.type", "").lower()
    if kind == "injected":
        return bool
    if kind == "enum":
        values = [value.strip() for value in given(key, "values", properties).split(",")]
        return values.__contains__
    first, comma, last = given(key, "range", properties).partition(",")
    if not comma:
        raise BadProjection(f"projection.{key}.range is {first!r}; give two ends with a comma")
    if kind == "integer":
        return whole_numbers(key, first, last, int(properties.get(f"projection.{key}.digits", "0")))
    if kind == "date":
        form = given(key, "format", properties)
        return moments(key, first.strip(), last.strip(), form, now_s)
    raise BadProjection(f"projection.{key}.type is {kind!r}; give enum, integer, date or injected")


def given(key: str, what: str, properties: Mapping[str, str]) -> str:
    value = properties.get(f"projection.{key}.{what}")
    if not value:
        raise BadProjection(f"projection.{key}.{what} is missing")
    return value


def whole_numbers(key: str, first: str, last: str, digits: int) -> Allowed:
    try:
        low, high = int(first), int(last)
    except ValueError:
        raise BadProjection(f"projection.{key}.range {first},{last} is not two whole numbers") from None

    def is_allowed(text: str) -> bool:
        return (
            re.fullmatch(r"-?\d+", text) is not None
            and low <= int(text) <= high
            and text == f"{int(text):0{digits}d}"
        )

    return is_allowed


def moments(key: str, first: str, last: str, form: str, now_s: float) -> Allowed:
    python_form = form.replace("'", "")
    for java, python in JAVA_PARTS:
        python_form = python_form.replace(java, python)
    low, high = (end_of(key, text, python_form, now_s) for text in (first, last))

    def is_allowed(text: str) -> bool:
        try:
            moment = datetime.strptime(text, python_form).replace(tzinfo=UTC)
        except ValueError:
            return False
        # A day that has begun is within a range that ends now.
        return low - timedelta(days=1) < moment <= high and moment.strftime(python_form) == text

    return is_allowed


def end_of(key: str, text: str, form: str, now_s: float) -> datetime:
    if match := NOW.fullmatch(text):
        now = datetime.fromtimestamp(now_s, UTC)
        if match[1] is None:
            return now
        days = int(match[2]) * DAYS[match[3]]
        return now + timedelta(days=days if match[1] == "+" else -days)
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        raise BadProjection(
            f"projection.{key}.range: {text!r} is neither NOW nor of the key's format"
        ) from None


def template_of(location: str, keys: Sequence[str], properties: Mapping[str, str]) -> str:
    """The URI of one partition with `${key}` in it, ending in a slash."""
    hive = location.rstrip("/") + "/" + "/".join(f"{key}=${{{key}}}" for key in keys)
    return properties.get("storage.location.template", hive).rstrip("/") + "/"


def pattern_of(template: str, keys: Sequence[str]) -> re.Pattern[str]:
    """Matches the URI of an object of any partition; the keys are its groups. Raises: BadProjection."""
    pieces = re.split(r"\$\{([^}]+)\}", template)
    names = [name.lower() for name in pieces[1::2]]
    if sorted(set(names)) != sorted(keys):
        raise BadProjection(
            f"storage.location.template names {', '.join(names)}; the keys are {', '.join(keys)}"
        )
    text, seen = re.escape(pieces[0]), set()
    for name, rest in zip(names, pieces[2::2], strict=True):
        group = f"k{list(keys).index(name)}"
        text += f"(?P={group})" if name in seen else f"(?P<{group}>[^/]+)"
        seen.add(name)
        text += re.escape(rest)
    return re.compile(text + ".*", re.DOTALL)

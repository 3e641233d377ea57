"""The tables of AWS's page on missing data, and the comparison operators."""

from typing import Any

import pytest

from stepmill.cloud.services.cloudwatch.evaluation import judge

X, O = 1.0, 0.0  # noqa: E741  as AWS's tables write them
KEEP = None


def alarm(**more: Any) -> dict[str, Any]:
    return {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.5, "EvaluationPeriods": 3, **more}


def read(row: str) -> list[float | None]:
    return [{"X": X, "O": O, "-": None}[letter] for letter in row]


THREE_OF_THREE = {
    "O-X-X": ("OK", "OK", "OK", "OK"),
    "----O": ("OK", "OK", "OK", "OK"),
    "-----": ("INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
    "OXX-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "--X--": ("ALARM", KEEP, "ALARM", "OK"),
}
TWO_OF_THREE = {
    "O-X-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "OOXOX": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "O-X--": ("OK", "OK", "ALARM", "OK"),
    "----O": ("OK", "OK", "ALARM", "OK"),
    "----X": ("ALARM", KEEP, "ALARM", "OK"),
}
CASES = [
    pytest.param(needed, row, treatment, expected, id=f"{needed}-of-3 {row} {treatment}")
    for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for row, states in table.items()
    for treatment, expected in zip(("missing", "ignore", "breaching", "notBreaching"), states, strict=True)
]


@pytest.mark.parametrize(("needed", "row", "treatment", "expected"), CASES)
def test_missing_data_is_treated_as_aws_s_tables_say(
    needed: int, row: str, treatment: str, expected: str | None
) -> None:
    """Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    verdict = judge(alarm(DatapointsToAlarm=needed, TreatMissingData=treatment), read(row))
    assert verdict.state == expected


@pytest.mark.parametrize(
    ("comparison", "states"),
    [
        ("GreaterThanThreshold", ["OK", "OK", "ALARM"]),
        ("GreaterThanOrEqualToThreshold", ["OK", "ALARM", "ALARM"]),
        ("LessThanThreshold", ["ALARM", "OK", "OK"]),
        ("LessThanOrEqualToThreshold", ["ALARM", "ALARM", "OK"]),
    ],
)
def test_a_value_under_at_and_over_the_threshold(comparison: str, states: list[str]) -> None:
    one = alarm(ComparisonOperator=comparison, EvaluationPeriods=1)
    assert [judge(one, [value]).state for value in (0.4, 0.5, 0.6)] == states

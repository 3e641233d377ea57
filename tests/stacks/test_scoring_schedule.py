"""Rows are scored at regular times where the template is told when."""

import pytest

from .deployment import deploy
from .test_resources import found


@pytest.mark.parametrize(
    ("given", "state", "schedule", "folder"),
    [
        ({}, "DISABLED", "rate(1 day)", "none"),
        (
            {"ScoringSchedule": "cron(0 6 * * ? *)"},
            "ENABLED",
            "cron(0 6 * * ? *)",
            "s3://stepmill-prod-data-123456789012-us-east-1/scoring/scheduled/",
        ),
    ],
    ids=["off", "on"],
)
def test_rows_are_scored_at_the_times_of_the_templates_schedule(
    given: dict[str, str], state: str, schedule: str, folder: str
) -> None:
    function = found(deploy(**given), "AWS::Serverless::Function")["StartScoring"]
    rule = function["Events"]["AtTimes"]["Properties"]
    assert (rule["State"], rule["Schedule"]) == (state, schedule)
    assert rule["RetryPolicy"]["MaximumRetryAttempts"] >= 10
    assert "Arn" in rule["DeadLetterConfig"]
    assert function["Environment"]["Variables"]["SCHEDULED_URI"] == folder

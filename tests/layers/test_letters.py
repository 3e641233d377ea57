import json
from typing import Any

import pytest
from millkit import letters

ARN = "arn:aws:states:eu-west-1:123456789012:execution:stepmill-dev-training:cars-1f"
PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/stepmill-dev/3"
VERDICT = {
    "accepted": True,
    "reason": "RMSE 2341.20 is under the limit 4000 and beats the champion's 2954.02",
    "candidate_rmse": 2341.2,
    "champion_rmse": 2954.02,
    "rmse_limit": 4000.0,
}
WHERE = (
    f"Where to look: `stepmill history {ARN}` on your machine, or "
    f"https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/{ARN}\n"
)


def event(status: str, **detail: Any) -> dict[str, Any]:
    return {
        "region": "eu-west-1",
        "detail": {
            "executionArn": ARN,
            "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:stepmill-dev-training",
            "name": "cars-1f",
            "status": status,
            "startDate": 1_700_000_000_000,
            "stopDate": 1_700_000_042_400,
            "input": json.dumps({"data_uri": "s3://cars/in/cars.csv"}),
            "output": None,
            **detail,
        },
    }


@pytest.mark.parametrize(
    ("partition", "region", "console"),
    [
        ("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ],
)
def test_the_console_is_the_one_of_the_executions_partition(
    partition: str, region: str, console: str
) -> None:
    arn = f"arn:{partition}:states:{region}:123456789012:execution:m:e"
    body = letters.letter(event("SUCCEEDED", executionArn=arn)).body
    assert f"or {console}states/home?region={region}#/v2/executions/details/{arn}\n" in body


def test_an_accepted_model_is_told_with_its_figures_and_what_to_do_next() -> None:
    output = {
        "outcome": "registered",
        "verdict": VERDICT,
        "model_package_arn": PACKAGE,
        "approval_status": "PendingManualApproval",
        "next": "approve it: aws sagemaker ...",
    }
    letter = letters.letter(event("SUCCEEDED", output=json.dumps(output)))
    assert letter.subject == "stepmill-dev-training succeeded, model accepted: cars.csv"
    assert letter.body == (
        "What ran: stepmill-dev-training, execution cars-1f\n"
        "Data: s3://cars/in/cars.csv\n"
        "How it ended: succeeded after 42 s, model accepted\n"
        "Why: RMSE 2341.20 is under the limit 4000 and beats the champion's 2954.02\n"
        "Figures: candidate RMSE 2341.20, champion RMSE 2954.02, limit 4000.00\n"
        "Registered: version stepmill-dev/3, PendingManualApproval\n"
        "What to do next: approve it: aws sagemaker ...\n" + WHERE
    )


def test_a_deployment_is_told_by_its_version_and_what_serves() -> None:
    output = {"outcome": "live", "endpoint_name": "stepmill-dev", "model_name": "m-1"}
    given = json.dumps({"model_package_arn": PACKAGE})
    letter = letters.letter(event("SUCCEEDED", input=given, output=json.dumps(output)))
    assert letter.subject == "stepmill-dev-training succeeded, live: stepmill-dev/3"
    assert letter.body == (
        "What ran: stepmill-dev-training, execution cars-1f\n"
        f"Version: {PACKAGE}\n"
        "How it ended: succeeded after 42 s, live\n"
        "What serves now: endpoint stepmill-dev, model m-1\n" + WHERE
    )


@pytest.mark.parametrize(
    ("rejected", "more"),
    [(0, ""), (2, "Which rows were rejected: s3://a/scoring/0a/report/rejected.csv\n")],
)
def test_scored_rows_are_told_with_their_figures_and_where_they_are(rejected: int, more: str) -> None:
    output = {
        "outcome": "scored",
        "reason": "8 of 10 rows scored by version 3; no training: no limit is reached",
        "figures": {"rows": 10, "scored": 8, "rejected": rejected},
        "scored_uri": "s3://a/scored/cars/dt=2026-07-01/cars-1f",
        "run_uri": "s3://a/scoring/0a",
    }
    given = json.dumps({"data_uri": "s3://data/scoring/new.csv"})
    letter = letters.letter(event("SUCCEEDED", input=given, output=json.dumps(output)))
    assert letter.subject == "stepmill-dev-training succeeded, scored: new.csv"
    assert letter.body == (
        "What ran: stepmill-dev-training, execution cars-1f\n"
        "Data: s3://data/scoring/new.csv\n"
        "How it ended: succeeded after 42 s, scored\n"
        "Why: 8 of 10 rows scored by version 3; no training: no limit is reached\n"
        "Where the rows are: s3://a/scored/cars/dt=2026-07-01/cars-1f/\n" + more + WHERE
    )


def test_a_superseded_version_is_told_with_the_reason_and_not_as_serving() -> None:
    output = {"outcome": "superseded", "reason": "another serves now", "endpoint_name": "stepmill-dev"}
    given = json.dumps({"model_package_arn": PACKAGE})
    letter = letters.letter(event("SUCCEEDED", input=given, output=json.dumps(output)))
    assert letter.subject == "stepmill-dev-training succeeded, superseded: stepmill-dev/3"
    assert "Why: another serves now\nWhere" in letter.body


def test_a_first_model_has_no_champion_among_its_figures() -> None:
    verdict = {**VERDICT, "champion_rmse": None}
    letter = letters.letter(event("SUCCEEDED", output=json.dumps({"verdict": verdict})))
    assert "Figures: candidate RMSE 2341.20, limit 4000.00\n" in letter.body


def test_a_skipped_execution_is_told_with_who_was_in_its_way() -> None:
    reason = "lock stepmill-dev: another still holds it after 3 looks"
    output = {"outcome": "skipped", "reason": reason, "holder": "another", "model_name": "m-1"}
    letter = letters.letter(event("SUCCEEDED", output=json.dumps(output)))
    assert letter.subject == "stepmill-dev-training succeeded, skipped: cars.csv"
    assert letter.body == (
        "What ran: stepmill-dev-training, execution cars-1f\n"
        "Data: s3://cars/in/cars.csv\n"
        "How it ended: succeeded after 42 s, skipped\n"
        f"Why: {reason}\n" + WHERE
    )


def test_a_rejected_model_is_told_as_rejected() -> None:
    verdict = {"accepted": False, "reason": "RMSE 9 is above the limit 4"}
    letter = letters.letter(event("SUCCEEDED", output=json.dumps(verdict)))
    assert letter.subject == "stepmill-dev-training succeeded, model rejected: cars.csv"
    assert "Why: RMSE 9 is above the limit 4\nWhere" in letter.body


def test_a_failure_is_told_with_the_jobs_own_last_words() -> None:
    line = "cars.csv: row 7, column Price: 'abc' is not a number; mend the cell"
    job = {"ProcessingJobName": "p", "FailureReason": "AlgorithmError: exit code: 2", "ExitMessage": line}
    letter = letters.letter(event("FAILED", error="States.TaskFailed", cause=json.dumps(job)))
    assert letter.subject == "stepmill-dev-training failed: cars.csv"
    assert letter.body == (
        "What ran: stepmill-dev-training, execution cars-1f\n"
        "Data: s3://cars/in/cars.csv\n"
        "How it ended: failed after 42 s\n"
        f"Why: States.TaskFailed - {line}\n" + WHERE
    )


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("plain words", "plain words"),
        ("", ""),
        (json.dumps({"FailureReason": "CapacityError: none left"}), "CapacityError: none left"),
        (json.dumps({"errorMessage": "rmse_limit is 'x', not a number", "stackTrace": []}),
         "rmse_limit is 'x', not a number"),
        (json.dumps({"errorMessage": json.dumps({"FailureReason": "inner"})}), "inner"),
        (json.dumps({"ExitMessage": "", "FailureReason": "exit code: 1"}), "exit code: 1"),
        (json.dumps({"other": 1}), '{"other": 1}'),
        ("x" * 2_001, "x" * 2_000 + " ..."),
    ],
)  # fmt: skip
def test_of_a_cause_only_the_reason_is_told(cause: str, said: str) -> None:
    assert letters.clean_cause(cause) == said


@pytest.mark.parametrize(
    ("status", "words"), [("TIMED_OUT", "ran out of time"), ("ABORTED", "was stopped"), ("FAILED", "failed")]
)
def test_every_end_has_its_words(status: str, words: str) -> None:
    assert letters.letter(event(status)).subject == f"stepmill-dev-training {words}: cars.csv"


def test_an_event_without_its_input_is_told_by_the_executions_name() -> None:
    letter = letters.letter(event("FAILED", input=None))
    assert letter.subject == "stepmill-dev-training failed: cars-1f"
    assert "Data:" not in letter.body


def test_a_subject_is_one_line_of_at_most_100_ascii_characters() -> None:
    data_uri = "s3://cars/in/" + "ü\r\nBcc: x" + "y" * 200
    subject = letters.letter(event("FAILED", input=json.dumps({"data_uri": data_uri}))).subject
    assert subject == "stepmill-dev-training failed: ? Bcc: x" + "y" * 59 + "..."
    assert len(subject) == 100


def test_finds_no_verdict_where_there_is_none() -> None:
    assert letters.find_verdict({"accepted": "yes", "reason": "r", "deep": [1]}) is None
    assert letters.find_verdict(None) is None

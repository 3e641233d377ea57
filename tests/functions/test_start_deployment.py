import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from millkit import approvals

from functions.start_deployment.handler import handler

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:deployment"
WAIT = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 600, "End": True}}})
EVENTS = Path(__file__).parents[2] / "events"
PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/stepmill-dev/3"
NOTHING = {"execution_arn": None}


@pytest.fixture
def states(client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("STATE_MACHINE_ARN", MACHINE)
    monkeypatch.setenv("GROUP_PREFIX", "stepmill-dev")
    made = client("stepfunctions")
    made.create_state_machine(name="deployment", definition=WAIT, roleArn="arn:aws:iam::123456789012:role/r")
    return made


def event(name: str = "approved", **detail: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EVENTS / f"start_deployment.{name}.json").read_text())
    return found | {"detail": found["detail"] | detail}


def inputs(states: Any) -> list[Any]:
    executions = states.list_executions(stateMachineArn=MACHINE)["executions"]
    arns = [execution["executionArn"] for execution in executions]
    return [json.loads(states.describe_execution(executionArn=arn)["input"]) for arn in arns]


@pytest.mark.parametrize("name", ["approved", "approved_by_policy"])
def test_starts_the_machine_for_an_approved_version(states: Any, name: str) -> None:
    answer = handler(event(name), None)
    assert answer["outcome"] == "started"
    assert str(answer["execution_arn"]).rpartition(":")[2].startswith("version-3-")
    assert inputs(states) == [{"model_package_arn": PACKAGE, "on_approval": True}]


def test_the_same_event_three_times_starts_one_execution(states: Any) -> None:
    answers = [handler(event(), None) for _ in range(3)]
    assert {answer["outcome"] for answer in answers} <= {"started", "already_started"}
    assert len({answer["execution_arn"] for answer in answers}) == len(inputs(states)) == 1


def test_an_event_that_comes_again_after_the_execution_has_ended_starts_nothing(states: Any) -> None:
    first = handler(event(), None)
    states.stop_execution(executionArn=first["execution_arn"])
    assert handler(event(), None) == {**first, "outcome": "already_started"}
    assert len(inputs(states)) == 1


def test_a_second_approval_after_a_rejection_is_a_start_of_its_own(states: Any) -> None:
    handler(event(), None)
    assert handler(event(LastModifiedTime="2026-01-06T08:00:00Z"), None)["outcome"] == "started"
    assert len(inputs(states)) == 2


@pytest.mark.parametrize(
    ("detail", "outcome"),
    [
        ({"ModelApprovalStatus": "Rejected"}, "not_approved"),
        ({"ModelApprovalStatus": "PendingManualApproval"}, "not_approved"),
        ({"UpdatedModelPackageFields": ["CustomerMetadataProperties"]}, "not_approved"),
        ({"ModelPackageGroupName": "stepmill-devices"}, "other_group"),
        ({"ModelPackageGroupName": "another"}, "other_group"),
    ],
    ids=["rejected", "pending", "other_field", "longer_name", "other_name"],
)
def test_what_is_not_to_be_deployed_starts_nothing(states: Any, detail: dict[str, Any], outcome: str) -> None:
    assert handler(event(**detail), None) == {**NOTHING, "outcome": outcome}
    assert inputs(states) == []


def test_a_group_of_another_endpoint_of_the_stage_is_ours(states: Any) -> None:
    assert handler(event(ModelPackageGroupName="stepmill-dev-two"), None)["outcome"] == "started"


@pytest.mark.parametrize(
    "lost", ["ModelPackageArn", "ModelPackageGroupName", "ModelPackageVersion", "ModelApprovalStatus"]
)
def test_an_event_that_lacks_what_is_needed_is_refused_by_name(states: Any, lost: str) -> None:
    broken = event()
    del broken["detail"][lost]
    with pytest.raises(approvals.EventInvalid, match=rf"^event: lacks '{lost}'; expected detail\."):
        handler(broken, None)
    assert inputs(states) == []


def test_no_more_than_the_package_is_logged(states: Any, capsys: pytest.CaptureFixture[str]) -> None:
    handler(event(), None)
    line = {
        "level": "INFO",
        "event": "start_deployment",
        "model_package_arn": PACKAGE,
        "outcome": "started",
    }
    assert [json.loads(text) for text in capsys.readouterr().out.splitlines()] == [line]

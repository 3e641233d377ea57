"""kill -9 of everything, in a training and in its deployment: both end well, once, after the next start."""

import json

import pytest

from tests.end_to_end.platform import Platform, wait_for


@pytest.mark.parametrize("state", ["Preprocess", "Train", "Baselines", "WaitWatch"])
def test_a_training_that_was_killed_ends_well_and_once(platform: Platform, cars: bytes, state: str) -> None:
    uri = platform.upload(f"{state}.csv", cars)
    found = wait_for(lambda: platform.executions_on(uri), f"an execution on {uri}")
    arn = killed = found[0]["executionArn"]
    if state == "WaitWatch":
        package = json.loads(platform.ended(arn)["output"])["model_package_arn"]
        killed = wait_for(lambda: platform.deployments_of(package), "a deployment")[0]["executionArn"]
    wait_for(lambda: state in entered(platform, killed), f"state {state}")
    platform.kill()
    platform.up()
    done = platform.ended(arn)
    deployed = platform.deployed(done)
    assert (deployed["status"], json.loads(deployed["output"])["outcome"]) == ("SUCCEEDED", "live")
    assert [one["executionArn"] for one in platform.executions_on(uri)] == [arn]
    package = json.loads(done["output"])["model_package_arn"]
    assert [one["executionArn"] for one in platform.deployments_of(package)] == [deployed["executionArn"]]
    for execution in (arn, deployed["executionArn"]):
        events = platform.client("stepfunctions").get_execution_history(
            executionArn=execution, maxResults=1000
        )["events"]
        assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert entered(platform, arn).count("Train") == entered(platform, arn).count("RegisterModel") == 1
    assert len(training_jobs(platform, arn)) == 1
    assert subjects_about(platform, f"{state}.csv") == 1
    assert platform.champion()[1] == platform.parameters()["endpoint-config-name"]
    # The next one is to go live again, not to be rejected as no better.
    platform.client("ssm").delete_parameter(Name=f"{platform.outputs['ParameterPrefix']}/model-name")


def test_a_clean_stop_keeps_everything(platform: Platform, cars: bytes) -> None:
    done = platform.deployed(platform.ended_on(platform.upload("kept.csv", cars)))
    assert json.loads(done["output"])["outcome"] == "live"
    champion = platform.champion()
    assert platform.down() == 0
    platform.up()
    assert platform.champion() == champion
    assert platform.ended(done["executionArn"]) == done


def entered(platform: Platform, arn: str) -> list[str]:
    """The names of the states that were entered, in their order."""
    pages = platform.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
    return [
        event["stateEnteredEventDetails"]["name"]
        for page in pages
        for event in page["events"]
        if "stateEnteredEventDetails" in event
    ]


def training_jobs(platform: Platform, arn: str) -> list[str]:
    import hashlib

    run = hashlib.md5(arn.encode(), usedforsecurity=False).hexdigest()
    found = platform.client("sagemaker").list_training_jobs(NameContains=run)["TrainingJobSummaries"]
    return [one["TrainingJobName"] for one in found]


def subjects_about(platform: Platform, file: str) -> int:
    platform.mail_with(f"succeeded, model accepted: {file}")
    headers = [mail.read_text().partition("\n\n")[0] for mail in (platform.root / "mail").glob("*.eml")]
    return sum(file in header for header in headers)

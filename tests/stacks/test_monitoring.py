"""The monitor's jobs may use exactly the places that they are given; its rules start it and nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.statemachines.monitor_aws import model, monitor_answers, window
from tests.statemachines.running import run_definition

from .deployment import Stack
from .policies import Need, idle, lacking, listed, statements
from .test_job_roles import IMAGES, needs_of_jobs

Stacks = dict[str, Stack]
OWN_JOBS = ("DataDrift", "ModelQuality", "PlanAttributions", "SolveAttributions")
JOBS = (*OWN_JOBS, "AnalyzeWithAws", "JudgeWithAws")
# Source: https://github.com/boto/botocore/blob/develop/CHANGELOG.rst, "Conditional Writes" of PutObject
CONDITIONAL_WRITES = (1, 35, 2)


@pytest.fixture(scope="module")
def requests(aws: Stacks, machine: Callable[..., dict[str, Any]]) -> dict[str, list[Any]]:
    """With each analyzer once."""
    artifacts = aws["foundation"].resolve({"Ref": "ArtifactsBucket"})
    everything = model(has_quality=True, has_attributions=True)
    placed = json.loads(json.dumps(everything).replace("s3://artifacts/", f"s3://{artifacts}/"))
    answers = monitor_answers() | {"ReadWindow": window(placed)}
    definition = json.loads(json.dumps(machine(aws, "model_monitor")).replace("none.dkr", "1.dkr"))
    by_aws = run_definition(definition, {"monitor_image": "aws"}, answers)
    assert by_aws.status == "SUCCEEDED", by_aws.cause
    return {**by_aws.requests, **run_definition(definition, {}, answers).requests}


def test_a_monitoring_job_may_use_exactly_the_places_it_is_given(
    aws: Stacks, requests: dict[str, list[Any]]
) -> None:
    jobs, windows = aws["jobs"], aws["windows"]
    needs = list(needs_of_jobs(windows, [one for state in JOBS for one in requests[state]]))
    repositories = [
        (jobs.template["Mappings"]["Images"]["us-east-1"][column], repository)
        for column, repository in zip(("Xgboost", "LinearLearner", "Sklearn"), IMAGES, strict=True)
    ]
    for owner, repository in repositories:
        for action in ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"):
            needs.append(Need(f"ecr:{action}", f"arn:aws:ecr:us-east-1:{owner}:repository/{repository}"))
    given = statements(windows, "MonitorRole", foreign=aws)
    assert lacking(given, needs) == []
    assert list(idle(given, needs)) == []


def test_the_model_that_is_asked_reads_and_writes_where_its_role_may(
    aws: Stacks, requests: dict[str, list[Any]]
) -> None:
    needs = list(needs_of_jobs(aws["jobs"], requests["AskForAttributions"]))
    assert lacking(statements(aws["jobs"], "ModelRole", foreign=aws), needs) == []


def test_the_consolidation_writes_below_monitoring_only(aws: Stacks) -> None:
    given = statements(aws["windows"], "ConsolidateRole", foreign=aws)
    [write] = [one for one in given if "s3:PutObject" in listed(one["Action"])]
    artifacts = aws["foundation"].resolve({"Ref": "ArtifactsBucket"})
    assert write["Resource"] == f"arn:aws:s3:::{artifacts}/monitoring/*"


def test_the_consolidation_brings_a_boto3_that_knows_conditional_writes(aws: Stacks) -> None:
    """Glue's own is older; a window is committed by a PutObject with IfNoneMatch."""
    arguments = aws["windows"].template["Resources"]["Consolidate"]["Properties"]["DefaultArguments"]
    name, _, version = arguments["--additional-python-modules"].partition("==")
    assert name == "boto3"
    assert tuple(map(int, version.split("."))) >= CONDITIONAL_WRITES


FIRST = {"endpoint_name": "stepmill-prod"}
SECOND = {
    "endpoint_name": "stepmill-prod-linear",
    "parameter_prefix": "/stepmill/prod/training/linear",
}
ALL = {"lookback_days": 0}
# Rule -> the inputs of the executions that it starts.
RULES = {
    "MonitorSoon": [FIRST, SECOND],
    "MonitorDaily": [FIRST | ALL, SECOND | ALL],
    "MonitorTruth": [FIRST],
    "MonitorSecondTruth": [SECOND],
}


def test_every_rule_starts_the_monitor_for_its_endpoints_retries_and_keeps_what_it_cannot_deliver(
    aws: Stacks,
) -> None:
    stack = aws["monitoring"]
    rules = dict(stack.resources("AWS::Events::Rule"))
    assert sorted(rules) == sorted(RULES)
    for name, rule in rules.items():
        for target in rule["Targets"]:
            assert target["Arn"] == stack.arn("states", "stateMachine:stepmill-prod-model-monitor")
            assert target["DeadLetterConfig"] == {
                "Arn": aws["foundation"].resolve({"Fn::GetAtt": ["DeadLetters", "Arn"]})
            }
            assert target["RetryPolicy"]["MaximumRetryAttempts"] >= 10
        assert [json.loads(target["Input"]) for target in rule["Targets"]] == RULES[name]
        assert len({target["Id"] for target in rule["Targets"]}) == len(rule["Targets"])
        assert rule["State"] == "ENABLED"


def test_truth_starts_the_monitor_of_the_endpoint_whose_folder_it_lands_in(aws: Stacks) -> None:
    rules = dict(aws["monitoring"].resources("AWS::Events::Rule"))
    prefixes = {
        name: rules[name]["EventPattern"]["detail"]["object"]
        for name in ("MonitorTruth", "MonitorSecondTruth")
    }
    assert prefixes == {
        "MonitorTruth": {"key": [{"prefix": "truth/stepmill-prod/"}]},
        "MonitorSecondTruth": {"key": [{"prefix": "truth/stepmill-prod-linear/"}]},
    }

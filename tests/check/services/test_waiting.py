"""Jobs that are started, and whether anybody looks whether they have ended."""

from __future__ import annotations

from typing import Any

import pytest

from stepmill.check.checker import check_machine
from stepmill.check.rule import one_state
from stepmill.check.subject import Kind, Subject

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:judge"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
ACTIVITY = "arn:aws:states:eu-west-1:123456789012:activity:approve"


def task(resource: str, then: str = "", **parameters: Any) -> dict[str, Any]:
    arn = resource if resource.startswith("arn:") else f"arn:aws:states:::{resource}"
    end = {"Next": then} if then else {"End": True}
    given = {"Parameters": parameters} if parameters else {}
    return {"Type": "Task", "Resource": arn, **given, "TimeoutSeconds": 60, **end}


def start(then: str = "After", resource: str = "glue:startJobRun", **parameters: Any) -> dict[str, Any]:
    return task(resource, then, **(parameters or {"JobName": "prepare"}))


def told(machine: Any, kind: Kind = "STANDARD") -> list[str]:
    found = check_machine(Subject(machine, kind=kind)).found
    return [it.pointer for it in found if it.rule == "job-not-awaited"]


AFTER = task(FUNCTION)
ASK = task("lambda:invoke.waitForTaskToken", FunctionName="ask", Payload={"token.$": "$$.Task.Token"})
WAIT = {"Type": "Wait", "Seconds": 60, "Next": "After"}
HERE = ["/States/Only/Resource"]


def test_a_job_that_others_go_on_from_is_awaited() -> None:
    assert told(one_state(start(), After=AFTER)) == HERE
    assert told(one_state(start(resource="glue:startJobRun.sync"), After=AFTER)) == []


@pytest.mark.parametrize(
    ("resource", "parameters"),
    [
        ("aws-sdk:glue:startJobRun", {"JobName": "prepare"}),
        ("ecs:runTask", {"TaskDefinition": "t"}),
        ("athena:startQueryExecution", {"QueryString": "SELECT 1"}),
        ("elasticmapreduce:addStep", {"ClusterId": "j-1", "Step": {"Name": "s"}}),
        ("codebuild:startBuild", {"ProjectName": "p"}),
    ],
)
def test_so_are_jobs_of_other_services(resource: str, parameters: dict[str, Any]) -> None:
    assert told(one_state(start(resource=resource, **parameters), After=AFTER)) == HERE


@pytest.mark.parametrize(
    "states",
    [
        {"After": task("sns:publish", TopicArn=TOPIC, Message="started")},
        {"After": {"Type": "Succeed"}},
        {"After": WAIT | {"Next": "Look"}, "Look": AFTER},
        {"After": AFTER | {"Next": "Later"}, "Later": WAIT | {"Next": "After"}},
        {"After": task(ACTIVITY)},
        {"After": task("aws-sdk:glue:getJobRun", JobName="prepare", RunId="1")},
        {"After": task("states:startExecution.sync", StateMachineArn="${Child}")},
        {
            "After": task(
                "lambda:invoke.waitForTaskToken", FunctionName="ask", Payload={"t.$": "$$.Task.Token"}
            )
        },
    ],
    ids=["message", "end", "wait", "wait-in-loop", "activity", "looked-at", "child", "callback"],
)
def test_nothing_is_said_where_somebody_may_wait(states: dict[str, Any]) -> None:
    assert told(one_state(start(), **states)) == []


def test_nothing_is_said_of_a_job_that_is_left_to_itself() -> None:
    assert told(one_state(start(""))) == []


def test_much_time_for_a_mere_request_tells_that_it_was_meant_to_wait() -> None:
    assert told(one_state(start("") | {"TimeoutSeconds": 3600})) == HERE


def test_a_wait_far_behind_belongs_to_something_else() -> None:
    steps = {f"Step{n}": task(FUNCTION, f"Step{n + 1}") for n in range(4)}
    machine = one_state(start("Step0"), **steps, Step4=WAIT, After=AFTER)
    assert told(machine) == HERE


def test_a_look_at_jobs_of_another_kind_is_no_look_at_this_one() -> None:
    job = task("sagemaker:createTransformJob", "After", **{"TransformJobName.$": "$.name"})
    look = task("aws-sdk:sagemaker:describeTrainingJob", **{"TrainingJobName.$": "$.name"})
    same = task("aws-sdk:sagemaker:describeTransformJob", **{"TransformJobName.$": "$.name"})
    assert (told(one_state(job, After=look)), told(one_state(job, After=same))) == (HERE, [])
    crawler = task("aws-sdk:glue:getCrawler", Name="crawl")
    assert told(one_state(start(), After=crawler)) == HERE


def test_what_follows_a_branch_follows_its_last_state() -> None:
    branch = {"StartAt": "Load", "States": {"Load": start("")}}
    both = {"Type": "Parallel", "Branches": [branch], "Next": "After"}
    assert told(one_state(both, After=AFTER)) == ["/States/Only/Branches/0/States/Load/Resource"]
    assert told(one_state(both, After=WAIT | {"Next": "Look"}, Look=AFTER)) == []


def test_what_a_map_behind_does_counts() -> None:
    each = {
        "Type": "Map",
        "ItemProcessor": {"StartAt": "Item", "States": {"Item": AFTER}},
        "End": True,
    }
    assert told(one_state(start(), After=each)) == HERE


def test_a_choice_leads_on() -> None:
    rule = {"Variable": "$.JobRunId", "IsPresent": True, "Next": "Use"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "Done"}
    states = {"After": choice, "Use": AFTER, "Done": {"Type": "Succeed"}}
    assert told(one_state(start(), **states)) == HERE


def test_batch_waits_for_a_job_that_another_depends_on() -> None:
    job = {"JobName": "j", "JobQueue": "q", "JobDefinition": "d"}
    shards = task("batch:submitJob", "After", **job)
    merge = task("batch:submitJob.sync", **job, DependsOn=[{"JobId.$": "$.JobId"}])
    alone = task("batch:submitJob.sync", **job)
    assert (told(one_state(shards, After=merge)), told(one_state(shards, After=alone))) == ([], HERE)
    job = task("ecs:runTask", "After", TaskDefinition="t")
    assert told(one_state(job, After=merge)) == HERE


def test_an_express_workflow_cannot_wait() -> None:
    assert told(one_state(start(), After=AFTER), "EXPRESS") == []


def test_a_wait_that_only_an_error_leads_to_is_no_wait() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Pause"}]
    branch = {"StartAt": "Use", "States": {"Use": AFTER | {"Catch": catch}, "Pause": WAIT | {"Next": "Use"}}}
    both = {"Type": "Parallel", "Branches": [branch], "End": True}
    assert told(one_state(start(), After=both)) == HERE

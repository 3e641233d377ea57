"""What a role denies, excepts or forgets of what its machine needs."""

from pathlib import Path
from typing import Any

import pytest

from stepmill.check.finding import Finding
from stepmill.check.permissions.compare import check_role
from stepmill.check.permissions.views import views_of
from stepmill.check.reading.template import Template

HERE = "${AWS::Region}:${AWS::AccountId}"
PLACE = "/Resources/Role/Properties/Policies"
STATEMENT = f"{PLACE}/0/PolicyDocument/Statement"
TOPIC = {"Ref": "Topic"}
PUBLISH = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sns:publish",
    "Parameters": {"TopicArn": "${Topic}", "Message": "m"},
    "End": True,
}
PUBLISHES = {"Effect": "Allow", "Action": "sns:Publish", "Resource": TOPIC}


def found(state: dict[str, Any], *statements: Any, **more: Any) -> list[Finding]:
    """The findings of a machine with one state and a role with these statements."""
    policy = {"PolicyName": "Work", "PolicyDocument": {"Statement": list(statements)}}
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    properties = {
        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "Definition": {"StartAt": "Do", "States": {"Do": state}},
        "DefinitionSubstitutions": {name: {"Ref": name} for name in ("Topic", "Bus", "Load")},
    }
    resources = {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "orders"}},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}, "Policies": [policy]},
        },
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties},
        **more,
    }
    (machine,) = Template(Path("template.json"), {"Resources": resources}).machines
    assert machine.subject is not None
    return check_role(machine, views_of(machine.subject))


def short(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.rule, finding.severity, finding.pointer) for finding in findings]


def test_what_is_allowed_in_place_of_what_is_needed_is_one_fault_with_it() -> None:
    old = "arn:aws:sns:eu-west-1:123456789012:old"
    (finding,) = found(PUBLISH, {**PUBLISHES, "Resource": old})
    assert short([finding]) == [("permission-missing", "failure", f"{STATEMENT}/0/Resource")]
    assert finding.message.endswith(f"allow it instead of {old}, which no state needs")
    assert short(list(finding.follow_ons)) == [("permission-unneeded", "warning", f"{STATEMENT}/0/Resource")]
    (finding,) = found(PUBLISH, {**PUBLISHES, "Action": "simplenotification:Publish"})
    assert short([finding]) == [("permission-missing", "failure", f"{STATEMENT}/0/Action")]


def test_what_is_not_needed_of_another_service_is_a_fault_of_its_own() -> None:
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:1:q"}
    assert [one.rule for one in found(PUBLISH, send)] == ["permission-missing", "permission-unneeded"]


def test_a_statement_that_is_needed_but_allows_too_much_is_a_fault_of_its_own() -> None:
    other = "arn:aws:sns:eu-west-1:123456789012:other"
    tell = {**PUBLISH, "Parameters": {"TopicArn": other, "Message": "m"}}
    branches = [{"StartAt": name, "States": {name: one}} for name, one in (("A", PUBLISH), ("B", tell))]
    both = {"Type": "Parallel", "Branches": branches, "End": True}
    wide = {"Effect": "Allow", "Action": "sns:*", "Resource": other}
    old = {**PUBLISHES, "Resource": "arn:aws:sns:eu-west-1:123456789012:old"}
    assert [one.rule for one in found(both, old, wide)] == ["permission-missing", "permission-wildcard"]


def test_a_denial_is_told_with_what_it_denies() -> None:
    denial = {"Effect": "Deny", "Action": "sns:*", "Resource": "*"}
    assert found(PUBLISH, PUBLISHES, denial) == [
        Finding(
            rule="permission-missing",
            severity="failure",
            pointer=f"{STATEMENT}/1",
            message="Role: denies sns:Publish on arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:"
            "${Topic.TopicName}, which state Do needs; deny less",
            state="Do",
            file="template.json",
        )
    ]


DENIED: list[dict[str, Any]] = [
    {"Action": "sns:Publish", "Resource": TOPIC},
    {"Action": ["sqs:*", "SNS:publish"], "Resource": [{"Fn::Sub": f"arn:${{AWS::Partition}}:sns:{HERE}:*"}]},
]


@pytest.mark.parametrize("denial", DENIED, ids=["exact", "pattern"])
def test_what_is_denied_for_certain_is_missing(denial: dict[str, Any]) -> None:
    told = short(found(PUBLISH, PUBLISHES, {"Effect": "Deny", **denial}))
    assert told == [("permission-missing", "failure", f"{STATEMENT}/1")]


UNSURE: dict[str, Any] = {
    "of another action": {"Action": "sns:Subscribe", "Resource": "*"},
    "of another topic": {"Action": "sns:Publish", "Resource": "arn:aws:sns:us-east-1:123456789012:other"},
    "on a condition": {
        "Action": "sns:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    },
    "on the template's condition": {
        "Action": "sns:*",
        "Resource": {"Fn::If": ["IsProd", TOPIC, "arn:aws:sns:us-east-1:123456789012:other"]},
    },
    "of all others": {"NotAction": "sns:Publish", "Resource": "*"},
    "elsewhere": {"Action": "sns:*", "NotResource": TOPIC},
}


@pytest.mark.parametrize("denial", UNSURE.values(), ids=UNSURE)
def test_what_may_be_denied_is_not_missing(denial: dict[str, Any]) -> None:
    assert short(found(PUBLISH, PUBLISHES, {"Effect": "Deny", **denial})) == []


def test_a_name_that_only_a_run_knows_is_not_denied_for_its_length() -> None:
    topics = "arn:aws:sns:us-east-1:123456789012"
    parameters = {"TopicArn.$": f"States.Format('{topics}:{{}}', $.topic)", "Message": "m"}
    grant = {"Effect": "Allow", "Action": "sns:Publish", "Resource": f"{topics}:*"}
    denial = {"Effect": "Deny", "Action": "sns:Publish", "Resource": f"{topics}:?"}
    assert short(found({**PUBLISH, "Parameters": parameters}, grant, denial)) == []


def test_a_statement_that_is_there_on_a_condition_denies_nothing_for_certain() -> None:
    denial = {"Effect": "Deny", "Action": "sns:*", "Resource": "*"}
    told = {"Fn::If": ["IsProd", denial, {"Ref": "AWS::NoValue"}]}
    assert short(found(PUBLISH, PUBLISHES, told)) == []


def test_all_but_the_needed_action_is_not_enough() -> None:
    statement = {"Effect": "Allow", "NotAction": "sns:Publish", "Resource": "*"}
    assert short(found(PUBLISH, statement)) == [("permission-missing", "failure", PLACE)]


@pytest.mark.parametrize("excepted", ["sns:Subscribe", ["iam:*", "sts:*"], {"Ref": "Excepted"}])
def test_all_but_another_action_is_enough(excepted: Any) -> None:
    assert short(found(PUBLISH, {"Effect": "Allow", "NotAction": excepted, "Resource": "*"})) == []


def test_the_lesser_need_comes_with_the_greater() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::glue:startJobRun.sync",
        "Parameters": {"JobName": "load"},
        "End": True,
    }
    assert [(one.severity, one.message) for one in found(state)] == [
        (
            "failure",
            "Role: does not allow glue:GetJobRun, glue:StartJobRun, glue:BatchStopJobRun and more on "
            f"arn:${{AWS::Partition}}:glue:{HERE}:job/load, which state Do needs; allow it",
        )
    ]


def put(*entries: dict[str, Any]) -> dict[str, Any]:
    resource = "arn:aws:states:::events:putEvents"
    event = {"Source": "shop", "DetailType": "Sold", "Detail": {}}
    parameters = {"Entries": [{**event, **entry} for entry in entries]}
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}


ON_BUS = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": {"Fn::GetAtt": ["Bus", "Arn"]}}


def test_events_need_only_the_bus_that_they_name() -> None:
    assert short(found(put({"EventBusName": "${Bus}"}), ON_BUS)) == []


def test_an_event_without_a_bus_needs_the_default_one() -> None:
    told = short(found(put({"EventBusName": "${Bus}"}, {}), ON_BUS))
    assert told == [("permission-missing", "failure", f"{STATEMENT}/0/Resource")]


def load(overrides: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask",
        "Parameters": {"Cluster": "jobs", "TaskDefinition": "${Load}", "Overrides": overrides or {}},
        "End": True,
    }


ROLE = {"Type": "AWS::IAM::Role"}
ECS = {
    "JobRole": ROLE,
    "PullRole": ROLE,
    "Load": {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {
            "TaskRoleArn": {"Fn::GetAtt": ["JobRole", "Arn"]},
            "ExecutionRoleArn": {"Fn::GetAtt": ["PullRole", "Arn"]},
        },
    },
}
RUN = {"Effect": "Allow", "Action": "ecs:RunTask", "Resource": {"Ref": "Load"}}


def passing(*roles: str, to: str = "ecs-tasks.amazonaws.com") -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": [{"Fn::GetAtt": [role, "Arn"]} for role in roles],
        "Condition": {"StringEquals": {"iam:PassedToService": to}},
    }


def test_the_roles_of_a_task_definition_are_passed_to_its_containers() -> None:
    assert short(found(load(), RUN, passing("JobRole", "PullRole"), **ECS)) == []


@pytest.mark.parametrize(
    "statement",
    [passing("JobRole"), passing("JobRole", "PullRole", to="ecs.amazonaws.com")],
    ids=["one role only", "to another service"],
)
def test_a_role_of_a_task_definition_that_cannot_be_passed_is_missing(statement: dict[str, Any]) -> None:
    told = short(found(load(), RUN, statement, **ECS))
    assert told == [("permission-missing", "failure", f"{STATEMENT}/1")]


def test_a_role_that_the_request_replaces_need_not_be_passed() -> None:
    state = load({"ExecutionRoleArn": "arn:aws:iam::123456789012:role/other"})
    other = {**passing(), "Resource": ["arn:aws:iam::123456789012:role/other"]}
    assert short(found(state, RUN, passing("JobRole"), other, **ECS)) == []


def test_another_revision_may_have_other_roles() -> None:
    state = load()
    state["Parameters"]["TaskDefinition"] = "load:3"
    run = {**RUN, "Resource": {"Fn::Sub": f"arn:${{AWS::Partition}}:ecs:{HERE}:task-definition/load:3"}}
    assert short(found(state, run, **ECS)) == []


JOB = f"arn:${{AWS::Partition}}:sagemaker:{HERE}:transform-job/score-*"
RULE = f"arn:${{AWS::Partition}}:events:{HERE}:rule/StepFunctionsGetEventsForSageMakerTransformJobsRule"
SYNC = {
    "sagemaker:CreateTransformJob": JOB,
    "sagemaker:DescribeTransformJob": JOB,
    "sagemaker:StopTransformJob": JOB,
    "sagemaker:AddTags": JOB,
    "events:DescribeRule": RULE,
    "events:PutRule": RULE,
    "events:PutTargets": RULE,
}


def without(*actions: str) -> list[str]:
    """The severities when these actions of `.sync` are not allowed."""
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createTransformJob.sync",
        "Parameters": {"TransformJobName.$": "States.Format('score-{}', $.id)", "ModelName": "m"},
        "End": True,
    }
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": {"Fn::Sub": resource}}
        for action, resource in SYNC.items()
        if action not in actions
    ]
    return [finding.severity for finding in found(state, *statements)]


def test_a_job_that_is_awaited_needs_no_more_than_the_call_its_watch_its_tag_and_its_rule() -> None:
    assert without() == []


@pytest.mark.parametrize(
    "actions",
    [
        ["sagemaker:CreateTransformJob"],
        ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
        ["events:PutRule"],
        ["sagemaker:DescribeTransformJob"],
        ["sagemaker:AddTags"],
    ],
    ids=["the call", "the rule", "a part of the rule", "its watch", "its tag"],
)
def test_without_any_of_these_a_job_cannot_be_awaited(actions: list[str]) -> None:
    assert without(*actions) == ["failure"]


def test_what_only_matters_when_an_execution_is_aborted_is_a_warning() -> None:
    assert without("sagemaker:StopTransformJob") == ["warning"]

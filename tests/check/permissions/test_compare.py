"""A machine's role held against what the machine needs."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from stepmill.check.finding import Finding
from stepmill.check.permissions.compare import check_role
from stepmill.check.permissions.views import views_of
from stepmill.check.reading.template import Template

TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
}
INVOKE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "${JudgeArn}"},
    "End": True,
}
FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {}}
JUDGE = {"Fn::GetAtt": ["Judge", "Arn"]}
POLICIES = "/Resources/Role/Properties/Policies"
STATEMENT = f"{POLICIES}/0/PolicyDocument/Statement"
WHERE = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function"


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def role(*statements: Any, **properties: Any) -> dict[str, Any]:
    policy = {"PolicyName": "Work", "PolicyDocument": {"Statement": list(statements)}}
    told = {"AssumeRolePolicyDocument": TRUST, "Policies": [policy], **properties}
    return {"Type": "AWS::IAM::Role", "Properties": told}


def resources(own: dict[str, Any], **more: Any) -> dict[str, Any]:
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "Definition": {"StartAt": "Ask", "States": {"Ask": INVOKE}},
            "DefinitionSubstitutions": {"JudgeArn": JUDGE},
        },
    }
    return {"Judge": FUNCTION, "Other": FUNCTION, "Role": own, "Machine": machine, **more}


def found(own: dict[str, Any], **more: Any) -> list[Finding]:
    return of_template({"Resources": resources(own, **more)})


def of_template(document: dict[str, Any]) -> list[Finding]:
    template = Template(Path("template.json"), deepcopy(document))
    return [
        finding
        for machine in template.machines
        for finding in check_role(machine, views_of(machine.subject) if machine.subject else [])
    ]


def short(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.rule, finding.severity, finding.pointer) for finding in findings]


def sam(**properties: Any) -> list[Finding]:
    own = {
        "Definition": {"StartAt": "Ask", "States": {"Ask": INVOKE}},
        "DefinitionSubstitutions": {"JudgeArn": JUDGE},
        **properties,
    }
    machine = {"Type": "AWS::Serverless::StateMachine", "Properties": own}
    judge = {"Type": "AWS::Serverless::Function", "Properties": {}}
    transform = "AWS::Serverless-2016-10-31"
    return of_template({"Transform": transform, "Resources": {"Judge": judge, "Machine": machine}})


def test_a_missing_permission_is_told_with_state_action_and_resource() -> None:
    assert found(role()) == [
        Finding(
            rule="permission-missing",
            severity="failure",
            pointer=POLICIES,
            message=f"Role: does not allow lambda:InvokeFunction on {WHERE}:${{Judge}}, "
            "which state Ask needs; allow it",
            state="Ask",
            file="template.json",
        )
    ]


ENOUGH: list[dict[str, Any]] = [
    role(allow("lambda:InvokeFunction", JUDGE)),
    role(allow(["lambda:invokefunction"], [JUDGE, {"Fn::Sub": "${Judge.Arn}:*"}])),
    role(allow("lambda:InvokeFunction", {"Fn::Sub": f"{WHERE}:${{Judge}}"})),
    role({"Fn::If": ["C", allow("lambda:InvokeFunction", JUDGE), {"Ref": "AWS::NoValue"}]}),
    role(ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaRole"]),
    role(ManagedPolicyArns=[{"Ref": "Shared"}]),
    role(Policies={"Ref": "Given"}),
]


@pytest.mark.parametrize("own", ENOUGH, ids=[f"{n}" for n in range(len(ENOUGH))])
def test_what_allows_it_or_may_is_enough(own: dict[str, Any]) -> None:
    policy = {"PolicyDocument": {"Statement": [allow("lambda:InvokeFunction", JUDGE)]}}
    shared = {"Type": "AWS::IAM::ManagedPolicy", "Properties": policy}
    assert short(found(own, Shared=shared)) == []


def test_a_statement_that_denies_allows_nothing() -> None:
    own = role({**allow("lambda:InvokeFunction", JUDGE), "Effect": "Deny"})
    assert short(found(own)) == [("permission-missing", "failure", f"{STATEMENT}/0")]


def test_a_policy_that_names_the_role_counts() -> None:
    properties = {
        "Roles": [{"Ref": "Role"}],
        "PolicyDocument": {"Statement": [allow("lambda:InvokeFunction", JUDGE), allow("sns:Publish", "x")]},
    }
    policy = {"Type": "AWS::IAM::Policy", "Properties": properties}
    assert short(found(role(), Policy=policy)) == [
        (
            "permission-unneeded",
            "warning",
            "/Resources/Policy/Properties/PolicyDocument/Statement/1/Action",
        )
    ]


@pytest.mark.parametrize(
    ("arn", "wanted"),
    [
        ("arn:aws:iam::aws:policy/AmazonSQSFullAccess", [("permission-missing", "failure", POLICIES)]),
        ("arn:aws:iam::aws:policy/AWSLambda_FullAccess", []),
        ("arn:aws:iam::123456789012:policy/AmazonSQSFullAccess", None),
        ({"Fn::If": ["Wide", "arn:aws:iam::aws:policy/AdministratorAccess", {"Ref": "AWS::NoValue"}]}, None),
    ],
    ids=["of-aws", "partly-known", "of-the-account", "on-a-condition"],
)
def test_a_policy_of_aws_allows_what_is_known_of_it(
    arn: Any, wanted: list[tuple[str, str, str]] | None
) -> None:
    place = "/Resources/Role/Properties/ManagedPolicyArns/0"
    rule = "permission-unneeded" if wanted else "permission-wildcard"
    told = [] if wanted is None else [*wanted, (rule, "warning", place)]
    assert short(found(role(ManagedPolicyArns=[arn]))) == told


TOO_MUCH: list[tuple[dict[str, Any], tuple[str, str, str]]] = [
    (
        allow(["lambda:InvokeFunction", "lambda:DeleteFunction"], JUDGE),
        ("permission-unneeded", "warning", f"{STATEMENT}/0/Action/1"),
    ),
    (
        allow("lambda:InvokeFunction", [JUDGE, {"Fn::GetAtt": ["Other", "Arn"]}]),
        ("permission-unneeded", "warning", f"{STATEMENT}/0/Resource/1"),
    ),
    (
        allow("lambda:InvokeFunction"),
        ("permission-wildcard", "warning", f"{STATEMENT}/0/Resource"),
    ),
    (
        allow("lambda:*", JUDGE),
        ("permission-wildcard", "warning", f"{STATEMENT}/0/Action"),
    ),
]


@pytest.mark.parametrize(("statement", "wanted"), TOO_MUCH, ids=[case[1][2][-8:] for case in TOO_MUCH])
def test_more_than_is_needed_is_a_warning_at_its_place(
    statement: dict[str, Any], wanted: tuple[str, str, str]
) -> None:
    assert short(found(role(statement))) == [wanted]


def test_the_function_of_another_resource_is_not_enough() -> None:
    other = {"Fn::GetAtt": ["Other", "Arn"]}
    assert short(found(role(allow("lambda:InvokeFunction", other)))) == [
        ("permission-missing", "failure", f"{STATEMENT}/0/Resource"),
    ]


def test_a_role_of_elsewhere_says_nothing() -> None:
    document = {"Resources": resources(role())}
    document["Resources"]["Machine"]["Properties"]["RoleArn"] = {"Ref": "RoleArn"}
    assert of_template(document | {"Parameters": {"RoleArn": {"Type": "String"}}}) == []
    document["Resources"]["Machine"]["Properties"]["RoleArn"] = {"Fn::ImportValue": "role"}
    assert of_template(document) == []


def trust(service: Any, action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": action, **more}]}


def of_source(arn: Any) -> dict[str, Any]:
    return trust("states.amazonaws.com", Condition={"ArnLike": {"aws:SourceArn": arn}})


MACHINES = {"Fn::Sub": "arn:aws:states:${AWS::Region}:${AWS::AccountId}:stateMachine:*"}
TRUSTS: list[tuple[Any, int]] = [
    (TRUST, 0),
    ({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}, 0),
    (trust(["a", "states.us-east-1.amazonaws.com"], ["sts:AssumeRole"]), 0),
    (trust({"Fn::Sub": "states.${AWS::Region}.amazonaws.com"}, "sts:*"), 0),
    ({"Ref": "Unknown"}, 0),
    (of_source(MACHINES), 0),
    (of_source("arn:aws:sns:r:1:x"), 1),
    (trust("states.amazonaws.com", Effect="Deny"), 1),
    (trust("states.amazonaws.com", "sts:TagSession"), 1),
    (trust("lambda.amazonaws.com"), 1),
]


@pytest.mark.parametrize(("told", "count"), TRUSTS, ids=[f"{n}" for n in range(len(TRUSTS))])
def test_a_role_must_trust_step_functions(told: Any, count: int) -> None:
    own = role(allow("lambda:InvokeFunction", JUDGE), AssumeRolePolicyDocument=told)
    place = "/Resources/Role/Properties/AssumeRolePolicyDocument"
    assert short(found(own)) == [("trust-missing", "failure", place)] * count


INVOKES = {"LambdaInvokePolicy": {"FunctionName": {"Ref": "Judge"}}}
SAM_POLICIES: list[tuple[Any, list[tuple[str, str, str]]]] = [
    ([INVOKES], []),
    (INVOKES, []),
    ([{"Statement": [allow("lambda:InvokeFunction", JUDGE)]}], []),
    ("AWSLambdaRole", []),
    (
        [
            {"LambdaInvokePolicy": {"FunctionName": "other"}},
            {"LambdaInvokePolicy": {"FunctionName": {"Ref": "Judge"}}},
        ],
        [],
    ),
    (
        [{"SNSPublishMessagePolicy": {"TopicName": "t"}}],
        [
            ("permission-missing", "failure", "/Resources/Machine/Properties/Policies"),
            ("permission-unneeded", "warning", "/Resources/Machine/Properties/Policies/0"),
        ],
    ),
    ([], [("role-missing", "warning", "/Resources/Machine")]),
]


@pytest.mark.parametrize(("policies", "wanted"), SAM_POLICIES, ids=[f"{n}" for n in range(len(SAM_POLICIES))])
def test_a_role_that_sam_makes_allows_its_policies(policies: Any, wanted: list[tuple[str, str, str]]) -> None:
    assert short(sam(Policies=policies)) == wanted


def test_sam_lets_a_traced_machine_send_its_traces() -> None:
    assert sam(Policies=[INVOKES], Tracing={"Enabled": True}) == []


def test_what_another_machine_of_the_role_needs_is_not_too_much() -> None:
    tell = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True}
    tell["Parameters"] = {"TopicArn": {"Ref": "Topic"}, "Message": "m"}
    own = role(
        allow("lambda:InvokeFunction", JUDGE), allow(["sns:Publish", "sns:Subscribe"], {"Ref": "Topic"})
    )
    other = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "Definition": {"StartAt": "Tell", "States": {"Tell": tell}},
        },
    }
    more = {"Topic": {"Type": "AWS::SNS::Topic"}, "Other": other}
    assert short(found(own, **more)) == [("permission-unneeded", "warning", f"{STATEMENT}/1/Action/1")]


def test_a_role_that_others_may_assume_is_theirs_to_judge() -> None:
    both = trust(["states.amazonaws.com", "lambda.amazonaws.com"])
    own = role(allow(["lambda:InvokeFunction", "sns:Publish"], JUDGE), AssumeRolePolicyDocument=both)
    assert found(own) == []


def test_a_connector_may_give_what_is_not_seen() -> None:
    document = {"Resources": resources(role())}
    document["Resources"]["Machine"]["Connectors"] = {"Any": {}}
    assert of_template(document) == []


def test_a_machine_without_policies_that_needs_some_is_told_once() -> None:
    assert short(sam()) == [("role-missing", "warning", "/Resources/Machine")]
    assert sam(Role="arn:aws:iam::123456789012:role/x") == []

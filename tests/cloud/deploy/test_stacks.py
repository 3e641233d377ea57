"""Stacks: made, changed, replaced, rolled back, taken down."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.deploy.records import Records, Resource
from stepmill.cloud.deploy.resume import resume_stacks
from stepmill.cloud.deploy.scope import Made
from stepmill.cloud.service import AwsError, Principal
from tests.cloud.deploy.things import create, delete, outputs, parameter, physical, put, settled, update
from tests.cloud.states.things import ended, start

Aws = Callable[[str], Any]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}


def named_role(name: str, **more: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": TRUST, "RoleName": name, **more},
    }


def stack_of(**resources: Any) -> dict[str, Any]:
    return {"Resources": resources}


def value(cloud: Cloud, name: str) -> str:
    return str(cloud.call("ssm", "GetParameter", {"Name": name})["Parameter"]["Value"])


def events(cloud: Cloud, stack: dict[str, Any]) -> list[tuple[str, str]]:
    """Logical id and status of every event of resources, oldest first."""
    rows = cloud.call("cloudformation", "DescribeStackEvents", {"StackName": stack["StackId"]})["StackEvents"]
    return [(one["LogicalResourceId"], one["ResourceStatus"]) for one in reversed(rows)]


def refusal(cloud: Cloud, operation: str, name: str, template: Any, **values: str) -> str:
    with pytest.raises(AwsError) as refused:
        put(cloud, operation, name, template, **values)
    return str(refused.value)


def test_resources_are_named_as_cloudformation_names_them(cloud: Cloud, aws: Aws) -> None:
    template = {
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "Alerts"}},
            "Raw": {"Type": "AWS::S3::Bucket"},
            "Place": parameter("x", Value={"Fn::Sub": "${Topic.TopicName} ${Raw.Arn}"}, Name="/place"),
        },
        "Outputs": {"Arn": {"Value": {"Ref": "Topic"}, "Export": {"Name": "alerts-arn"}}},
    }
    stack = create(cloud, "named", template)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    ids = physical(cloud, stack)
    assert ids["Topic"].startswith(cloud.arn("sns", "named-Topic-"))
    assert ids["Raw"].startswith("named-raw-")
    assert value(cloud, "/place") == f"{ids['Topic'].rpartition(':')[2]} arn:aws:s3:::{ids['Raw']}"
    exports = aws("cloudformation").list_exports()["Exports"]
    assert exports == [{"ExportingStackId": stack["StackId"], "Name": "alerts-arn", "Value": ids["Topic"]}]
    other = create(
        cloud, "imports", stack_of(P=parameter("x", Value={"Fn::ImportValue": "alerts-arn"}, Name="/i"))
    )
    assert (other["StackStatus"], value(cloud, "/i")) == ("CREATE_COMPLETE", ids["Topic"])


def test_an_update_touches_only_what_changed_and_deletes_what_has_gone(cloud: Cloud) -> None:
    first = stack_of(
        A=parameter("1", Name="/u/a"), B=parameter("1", Name="/u/b"), C=parameter("1", Name="/u/c")
    )
    create(cloud, "changing", first)
    second = stack_of(
        A=parameter("1", Name="/u/a"), B=parameter("2", Name="/u/b"), D=parameter("1", Name="/u/d")
    )
    stack = update(cloud, "changing", second)
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    told = events(cloud, stack)
    since = told[told.index(("changing", "UPDATE_IN_PROGRESS")) :]
    assert {one for one in since if one[1].endswith("_COMPLETE") and one[0] != "changing"} == {
        ("B", "UPDATE_COMPLETE"),
        ("D", "CREATE_COMPLETE"),
        ("C", "DELETE_COMPLETE"),
    }
    assert (value(cloud, "/u/b"), value(cloud, "/u/d")) == ("2", "1")
    with pytest.raises(AwsError, match="ParameterNotFound"):
        value(cloud, "/u/c")
    assert refusal(cloud, "UpdateStack", "changing", second) == (
        "ValidationError: No updates are to be performed."
    )


def test_a_property_that_cannot_change_makes_a_new_resource_and_removes_the_old(cloud: Cloud) -> None:
    stack = create(cloud, "replacing", stack_of(P=parameter("1", Name="/r/one")))
    stack = update(cloud, "replacing", stack_of(P=parameter("1", Name="/r/two")))
    assert (stack["StackStatus"], physical(cloud, stack)) == ("UPDATE_COMPLETE", {"P": "/r/two"})
    with pytest.raises(AwsError, match="ParameterNotFound"):
        value(cloud, "/r/one")


def test_a_failed_creation_is_taken_back(cloud: Cloud) -> None:
    create(cloud, "holder", stack_of(P=parameter("mine", Name="/taken")))
    template = stack_of(
        Good={**parameter("1", Name="/back"), "Metadata": {"why": "made first"}},
        Bad={**parameter("other", Name="/taken"), "DependsOn": "Good"},
    )
    stack = create(cloud, "taken-back", template)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stack["StackStatusReason"].startswith("Bad: ParameterAlreadyExists")
    assert (physical(cloud, stack), value(cloud, "/taken")) == ({}, "mine")
    with pytest.raises(AwsError, match="ParameterNotFound"):
        value(cloud, "/back")
    assert "is in ROLLBACK_COMPLETE state and can not be updated" in refusal(
        cloud, "UpdateStack", "taken-back", template
    )
    delete(cloud, stack)
    assert (
        create(cloud, "taken-back", stack_of(P=parameter("1", Name="/back")))["StackStatus"]
        == "CREATE_COMPLETE"
    )


def test_a_failed_update_goes_back_to_what_was(cloud: Cloud) -> None:
    create(cloud, "occupied", stack_of(P=parameter("mine", Name="/occupied")))
    before = stack_of(A=parameter("1", Name="/f/a"))
    create(cloud, "goes-back", before)
    after = stack_of(
        A=parameter("2", Name="/f/a"),
        B={**parameter("1", Name="/f/b"), "DependsOn": "A"},
        C={**parameter("1", Name="/occupied"), "DependsOn": "B"},
    )
    stack = update(cloud, "goes-back", after)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (value(cloud, "/f/a"), physical(cloud, stack)) == ("1", {"A": "/f/a"})
    with pytest.raises(AwsError, match="ParameterNotFound"):
        value(cloud, "/f/b")


def test_half_of_a_resource_that_failed_does_not_stay(cloud: Cloud) -> None:
    """The role is made, its policy is refused: the role goes."""
    broken = named_role("half", ManagedPolicyArns=["arn:aws:iam::123456789012:policy/none"])
    assert create(cloud, "half", stack_of(R=broken))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "half" not in [one["RoleName"] for one in cloud.call("iam", "ListRoles")["Roles"]]


def test_deletion_leaves_what_is_to_be_retained(cloud: Cloud) -> None:
    kept = {**parameter("1", Name="/kept"), "DeletionPolicy": "Retain"}
    stack = create(cloud, "retaining", stack_of(K=kept, G=parameter("1", Name="/goes")))
    assert delete(cloud, stack)["StackStatus"] == "DELETE_COMPLETE"
    assert value(cloud, "/kept") == "1"
    with pytest.raises(AwsError, match="ParameterNotFound"):
        value(cloud, "/goes")
    with pytest.raises(AwsError, match="Stack with id retaining does not exist"):
        cloud.call("cloudformation", "DescribeStacks", {"StackName": "retaining"})


def test_a_bucket_that_holds_objects_is_not_deleted(cloud: Cloud) -> None:
    stack = create(
        cloud, "full", stack_of(B={"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full-one"}})
    )
    cloud.call("s3", "PutObject", {"Bucket": "full-one", "Key": "k", "Body": b"x"})
    failed = delete(cloud, stack)
    assert failed["StackStatus"] == "DELETE_FAILED"
    assert "BucketNotEmpty" in failed["StackStatusReason"]
    cloud.call("s3", "DeleteObject", {"Bucket": "full-one", "Key": "k"})
    assert delete(cloud, stack)["StackStatus"] == "DELETE_COMPLETE"


def test_refuses_before_anything_is_made(cloud: Cloud) -> None:
    template = stack_of(P=parameter("1", Name="/never"), Q={"Type": "AWS::Kinesis::Stream"})
    assert refusal(cloud, "CreateStack", "never", template) == (
        "ValidationError: Resources.Q: Type 'AWS::Kinesis::Stream' is not known here; "
        "remove it or spell it as AWS does"
    )
    with pytest.raises(AwsError, match="ParameterNotFound"):
        value(cloud, "/never")
    assert cloud.call("cloudformation", "DescribeStacks")["Stacks"] != []
    with pytest.raises(AwsError, match="does not exist"):
        cloud.call("cloudformation", "DescribeStacks", {"StackName": "never"})


def test_roles_are_made_only_with_the_capability(cloud: Cloud) -> None:
    params = {"StackName": "incapable", "TemplateBody": '{"Resources": {"R": {"Type": "AWS::IAM::Role"}}}'}
    with pytest.raises(AwsError, match="InsufficientCapabilitiesException"):
        cloud.call("cloudformation", "CreateStack", params)


def test_only_the_owner_deploys(cloud: Cloud) -> None:
    create(cloud, "role-only", stack_of(R=named_role("deployer")))
    document = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    policy = {"RoleName": "deployer", "PolicyName": "all", "PolicyDocument": document}
    cloud.call("iam", "PutRolePolicy", policy)
    caller = Principal(cloud.call("iam", "GetRole", {"RoleName": "deployer"})["Role"]["Arn"], "s")
    params = {"StackName": "s", "TemplateBody": '{"Resources": {"P": {"Type": "AWS::SNS::Topic"}}}'}
    with pytest.raises(AwsError, match="only the account's owner deploys stacks"):
        cloud.call("cloudformation", "CreateStack", params, principal=caller)


def test_a_machine_gets_its_substitutions_and_a_missing_one_is_named(cloud: Cloud) -> None:
    definition = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": "${Word}", "End": True}}}
    properties = {"Definition": definition, "RoleArn": {"Fn::GetAtt": ["R", "Arn"]}}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    missing = create(cloud, "unsubstituted", stack_of(R=ROLE, M=machine))
    assert missing["StackStatusReason"] == (
        "M: the definition uses ${Word}, which DefinitionSubstitutions lacks; it has none"
    )
    machine["Properties"] = {**properties, "DefinitionSubstitutions": {"Word": 'a "quoted" word'}}
    template = {**stack_of(R=ROLE, M=machine), "Outputs": {"Arn": {"Value": {"Ref": "M"}}}}
    stack = create(cloud, "substituted", template)
    done = ended(cloud, start(cloud, outputs(stack)["Arn"]))
    assert done["output"] == '"a \\"quoted\\" word"'


def test_ssm_values_come_in_by_reference_and_by_parameter_type(cloud: Cloud) -> None:
    cloud.call("ssm", "PutParameter", {"Name": "/given", "Type": "String", "Value": "seen"})
    template = {
        "Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/given"}},
        "Resources": {
            "A": parameter("{{resolve:ssm:/given}}!", Name="/ref/a"),
            "B": parameter("x", Value={"Ref": "P"}, Name="/ref/b"),
        },
    }
    create(cloud, "references", template)
    assert (value(cloud, "/ref/a"), value(cloud, "/ref/b")) == ("seen!", "seen")
    assert "names an SSM parameter that does not exist" in refusal(
        cloud, "CreateStack", "references-2", template, P="/none"
    )


def test_a_stack_cut_short_by_a_crash_is_finished_by_the_next_deployment(cloud: Cloud) -> None:
    """What the crash left: a stack in progress, and a role that exists but was not recorded as made."""
    stack = cloud.state(Records).new_stack("cut-short", json.dumps(stack_of(R=ROLE)), {}, {}, None)
    role = named_role("cut-short")
    properties = role["Properties"]
    begun = Resource("R", "AWS::IAM::Role", Made("cut-short"), properties, 0, 0, False, "CREATE_IN_PROGRESS")
    cloud.state(Records).save_resource(stack.id, begun)
    nobody = '{"Version": "2012-10-17", "Statement": []}'
    cloud.call("iam", "CreateRole", {"RoleName": "cut-short", "AssumeRolePolicyDocument": nobody})
    resume_stacks(cloud)
    assert settled(cloud, stack.id)["StackStatus"] == "CREATE_FAILED"
    done = update(cloud, "cut-short", stack_of(R=role))
    assert (done["StackStatus"], physical(cloud, done)) == ("UPDATE_COMPLETE", {"R": "cut-short"})

"""Targets and policies as resources: what they take, from clients, state machines and stacks."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.autoscaling.things import METRIC, ask, place, register, track, tracking
from tests.cloud.deploy.things import create, delete, update
from tests.cloud.sagemaker.fleets import START_S
from tests.cloud.tasks.things import perform, request

SDK = "arn:aws:states:::aws-sdk:applicationautoscaling"
NOW = datetime.fromtimestamp(START_S, UTC)
RESTED = dict.fromkeys(
    ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
)


def policies(cloud: Cloud) -> list[dict[str, Any]]:
    answer = ask(cloud, "DescribeScalingPolicies", ServiceNamespace="sagemaker")
    return list(answer["ScalingPolicies"])


def targets(cloud: Cloud) -> list[dict[str, Any]]:
    answer = ask(cloud, "DescribeScalableTargets", ServiceNamespace="sagemaker")
    return list(answer["ScalableTargets"])


@pytest.fixture(autouse=True)
def clean(cloud: Cloud) -> None:
    with cloud.store.transaction() as connection:
        connection.execute("delete from autoscaling_target")


def test_a_client_registers_describes_and_removes(cloud: Cloud, aws: Callable[[str], Any]) -> None:
    client = aws("application-autoscaling")
    arn = client.register_scalable_target(**place(MinCapacity=1, MaxCapacity=3))["ScalableTargetARN"]
    role = "role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com"
    role += "/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    (found,) = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert found == {
        **place(),
        "MinCapacity": 1,
        "MaxCapacity": 3,
        "RoleARN": f"arn:aws:iam::123456789012:{role}",
        "CreationTime": NOW,
        "SuspendedState": RESTED,
        "ScalableTargetARN": arn,
    }
    policy = {"PolicyName": "p", "PolicyType": "TargetTrackingScaling"}
    config: dict[str, Any] = {"TargetTrackingScalingPolicyConfiguration": tracking(70.0, ScaleOutCooldown=60)}
    made = client.put_scaling_policy(**place(**policy, **config))
    (found,) = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert found == {
        **place(),
        **policy,
        **config,
        "PolicyARN": made["PolicyARN"],
        "Alarms": [],
        "CreationTime": NOW,
    }
    client.delete_scaling_policy(**place(PolicyName="p"))
    client.deregister_scalable_target(**place())
    assert (targets(cloud), policies(cloud)) == ([], [])


def test_registered_again_only_what_is_given_changes(cloud: Cloud) -> None:
    arn = register(cloud, 1, 3)
    policy = track(cloud)
    again = ask(cloud, "RegisterScalableTarget", **place(MaxCapacity=5))
    suspended = {"DynamicScalingInSuspended": True}
    ask(cloud, "RegisterScalableTarget", **place(SuspendedState=suspended))
    (found,) = targets(cloud)
    assert (again["ScalableTargetARN"], found["MinCapacity"], found["MaxCapacity"]) == (arn, 1, 5)
    assert found["SuspendedState"] == RESTED | suspended
    assert [one["PolicyARN"] for one in policies(cloud)] == [policy]
    assert track(cloud, value=50.0) == policy
    (found,) = policies(cloud)
    assert found["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50.0


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"ServiceNamespace": "dynamodb"},
            "ServiceNamespace is dynamodb; the embedded cloud scales sagemaker",
        ),
        (
            {"ScalableDimension": "sagemaker:inference-component:DesiredCopyCount"},
            "ScalableDimension is sagemaker",
        ),
        ({"ResourceId": "endpoint/cars"}, "does not have the form endpoint/<name>/variant/<name>"),
        ({"ResourceId": "endpoint/none/variant/AllTraffic"}, "No variant AllTraffic of an endpoint none"),
        ({"ResourceId": "endpoint/cars/variant/Other"}, "No variant Other of an endpoint cars"),
        ({"MinCapacity": 4}, "Maximum capacity cannot be less than minimum capacity: 3 is less than 4"),
        ({"MinCapacity": 0}, "MinCapacity is 0; a variant has at least 1 instance"),
        ({"MaxCapacity": None}, "MaxCapacity is missing"),
    ],
    ids=["namespace", "dimension", "form", "endpoint", "variant", "order", "zero", "missing"],
)
def test_refuses_a_target_that_cannot_be_scaled(cloud: Cloud, more: dict[str, Any], message: str) -> None:
    params = {**place(MinCapacity=1, MaxCapacity=3), **more}
    with pytest.raises(AwsError, match=message) as caught:
        ask(cloud, "RegisterScalableTarget", **{key: one for key, one in params.items() if one is not None})
    assert (caught.value.code, targets(cloud)) == ("ValidationException", [])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"PolicyType": "StepScaling"}, "PolicyType is StepScaling"),
        ({"PolicyType": None}, "PolicyType is StepScaling"),
        ({"TargetTrackingScalingPolicyConfiguration": None}, "Configuration is missing"),
        ({"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 1.0}}, "PredefinedMetricType is None"),
        ({"TargetTrackingScalingPolicyConfiguration": tracking(0.0)}, "TargetValue is 0.0"),
        ({"TargetTrackingScalingPolicyConfiguration": tracking(ScaleInCooldown=-1)}, "ScaleInCooldown is -1"),
        (
            {"TargetTrackingScalingPolicyConfiguration": tracking(CustomizedMetricSpecification={})},
            "CustomizedMetricSpecification is not supported",
        ),
        (
            {
                "TargetTrackingScalingPolicyConfiguration": tracking(
                    PredefinedMetricSpecification={"PredefinedMetricType": "ALBRequestCountPerTarget"}
                )
            },
            f"PredefinedMetricType is ALBRequestCountPerTarget; {METRIC}",
        ),
        ({"PolicyName": "second"}, "Only one TargetTrackingScaling policy .* there is requests"),
    ],
    ids=["step", "default", "missing", "no-metric", "zero", "cooldown", "custom", "other-metric", "second"],
)
def test_refuses_a_policy_it_could_not_follow(cloud: Cloud, more: dict[str, Any], message: str) -> None:
    register(cloud)
    track(cloud)
    params = place(
        PolicyName="requests",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking(),
    )
    given = {key: one for key, one in {**params, **more}.items() if one is not None}
    with pytest.raises(AwsError, match=message) as caught:
        ask(cloud, "PutScalingPolicy", **given)
    assert (caught.value.code, len(policies(cloud))) == ("ValidationException", 1)


def test_what_is_not_there_is_named_as_aws_names_it(cloud: Cloud) -> None:
    where = (
        "found for service namespace: sagemaker, resource ID: endpoint/cars/variant/AllTraffic, scalable "
        "dimension: sagemaker:variant:DesiredInstanceCount"
    )
    policy = place(
        PolicyName="p",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking(),
    )
    for operation, params, message in (
        ("DeregisterScalableTarget", place(), f"No scalable target {where}"),
        ("PutScalingPolicy", policy, f"No scalable target {where}"),
        ("DeleteScalingPolicy", place(PolicyName="p"), f"No scaling policy {where}, policy name: p"),
    ):
        with pytest.raises(AwsError) as caught:
            ask(cloud, operation, **params)
        assert (caught.value.code, caught.value.message) == ("ObjectNotFoundException", message)
    with pytest.raises(AwsError, match="no scheduled scaling"):
        ask(cloud, "PutScheduledAction", **place(ScheduledActionName="s"))
    assert ask(cloud, "DescribeScheduledActions", ServiceNamespace="sagemaker") == {"ScheduledActions": []}


def test_a_state_machine_makes_the_calls(cloud: Cloud) -> None:
    done = perform(
        cloud, request(cloud, f"{SDK}:registerScalableTarget", place(MinCapacity=1, MaxCapacity=2))
    )
    assert done == ("succeeded", {"ScalableTargetARN": targets(cloud)[0]["ScalableTargetARN"]})
    policy = place(
        PolicyName="p",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking(),
    )
    (word, output) = perform(cloud, request(cloud, f"{SDK}:putScalingPolicy", policy))
    assert (word, output) == ("succeeded", {"PolicyARN": policies(cloud)[0]["PolicyARN"], "Alarms": []})
    assert perform(cloud, request(cloud, f"{SDK}:deregisterScalableTarget", place())) == ("succeeded", {})
    word, error, cause = perform(cloud, request(cloud, f"{SDK}:deregisterScalableTarget", place()))
    assert (word, error) == ("failed", "ApplicationAutoScaling.ObjectNotFoundException")
    assert cause.startswith("No scalable target found")


def test_a_stack_makes_changes_and_removes_both(cloud: Cloud) -> None:
    bounds: dict[str, Any] = place(MinCapacity="1", MaxCapacity=3)
    policy = {
        "PolicyName": "p",
        "PolicyType": "TargetTrackingScaling",
        "ScalingTargetId": {"Ref": "Bounds"},
        "TargetTrackingScalingPolicyConfiguration": tracking(),
    }
    template = {
        "Resources": {
            "Bounds": {"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": bounds},
            "Policy": {"Type": "AWS::ApplicationAutoScaling::ScalingPolicy", "Properties": policy},
        }
    }
    stack = create(cloud, "scaled", template)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    assert ([one["MaxCapacity"] for one in targets(cloud)], len(policies(cloud))) == ([3], 1)
    bounds["MaxCapacity"] = 2
    update(cloud, "scaled", template)
    assert ([one["MaxCapacity"] for one in targets(cloud)], len(policies(cloud))) == ([2], 1)
    delete(cloud, stack)
    assert (targets(cloud), policies(cloud)) == ([], [])

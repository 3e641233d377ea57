"""What Application Auto Scaling does with the permissions of who asks it to scale an endpoint.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html
"""

from __future__ import annotations

from collections.abc import Iterator

from stepmill.check.permissions.arguments import ANYTHING, Arguments
from stepmill.check.permissions.resources import arn

# It looks at the target at once, sets alarms of its own, and makes its role where the account has none yet.
REGISTER, POLICY, DEREGISTER = "registerScalableTarget", "putScalingPolicy", "deregisterScalableTarget"
OF_ENDPOINT = ("sagemaker:DescribeEndpoint", "sagemaker:UpdateEndpointWeightsAndCapacities")
OF_ALARMS = {
    POLICY: ("cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"),
    DEREGISTER: ("cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms"),
}
OWN_ROLE = (
    "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/"
    "sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)


def of_scaling(operation: str, arguments: Arguments) -> Iterator[tuple[str, str]]:
    """(action, resource) of a call that is about an endpoint's variant."""
    if arguments.texts("ServiceNamespace") != ["sagemaker"]:
        return
    if operation == REGISTER:
        for target in arguments.texts("ResourceId") or [ANYTHING]:
            # endpoint/<name>/variant/<name>
            name = target.removeprefix("endpoint/").partition("/")[0]
            yield from ((action, arn("sagemaker", f"endpoint/{name}")) for action in OF_ENDPOINT)
        yield "sagemaker:DescribeEndpointConfig", arn("sagemaker", f"endpoint-config/{ANYTHING}")
        yield "iam:CreateServiceLinkedRole", OWN_ROLE
    for action in OF_ALARMS.get(operation, ()):
        yield action, arn("cloudwatch", f"alarm:TargetTracking-{ANYTHING}")

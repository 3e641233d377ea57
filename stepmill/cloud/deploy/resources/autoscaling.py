"""AWS::ApplicationAutoScaling::ScalableTarget and ScalingPolicy."""

from typing import Any

from stepmill.cloud.deploy.errors import ResourceError
from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_map
from stepmill.cloud.deploy.scope import Made

SERVICE, GONE = "application-autoscaling", "ObjectNotFoundException"
_KEY = ("ServiceNamespace", "ResourceId", "ScalableDimension")


class ScalableTarget(Kind):
    """Its physical id is `<resource>|<dimension>|<namespace>`, as on AWS."""

    type = "AWS::ApplicationAutoScaling::ScalableTarget"
    properties = frozenset({*_KEY, "MinCapacity", "MaxCapacity", "RoleARN", "SuspendedState", "Tags"})
    replaces = frozenset(_KEY)

    def create(self, aws: Aws, _name: str, wanted: Props) -> Made:
        fields = {key: value for key, value in wanted.items() if key != "Tags"}
        tags = tag_map(wanted.get("Tags")) or None
        aws(SERVICE, "RegisterScalableTarget", Tags=tags, **fields)
        identity = "|".join(wanted[key] for key in ("ResourceId", "ScalableDimension", "ServiceNamespace"))
        return Made(identity, {"Id": identity})

    def update(self, aws: Aws, _made: Made, _before: Props, wanted: Props) -> Made:
        return self.create(aws, "", wanted)

    def delete(self, aws: Aws, _made: Made, props: Props) -> None:
        aws.quietly(SERVICE, "DeregisterScalableTarget", GONE, **{key: props[key] for key in _KEY})


class ScalingPolicy(Kind):
    type = "AWS::ApplicationAutoScaling::ScalingPolicy"
    properties = frozenset(
        {"PolicyName", "PolicyType", "ScalingTargetId", "TargetTrackingScalingPolicyConfiguration", *_KEY}
    )
    replaces = frozenset({"PolicyName", "ScalingTargetId", *_KEY})

    def create(self, aws: Aws, _name: str, wanted: Props) -> Made:
        config = wanted.get("TargetTrackingScalingPolicyConfiguration")
        answer = aws(
            SERVICE,
            "PutScalingPolicy",
            PolicyName=wanted["PolicyName"],
            PolicyType=wanted.get("PolicyType"),
            TargetTrackingScalingPolicyConfiguration=config,
            **_place(aws, wanted),
        )
        return Made(answer["PolicyARN"], {"Arn": answer["PolicyARN"]})

    def update(self, aws: Aws, _made: Made, _before: Props, wanted: Props) -> Made:
        return self.create(aws, "", wanted)

    def delete(self, aws: Aws, _made: Made, props: Props) -> None:
        place = _place(aws, props)
        aws.quietly(SERVICE, "DeleteScalingPolicy", GONE, PolicyName=props["PolicyName"], **place)


def _place(aws: Aws, props: Props) -> dict[str, Any]:
    """The target: by its three members, or by the id that `Ref` gives."""
    if "ScalingTargetId" not in props:
        return {key: props[key] for key in _KEY if key in props}
    parts = str(props["ScalingTargetId"]).split("|")
    if len(parts) != len(_KEY):
        raise ResourceError(f"{aws.logical_id}: ScalingTargetId {props['ScalingTargetId']} is no target's id")
    resource, dimension, namespace = parts
    return {"ServiceNamespace": namespace, "ResourceId": resource, "ScalableDimension": dimension}


KINDS = (ScalableTarget(), ScalingPolicy())

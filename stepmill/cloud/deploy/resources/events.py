"""AWS::Events::Rule with its targets."""

import json
from typing import Any

from stepmill.cloud.deploy.errors import ResourceError
from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_list
from stepmill.cloud.deploy.scope import Made


class Rule(Kind):
    type = "AWS::Events::Rule"
    properties = frozenset(
        {"Name", "Description", "EventBusName", "EventPattern", "ScheduleExpression", "State", "RoleArn"}
        | {"Targets", "Tags"}
    )
    replaces = frozenset({"Name", "EventBusName"})
    name_property = "Name"

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        pattern = wanted.get("EventPattern")
        arn = aws(
            "events",
            "PutRule",
            Name=name,
            EventPattern=pattern if pattern is None or isinstance(pattern, str) else json.dumps(pattern),
            Tags=tag_list(wanted.get("Tags")) or None,
            **{
                key: wanted.get(key)
                for key in ("Description", "EventBusName", "ScheduleExpression", "State", "RoleArn")
            },
        )["RuleArn"]
        bus = wanted.get("EventBusName", "default")
        made = Made(name if bus == "default" else f"{bus}|{name}", {"Arn": arn, "Name": name})
        aws.partly = made
        self._targets(aws, name, {}, wanted)
        return made

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        name = made.attributes["Name"]
        self._targets(aws, name, before, {"Targets": [], "EventBusName": wanted.get("EventBusName")}, wanted)
        return self.create(aws, name, wanted)

    def delete(self, aws: Aws, made: Made, props: Props) -> None:
        name, bus = made.attributes["Name"], props.get("EventBusName")
        self._targets(aws, name, props, {"EventBusName": bus})
        aws.quietly("events", "DeleteRule", "ResourceNotFoundException", Name=name, EventBusName=bus)

    @staticmethod
    def _targets(aws: Aws, rule: str, before: Props, wanted: Props, kept: Props | None = None) -> None:
        """Remove targets that have gone (`kept`: those that stay for a later put), put the wanted ones."""
        bus = wanted.get("EventBusName")
        staying = {target["Id"] for target in (kept or wanted).get("Targets", [])}
        gone = [target["Id"] for target in before.get("Targets", []) if target["Id"] not in staying]
        if gone:
            missing = "ResourceNotFoundException"
            aws.quietly("events", "RemoveTargets", missing, Rule=rule, EventBusName=bus, Ids=gone)
        targets = [_target(target) for target in wanted.get("Targets", [])]
        if targets:
            answer = aws("events", "PutTargets", Rule=rule, EventBusName=bus, Targets=targets)
            if answer.get("FailedEntryCount"):
                raise ResourceError(f"{aws.logical_id}: Targets: {answer['FailedEntries'][0]}")


def _target(target: dict[str, Any]) -> dict[str, Any]:
    target = dict(target)
    template = target.get("InputTransformer", {}).get("InputTemplate")
    if isinstance(template, dict | list):
        target["InputTransformer"] = {**target["InputTransformer"], "InputTemplate": json.dumps(template)}
    return target


KINDS = (Rule(),)

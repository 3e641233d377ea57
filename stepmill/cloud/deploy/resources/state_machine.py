"""AWS::StepFunctions::StateMachine."""

import json
import re
from typing import Any

from stepmill.cloud.deploy.errors import ResourceError
from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_map
from stepmill.cloud.deploy.scope import Made

_TOKEN = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


class StateMachine(Kind):
    type = "AWS::StepFunctions::StateMachine"
    properties = frozenset(
        {"StateMachineName", "StateMachineType", "RoleArn", "Definition", "DefinitionString", "Tags"}
        | {"DefinitionS3Location", "DefinitionSubstitutions", "LoggingConfiguration", "TracingConfiguration"}
    )
    replaces = frozenset({"StateMachineName", "StateMachineType"})
    name_property = "StateMachineName"
    name_limit = 80

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        tags = [{"key": key, "value": value} for key, value in tag_map(wanted.get("Tags")).items()]
        answer = aws(
            "stepfunctions",
            "CreateStateMachine",
            name=name,
            definition=_definition(aws, wanted),
            roleArn=wanted["RoleArn"],
            type=wanted.get("StateMachineType"),
            tags=tags or None,
            **_settings(wanted),
        )
        arn = answer["stateMachineArn"]
        return Made(arn, {"Arn": arn, "Name": name})

    def update(self, aws: Aws, made: Made, _before: Props, wanted: Props) -> Made:
        aws(
            "stepfunctions",
            "UpdateStateMachine",
            stateMachineArn=made.physical_id,
            definition=_definition(aws, wanted),
            roleArn=wanted["RoleArn"],
            **_settings(wanted),
        )
        return made

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        gone = "StateMachineDoesNotExist"
        aws.quietly("stepfunctions", "DeleteStateMachine", gone, stateMachineArn=made.physical_id)


def _settings(wanted: Props) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    logging = wanted.get("LoggingConfiguration")
    if logging:
        settings["loggingConfiguration"] = {
            _lower(key): [_destination(one) for one in value] if key == "Destinations" else value
            for key, value in logging.items()
        }
    tracing = wanted.get("TracingConfiguration")
    if tracing:
        settings["tracingConfiguration"] = {"enabled": tracing.get("Enabled", False)}
    return settings


def _destination(one: dict[str, Any]) -> dict[str, Any]:
    return {"cloudWatchLogsLogGroup": {"logGroupArn": one["CloudWatchLogsLogGroup"]["LogGroupArn"]}}


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _definition(aws: Aws, wanted: Props) -> str:
    """The definition as text, its ${Tokens} replaced."""
    given = [key for key in ("Definition", "DefinitionString", "DefinitionS3Location") if key in wanted]
    if len(given) != 1:
        raise ResourceError(
            f"{aws.logical_id}: give one of Definition, DefinitionString and DefinitionS3Location, "
            f"not {', '.join(given) or 'none'}"
        )
    if "DefinitionS3Location" in wanted:
        place = wanted["DefinitionS3Location"]
        version = place.get("Version")
        answer = aws("s3", "GetObject", Bucket=place["Bucket"], Key=place["Key"], VersionId=version)
        text = answer["Body"].read().decode()
    elif "Definition" in wanted:
        text = json.dumps(wanted["Definition"])
    else:
        text = wanted["DefinitionString"]
    values = wanted.get("DefinitionSubstitutions", {})

    def one(match: re.Match[str]) -> str:
        value = values.get(match[1])
        if value is None:
            missing.append(match[1])
            return match[0]
        return str(value).lower() if isinstance(value, bool) else json.dumps(str(value))[1:-1]

    missing: list[str] = []
    text = _TOKEN.sub(one, text)
    if missing:
        raise ResourceError(
            f"{aws.logical_id}: the definition uses ${{{missing[0]}}}, which DefinitionSubstitutions lacks; "
            f"it has {', '.join(sorted(values)) or 'none'}"
        )
    return text


KINDS = (StateMachine(),)

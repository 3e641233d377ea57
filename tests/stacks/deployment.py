"""The templates as an account would have them: every intrinsic function resolved, in any partition.

Only what our templates use; anything else is a KeyError or an AssertionError here.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
ACCOUNT = "123456789012"
PARTITIONS = {
    "aws": ("us-east-1", "amazonaws.com"),
    "aws-cn": ("cn-north-1", "amazonaws.com.cn"),
    "aws-us-gov": ("us-gov-west-1", "amazonaws.com"),
}
# machine -> (its stack, its logical id)
MACHINES = {
    "training": ("tabular", "Training"),
    "deployment": ("deployment", "Deployment"),
    "batch_scoring": ("batch", "BatchScoring"),
    "model_monitor": ("monitoring", "ModelMonitor"),
}
# What CloudFormation leaves out.
NOTHING = object()
PARAMETERS = {"NotificationEmail": "you@example.com", "Stage": "prod"}


class Stack:
    """One template with its parameters; `parent` resolves what the root wires."""

    def __init__(self, partition: str, file: str, parameters: Mapping[str, Any]) -> None:
        self.partition = partition
        self.region, self.suffix = PARTITIONS[partition]
        self.file = file
        self.template: dict[str, Any] = yaml_parse((ROOT / file).read_text())
        self.children: dict[str, Stack] = {}
        declared = self.template.get("Parameters", {})
        assert set(parameters) <= set(declared), f"{file}: no parameters {set(parameters) - set(declared)}"
        self.parameters = {
            name: parameters.get(name, facts.get("Default")) for name, facts in declared.items()
        }
        missing = [name for name, value in self.parameters.items() if value is None]
        assert not missing, f"{file}: parameters without value: {missing}"
        for name, resource in self.template["Resources"].items():
            if resource["Type"] == "AWS::CloudFormation::Stack":
                given = resource["Properties"]
                self.children[name] = Stack(
                    partition, given["TemplateURL"], self.resolve(given["Parameters"])
                )

    def resources(self, *kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(logical id, resolved properties) of the resources of these types."""
        for name, resource in self.template["Resources"].items():
            if resource["Type"] in kinds:
                yield name, self.resolve(resource.get("Properties", {}))

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [one for one in map(self.resolve, value) if one is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(function, argument)] = value.items()
            if function == "Ref":
                return self._ref(argument)
            if function == "Fn::GetAtt":
                return self._attribute(*argument)
            if function == "Fn::Sub":
                return self._sub(argument)
            if function == "Fn::If":
                condition, yes, no = argument
                return self.resolve(yes if self._holds(condition) else no)
            if function == "Fn::FindInMap":
                table, first, second = self.resolve(argument)
                return self.template["Mappings"][table][first][second]
            if function == "Fn::Split":
                separator, text = self.resolve(argument)
                return text.split(separator)
            if function == "Fn::Select":
                place, items = self.resolve(argument)
                return items[int(place)]
            assert not function.startswith("Fn::"), f"{self.file}: {function} is not known here"
        return {name: self.resolve(item) for name, item in value.items()}

    def _holds(self, condition: str) -> bool:
        """Of the form "a parameter is not this text"."""
        [(function, [equals])] = self.template["Conditions"][condition].items()
        assert function == "Fn::Not", f"{self.file}: {function} is not known here"
        one, other = self.resolve(equals["Fn::Equals"])
        return bool(one != other)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{ACCOUNT}:{resource}"

    def _sub(self, argument: Any) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else argument
        given = self.resolve(own)

        def filled(token: re.Match[str]) -> str:
            name = token[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in given:
                return str(given[name])
            return str(self._attribute(*name.split(".", 1)) if "." in name else self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", filled, text)

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::AccountId": ACCOUNT,
            "AWS::URLSuffix": self.suffix,
            "AWS::NoValue": NOTHING,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        kind, properties = self._resource(name)
        named = {
            "AWS::S3::Bucket": "BucketName",
            "AWS::DynamoDB::Table": "TableName",
            "AWS::SSM::Parameter": "Name",
            "AWS::Serverless::Api": "Name",
            "AWS::Glue::Job": "Name",
        }
        return self.resolve(properties[named[kind]]) if kind in named else self._arn_of(name)

    def _attribute(self, name: str, attribute: str) -> Any:
        if name in self.children:
            child = self.children[name]
            return child.resolve(child.template["Outputs"][attribute.removeprefix("Outputs.")]["Value"])
        if attribute == "CodeUri":
            return f"s3://{self.parameters['ArtifactsBucketName']}/code/0a1b/"
        assert attribute == "Arn", f"{self.file}: attribute {name}.{attribute} is not known here"
        return self._arn_of(name)

    def _resource(self, name: str) -> tuple[str, dict[str, Any]]:
        resource = self.template["Resources"][name]
        return resource["Type"], resource["Properties"]

    def _arn_of(self, name: str) -> str:
        kind, properties = self._resource(name)
        stem = f"{self.parameters['Project']}-{self.parameters['Stage']}"

        def text(field: str) -> str:
            return str(self.resolve(properties[field]))

        match kind:
            case "AWS::S3::Bucket":
                return f"arn:{self.partition}:s3:::{text('BucketName')}"
            case "AWS::SNS::Topic":
                return self.arn("sns", text("TopicName"))
            case "AWS::SQS::Queue":
                return self.arn("sqs", text("QueueName"))
            case "AWS::DynamoDB::Table":
                return self.arn("dynamodb", f"table/{text('TableName')}")
            case "AWS::Logs::LogGroup":
                return self.arn("logs", f"log-group:{text('LogGroupName')}:*")
            case "AWS::Serverless::Function":
                return self.arn("lambda", f"function:{text('FunctionName')}")
            case "AWS::Serverless::LayerVersion":
                return self.arn("lambda", f"layer:{text('LayerName')}:1")
            case "AWS::Serverless::StateMachine":
                return self.arn("states", f"stateMachine:{text('Name')}")
            case "AWS::IAM::Role":
                return f"arn:{self.partition}:iam::{ACCOUNT}:role/{stem}-{name}"
            case "AWS::IAM::ManagedPolicy":
                return f"arn:{self.partition}:iam::{ACCOUNT}:policy/{stem}-{name}"
        raise AssertionError(f"{self.file}: {name} of type {kind} has no ARN here")


def deploy(partition: str = "aws", **parameters: str) -> dict[str, Stack]:
    """Every stack by its file's name; `template` is the root."""
    root = Stack(partition, "template.yaml", PARAMETERS | parameters)
    return {"template": root} | {Path(child.file).stem: child for child in root.children.values()}

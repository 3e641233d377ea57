"""Members that belong together or exclude each other: what the models' `required` does not say.

Only what the services refuse for certain; whoever gives a member by a path that may be absent is not told.
"""

from __future__ import annotations

from types import MappingProxyType

from stepmill.check.records import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Of `members`, at least `least` and at most `most` are given."""

    members: tuple[str, ...]
    least: int = 1
    most: int = 1

    @property
    def rule(self) -> str:
        names = ", ".join(self.members)
        if self.least and self.most == 1:
            return f"give exactly one of {names}"
        return f"give at least one of {names}" if self.least else f"give at most one of {names}"


def _one(*members: str) -> Group:
    return Group(members)


def _some(*members: str) -> Group:
    return Group(members, most=len(members))


def _not_both(*members: str) -> Group:
    return Group(members, least=0)


# (service, shape) -> groups. Source: the API reference of each service, page of that data type.
GROUPS: MappingProxyType[tuple[str, str], tuple[Group, ...]] = MappingProxyType(
    {
        ("sagemaker", "AlgorithmSpecification"): (_one("TrainingImage", "AlgorithmName"),),
        ("sagemaker", "HyperParameterAlgorithmSpecification"): (_one("TrainingImage", "AlgorithmName"),),
        ("sagemaker", "ResourceConfig"): (
            _one("InstanceType", "InstanceGroups", "InstancePreferences"),
            _not_both("InstanceCount", "InstanceGroups"),
        ),
        ("sagemaker", "DataSource"): (_some("S3DataSource", "FileSystemDataSource", "DatasetSource"),),
        ("sagemaker", "ContainerDefinition"): (_some("Image", "ModelPackageName"),),
        ("sagemaker", "CreateModelInput"): (_one("PrimaryContainer", "Containers"),),
        ("sagemaker", "ProcessingInput"): (_one("S3Input", "DatasetDefinition"),),
        ("sagemaker", "ProcessingOutput"): (_some("S3Output", "FeatureStoreOutput"),),
        ("sagemaker", "ProductionVariant"): (_not_both("InstanceType", "ServerlessConfig"),),
        ("sagemaker", "HyperParameterTrainingJobDefinition"): (
            _some("ResourceConfig", "HyperParameterTuningResourceConfig"),
        ),
        ("sagemaker", "CreateHyperParameterTuningJobRequest"): (
            _one("TrainingJobDefinition", "TrainingJobDefinitions"),
        ),
        ("sns", "PublishInput"): (_one("TopicArn", "TargetArn", "PhoneNumber"),),
        ("dynamodb", "AttributeValue"): (_one("S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"),),
        ("ecs", "RunTaskRequest"): (_not_both("launchType", "capacityProviderStrategy"),),
        ("glue", "StartJobRunRequest"): (_not_both("MaxCapacity", "WorkerType"),),
        ("http", "Input"): (_some("Authentication", "InvocationConfig"),),
        ("bedrockruntime", "InvokeModelRequest"): (_some("body", "Input"),),
    }
)

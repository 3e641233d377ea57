"""What Ref and GetAtt give for the types of resource that machines work with.

Source: the "Return values" of each type in
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from stepmill.check.records import dataclass

_HERE = "${AWS::Region}:${AWS::AccountId}"


@dataclass(frozen=True, slots=True)
class Named:
    """name: the property that holds the name, "" when there is none. arn: with `{}` for the name.

    ref: what Ref gives: "name", "arn" or "url". attribute: what GetAtt calls the name. attributes: the others
    besides Arn; None when they are not listed here.
    """

    name: str
    arn: str
    ref: str = "name"
    attribute: str = ""
    attributes: tuple[str, ...] | None = None


def _arn(service: str, resource: str, place: str = _HERE) -> str:
    return f"arn:${{AWS::Partition}}:{service}:{place}:{resource}"


_FUNCTION = Named(
    "FunctionName",
    _arn("lambda", "function:{}"),
    attributes=("SnapStartResponse", "SnapStartResponse.ApplyOn", "SnapStartResponse.OptimizationStatus"),
)
_TABLE = Named("TableName", _arn("dynamodb", "table/{}"), attributes=("StreamArn", "TableId"))

NAMED = {
    "AWS::Athena::WorkGroup": Named("Name", _arn("athena", "workgroup/{}")),
    "AWS::Batch::JobDefinition": Named("JobDefinitionName", _arn("batch", "job-definition/{}:${?}"), "arn"),
    "AWS::Batch::JobQueue": Named("JobQueueName", _arn("batch", "job-queue/{}"), "arn"),
    "AWS::CodeBuild::Project": Named("Name", _arn("codebuild", "project/{}")),
    "AWS::DynamoDB::GlobalTable": _TABLE,
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::ECS::Cluster": Named("ClusterName", _arn("ecs", "cluster/{}")),
    "AWS::ECS::TaskDefinition": Named(
        "Family", _arn("ecs", "task-definition/{}:${?}"), "arn", attributes=("TaskDefinitionArn",)
    ),
    "AWS::Events::EventBus": Named("Name", _arn("events", "event-bus/{}"), attributes=("Name", "Policy")),
    "AWS::Events::Rule": Named("Name", _arn("events", "rule/{}")),
    "AWS::Glue::Crawler": Named("Name", _arn("glue", "crawler/{}")),
    "AWS::Glue::Job": Named("Name", _arn("glue", "job/{}")),
    "AWS::IAM::ManagedPolicy": Named(
        "ManagedPolicyName", _arn("iam", "policy/{}", ":${AWS::AccountId}"), "arn"
    ),
    "AWS::IAM::Role": Named("RoleName", _arn("iam", "role/{}", ":${AWS::AccountId}"), attributes=("RoleId",)),
    "AWS::KMS::Key": Named("", _arn("kms", "key/{}"), attributes=("KeyId",)),
    "AWS::Kinesis::Stream": Named("Name", _arn("kinesis", "stream/{}"), attributes=("WarmThroughputObject",)),
    "AWS::KinesisFirehose::DeliveryStream": Named(
        "DeliveryStreamName", _arn("firehose", "deliverystream/{}")
    ),
    "AWS::Lambda::Function": _FUNCTION,
    "AWS::Lambda::LayerVersion": Named("", _arn("lambda", "layer:{}:${?}"), "arn"),
    "AWS::Logs::LogGroup": Named("LogGroupName", _arn("logs", "log-group:{}:*")),
    "AWS::S3::Bucket": Named(
        "BucketName",
        "arn:${AWS::Partition}:s3:::{}",
        attributes=("DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"),
    ),
    "AWS::SNS::Topic": Named("TopicName", _arn("sns", "{}"), "arn", "TopicName", ("TopicArn",)),
    "AWS::SQS::Queue": Named("QueueName", _arn("sqs", "{}"), "url", "QueueName", ("QueueUrl",)),
    "AWS::SSM::Parameter": Named("Name", _arn("ssm", "parameter/{}"), attributes=("Type", "Value")),
    "AWS::SageMaker::Endpoint": Named(
        "EndpointName", _arn("sagemaker", "endpoint/{}"), "arn", "EndpointName"
    ),
    "AWS::SageMaker::EndpointConfig": Named(
        "EndpointConfigName", _arn("sagemaker", "endpoint-config/{}"), "arn", "EndpointConfigName"
    ),
    "AWS::SageMaker::Model": Named("ModelName", _arn("sagemaker", "model/{}"), "arn", "ModelName"),
    "AWS::SecretsManager::Secret": Named("Name", _arn("secretsmanager", "secret:{}-${?}"), "arn"),
    "AWS::Serverless::Function": _FUNCTION,
    "AWS::Serverless::LayerVersion": Named("LayerName", _arn("lambda", "layer:{}:${?}"), "arn"),
    "AWS::Serverless::SimpleTable": _TABLE,
    "AWS::Serverless::StateMachine": Named(
        "Name", _arn("states", "stateMachine:{}"), "arn", "Name", ("StateMachineRevisionId",)
    ),
    "AWS::StepFunctions::Activity": Named("Name", _arn("states", "activity:{}"), "arn", "Name"),
    "AWS::StepFunctions::StateMachine": Named(
        "StateMachineName", _arn("states", "stateMachine:{}"), "arn", "Name", ("StateMachineRevisionId",)
    ),
}

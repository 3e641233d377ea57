"""What a compiled machine needs of IAM, derived from its tasks.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/sagemaker-iam.html
Source: https://github.com/aws/aws-cdk/issues/26012 (.sync tags the job, which takes sagemaker:AddTags)
"""

import re
from collections.abc import Iterator
from typing import Any

from .deployment import Stack
from .policies import Need

JOBS = {
    "createProcessingJob": ("Processing", "processing-job"),
    "createTrainingJob": ("Training", "training-job"),
    "createTransformJob": ("Transform", "transform-job"),
    "createHyperParameterTuningJob": ("HyperParameterTuning", "hyper-parameter-tuning-job"),
}
# In a job's name, States.Format('{}-<kind>-{}-...', ...), after what all names begin with.
KIND = re.compile(r"'\{\}-([a-z-]+)-\{\}")
CALLS = {
    "aws-sdk:sagemaker:describeTrainingJob": [
        ("sagemaker:DescribeTrainingJob", "training-job/{stem}-0-001-x"),
    ],
    "aws-sdk:sagemaker:describeModelPackage": [
        ("sagemaker:DescribeModelPackage", "model-package/{stem}/1"),
    ],
    "aws-sdk:sagemaker:describeModelPackageGroup": [
        ("sagemaker:DescribeModelPackageGroup", "model-package-group/{stem}"),
    ],
    "aws-sdk:sagemaker:createModelPackageGroup": [
        ("sagemaker:CreateModelPackageGroup", "model-package-group/{stem}"),
    ],
    "aws-sdk:sagemaker:createModelPackage": [
        ("sagemaker:CreateModelPackage", "model-package-group/{stem}"),
        ("sagemaker:CreateModelPackage", "model-package/{stem}/1"),
    ],
    "sagemaker:createModel": [("sagemaker:CreateModel", "model/{stem}-{kind}-x")],
    "aws-sdk:sagemaker:deleteModel": [("sagemaker:DeleteModel", "model/{stem}-scoring-x")],
    "aws-sdk:sagemaker:describeModel": [("sagemaker:DescribeModel", "model/{stem}-model-x")],
    "sagemaker:createEndpointConfig": [
        ("sagemaker:CreateEndpointConfig", "endpoint-config/{stem}-config-x"),
    ],
    "sagemaker:createEndpoint": [
        ("sagemaker:CreateEndpoint", "endpoint/{stem}"),
        ("sagemaker:CreateEndpoint", "endpoint-config/{stem}-config-x"),
    ],
    "sagemaker:updateEndpoint": [
        ("sagemaker:UpdateEndpoint", "endpoint/{stem}"),
        ("sagemaker:UpdateEndpoint", "endpoint-config/{stem}-config-x"),
    ],
    "aws-sdk:sagemaker:describeEndpoint": [("sagemaker:DescribeEndpoint", "endpoint/{stem}")],
    "aws-sdk:sagemaker:deleteEndpoint": [("sagemaker:DeleteEndpoint", "endpoint/{stem}")],
}
# What Application Auto Scaling does with the permissions of who asks it: in SageMaker, CloudWatch and IAM.
# Source: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html
SCALING = {
    "registerScalableTarget": [
        ("sagemaker:DescribeEndpoint", "endpoint/{stem}"),
        ("sagemaker:UpdateEndpointWeightsAndCapacities", "endpoint/{stem}"),
        ("sagemaker:DescribeEndpointConfig", "endpoint-config/{stem}-config-x"),
    ],
    "putScalingPolicy": [
        ("cloudwatch:DescribeAlarms", "alarm:TargetTracking-endpoint/{stem}-AlarmHigh-x"),
        ("cloudwatch:PutMetricAlarm", "alarm:TargetTracking-endpoint/{stem}-AlarmHigh-x"),
    ],
    "deregisterScalableTarget": [
        ("cloudwatch:DeleteAlarms", "alarm:TargetTracking-endpoint/{stem}-AlarmHigh-x"),
    ],
}
SCALING_ROLE = (
    "role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
LOG_DELIVERY = (
    *("CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies"),
    *("GetLogDelivery", "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery"),
)
TRACES = ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments")


def tasks(scope: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for state in scope["States"].values():
        if state["Type"] == "Task":
            yield state
        for branch in state.get("Branches", []):
            yield from tasks(branch)
        if "ItemProcessor" in state:
            yield from tasks(state["ItemProcessor"])


def of_machine(stack: Stack, definition: dict[str, Any]) -> set[Need]:
    """Every (action, ARN) that the machine asks for, logging and tracing included."""
    found = {Need(f"logs:{action}", "*") for action in LOG_DELIVERY}
    found |= {Need(f"xray:{action}", "*") for action in TRACES}
    for task in tasks(definition):
        partition, call = task["Resource"].split(":", 5)[1], task["Resource"].split(":", 5)[5]
        assert partition == stack.partition, task["Resource"]
        found |= set(_of_task(stack, call, task["Parameters"]))
    return found


def _of_task(stack: Stack, call: str, parameters: dict[str, Any]) -> Iterator[Need]:
    stem = f"{stack.parameters['Project']}-{stack.parameters['Stage']}"
    operation = call.removeprefix("sagemaker:").removesuffix(".sync")
    trained = parameters.get("TrainingJobDefinition", parameters)
    role = trained.get("RoleArn") or parameters.get("ExecutionRoleArn")
    if role:
        yield Need("iam:PassRole", role)
    if operation in JOBS:
        kind, resource = JOBS[operation]
        named = KIND.search(parameters[f"{kind}JobName.$"])
        assert named or kind == "HyperParameterTuning", parameters[f"{kind}JobName.$"]
        of_job = named[1] if named else "0"
        for action in (f"Create{kind}Job", f"Describe{kind}Job", f"Stop{kind}Job", "AddTags"):
            yield Need(f"sagemaker:{action}", stack.arn("sagemaker", f"{resource}/{stem}-{of_job}-x"))
        for action in ("PutTargets", "PutRule", "DescribeRule"):
            rule = f"rule/StepFunctionsGetEventsForSageMaker{kind.removeprefix('HyperParameter')}JobsRule"
            yield Need(f"events:{action}", stack.arn("events", rule))
    elif call in CALLS:
        made = KIND.search(parameters.get("ModelName.$", ""))
        for action, resource in CALLS[call]:
            yield Need(action, stack.arn("sagemaker", resource.format(stem=stem, kind=made and made[1])))
    elif call == "lambda:invoke":
        yield Need("lambda:InvokeFunction", parameters["FunctionName"])
    elif call == "sns:publish":
        yield Need("sns:Publish", parameters["TopicArn"])
    elif call == "glue:startJobRun.sync":
        for action in ("StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun"):
            yield Need(f"glue:{action}", stack.arn("glue", f"job/{parameters['JobName']}"))
    elif call == "aws-sdk:sfn:startExecution":
        yield Need("states:StartExecution", parameters["StateMachineArn"])
    else:
        yield from _of_other(stack, call, parameters)


def _of_other(stack: Stack, call: str, parameters: dict[str, Any]) -> Iterator[Need]:
    stem = f"{stack.parameters['Project']}-{stack.parameters['Stage']}"
    service, method = call.removeprefix("aws-sdk:").split(":")
    if service == "applicationautoscaling":
        action = f"application-autoscaling:{method[0].upper()}{method[1:]}"
        yield Need(action, stack.arn("application-autoscaling", "scalable-target/0ec5id"))
        for action, resource in SCALING[method]:
            yield Need(action, stack.arn(action.split(":")[0], resource.format(stem=stem)))
        account = stack.arn("iam", SCALING_ROLE).split(":")
        yield Need("iam:CreateServiceLinkedRole", ":".join([*account[:3], "", *account[4:]]))
        return
    assert service == "ssm", f"{call}: not known here"
    prefix = f"/{stack.parameters['Project']}/{stack.parameters['Stage']}/training"
    place = (
        parameters.get("Name") or prefix + "/" + parameters["Name.$"].partition("'{}/")[2].partition("'")[0]
    )
    yield Need(f"ssm:{method[0].upper()}{method[1:]}", stack.arn("ssm", f"parameter{place}"))

"""Parameters: what a task sends against what the service takes."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, Example, Rule, one_state

_PARAMETERS = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html"
_SAGEMAKER = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
_TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"


def _task(resource: str, parameters: dict[str, Any]) -> Example:
    state = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Parameters": parameters,
        "TimeoutSeconds": 60,
        "End": True,
    }
    return Example(one_state(state))


def _publish(**more: Any) -> Example:
    return _task("sns:publish", {"TopicArn": _TOPIC, "Message": "done", **more})


def _put(**more: Any) -> Example:
    given = {"Name": "/model", "Value": "m-1", "Type": "String", "Overwrite": True, **more}
    return _task("aws-sdk:ssm:putParameter", given)


def _train(**more: Any) -> Example:
    return _task("glue:startJobRun", {"JobName": "train", **more})


PARAMETER_UNKNOWN = Rule(
    "parameter-unknown",
    "parameters",
    FAILURE,
    "A parameter that the call does not have.",
    "Step Functions refuses a member it does not know. Members begin with a capital letter whatever the "
    "service's own API does; behind aws-sdk: they are spelled as in the SDK for Java 2, such as DbInstances "
    "or SnsTopicArn.",
    _PARAMETERS,
    _publish(Subjekt="Model"),
    _publish(Subject="Model"),
)

PARAMETER_MISSING = Rule(
    "parameter-missing",
    "parameters",
    FAILURE,
    "A parameter that the call requires is not given.",
    "The call would be refused. What the service fills in itself, such as a token against repetition, is "
    "not required.",
    _PARAMETERS,
    _task("aws-sdk:ssm:putParameter", {"Name": "/model"}),
    _task("aws-sdk:ssm:putParameter", {"Name": "/model", "Value": "m-1"}),
)

PARAMETER_TYPE = Rule(
    "parameter-type",
    "parameters",
    FAILURE,
    "A parameter has another type than the call takes.",
    "A number is no text and a text no number: States.Format('{}', …) makes a text, States.StringToJson(…) a "
    "number. Behind aws-sdk: an object becomes a text of JSON where one is wanted, and what becomes of other "
    "scalars is not documented, so that is a warning there.",
    _PARAMETERS,
    _train(Timeout="60"),
    _train(Timeout=60),
)

PARAMETER_VALUE = Rule(
    "parameter-value",
    "parameters",
    FAILURE,
    "A parameter has a value that the service does not know.",
    "The service lists the values it takes; capitals matter.",
    _PARAMETERS,
    _put(Type="string"),
    _put(Type="String"),
)

PARAMETER_PATTERN = Rule(
    "parameter-pattern",
    "parameters",
    FAILURE,
    "A text has characters or a form that the service refuses.",
    "The service's model gives the pattern; only a text that is known before the machine runs is compared.",
    f"{_SAGEMAKER}API_DescribeEndpoint.html",
    _task("aws-sdk:sagemaker:describeEndpoint", {"EndpointName": "cars_live"}),
    _task("aws-sdk:sagemaker:describeEndpoint", {"EndpointName": "cars-live"}),
)

PARAMETER_LENGTH = Rule(
    "parameter-length",
    "parameters",
    FAILURE,
    "A text is too long or too short, or an array has too many or too few items.",
    "A text put together at run time counts with the least and the most that its parts can have.",
    f"{_SAGEMAKER}API_DescribeEndpoint.html",
    _task("aws-sdk:sagemaker:describeEndpoint", {"EndpointName": "cars-" * 13}),
    _task("aws-sdk:sagemaker:describeEndpoint", {"EndpointName": "cars"}),
)

PARAMETER_RANGE = Rule(
    "parameter-range",
    "parameters",
    FAILURE,
    "A number is smaller or larger than the service takes.",
    "The service's model gives the smallest and the largest.",
    "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html",
    _task("aws-sdk:ssm:getParametersByPath", {"Path": "/models", "MaxResults": 100}),
    _task("aws-sdk:ssm:getParametersByPath", {"Path": "/models", "MaxResults": 10}),
)

PARAMETER_ONE_OF = Rule(
    "parameter-one-of",
    "parameters",
    FAILURE,
    "Of members that exclude each other several are given, or none of which one must be.",
    "The models call such members optional, the services do not: a message goes to a topic, a target or a "
    "telephone, an algorithm is an image or a name.",
    "https://docs.aws.amazon.com/sns/latest/api/API_Publish.html",
    _task("sns:publish", {"Message": "done"}),
    _publish(),
)

"""Names: what a task creates under a name that must be new."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, WARNING, Example, Rule, one_state

_SAGEMAKER = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
_JOB = f"{_SAGEMAKER}API_CreateTransformJob.html"


def _transform(name: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createTransformJob.sync",
        "Parameters": {
            **name,
            "ModelName": "cars",
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://cars/new"}}
            },
            "TransformOutput": {"S3OutputPath": "s3://cars/scores"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
        "TimeoutSeconds": 3600,
        **fields,
        "End": True,
    }


def _named(template: str, *values: str, **fields: Any) -> Example:
    text = f"States.Format('{template}'{''.join(f', {value}' for value in values)})"
    return Example(one_state(_transform({"TransformJobName.$": text}, **fields)))


def _each(name: dict[str, str]) -> Example:
    inner = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Score",
        "States": {"Score": _transform(name)},
    }
    return Example(one_state({"Type": "Map", "ItemsPath": "$.files", "ItemProcessor": inner, "End": True}))


NAME_TOO_LONG = Rule(
    "name-too-long",
    "names",
    FAILURE,
    "The name of something new is longer than the service takes.",
    "Its fixed parts and the shortest of what is put between them are too long already. When only the "
    "longest would be, it is a warning: an execution's name has up to 80 characters, a SageMaker job's 63.",
    _JOB,
    _named("score-the-cars-of-the-day-with-the-model-that-is-live-in-the-shop-{}", "$.id"),
    _named("score-{}", "$.id"),
)

NAME_CHARACTERS = Rule(
    "name-characters",
    "names",
    FAILURE,
    "The name of something new has a character that the service refuses.",
    "SageMaker's names are letters, digits and hyphens between them: no underscore, dot or colon. A time or "
    "an ARN holds colons.",
    _JOB,
    _named("score_{}", "$.id"),
    _named("score-{}", "$.id"),
)

NAME_REPEATS = Rule(
    "name-repeats",
    "names",
    WARNING,
    "The name of something new is the same on every run.",
    "The second run is refused: the name is taken. Put $$.Execution.Name, a time or States.UUID() into it.",
    _JOB,
    Example(one_state(_transform({"TransformJobName": "score-cars"}))),
    _named("score-{}", "$.id"),
)

NAME_REPEATS_IN_MAP = Rule(
    "name-repeats-in-map",
    "names",
    WARNING,
    "The name of something new is the same for each item of a Map.",
    "The second item is refused: the name is taken. Put something of the item, or $$.Map.Item.Index given by "
    "the Map's ItemSelector, into it. A name without any part that changes is a failure.",
    _JOB,
    _each({"TransformJobName.$": "States.Format('score-{}', $$.Execution.Name)"}),
    _each({"TransformJobName.$": "States.Format('score-{}', $.id)"}),
)

_EXECUTIONS = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"


def _start(name: str) -> Example:
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution",
        "Parameters": {
            "StateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:ship",
            "Name.$": name,
        },
        "TimeoutSeconds": 60,
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}],
        "End": True,
    }
    return Example(one_state(start))


NAME_RANDOM_ON_RETRY = Rule(
    "name-random-on-retry",
    "names",
    WARNING,
    "An execution that is started again on a failure gets a random name each time.",
    "A request that failed on its way back may have started the execution already: with another name, the "
    "next attempt starts a second one. A name made of $$.Execution.Name or of the data is refused, or found "
    "running with the same input, the second time. What waits for the end with .sync is not told: there a "
    "retry is meant to start another.",
    _EXECUTIONS,
    _start("States.UUID()"),
    _start("$$.Execution.Name"),
)

_RETRY = [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 2}]

NAME_REPEATS_ON_RETRY = Rule(
    "name-repeats-on-retry",
    "names",
    WARNING,
    "A job that failed is started again under the same name.",
    "The retrier also takes the failure of a job that was created, and its name is used up: every "
    "further attempt is refused. Put $$.State.RetryCount into the name, or retry only what came before the "
    "job, such as SageMaker.AmazonSageMakerException.",
    "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
    _named("score-{}", "$.id", Retry=_RETRY),
    _named("score-{}-{}", "$.id", "$$.State.RetryCount", Retry=_RETRY),
)

"""The ARNs of actions whose requests name their resource in a way of their own."""

from __future__ import annotations

import re
from collections.abc import Callable

from stepmill.check.patterns import late_pattern
from stepmill.check.permissions.arguments import ANYTHING, Arguments, products
from stepmill.check.permissions.resources import arn, is_arn

_BEDROCK_REGIONS = ("us.", "eu.", "apac.", "ap.", "jp.", "au.", "ca.", "global.", "us-gov.")
_SYMBOLS = late_pattern(r"\$\{[^}]*\}")


def target(action: str, arguments: Arguments) -> list[str] | None:
    """The ARNs; None when the action follows the general way."""
    told = _TARGETS.get(action) or _TARGETS.get(action.split(":")[0] + ":")
    return None if told is None else told(arguments)


def _or_any(found: list[str]) -> list[str]:
    return found or [ANYTHING]


def _function(arguments: Arguments) -> list[str]:
    """A qualifier is part of the resource; of $LATEST nobody should have to know."""
    found = []
    for name, qualifier in products([_or_any(arguments.texts("FunctionName")), _qualifiers(arguments)]):
        whole = name if is_arn(name) else arn("lambda", f"function:{name.rpartition('function:')[2]}")
        end = "" if not qualifier else "*" if qualifier == "$LATEST" else f":{qualifier}"
        found.append(re.sub(r":\$LATEST$", "*", whole) + end)
    return found


def _qualifiers(arguments: Arguments) -> list[str]:
    return arguments.texts("Qualifier") if arguments.is_known and arguments.below("Qualifier") else [""]


def _topic(arguments: Arguments) -> list[str]:
    """A message to a phone has no topic."""
    named = [*arguments.texts("TopicArn"), *arguments.texts("TargetArn")]
    return _or_any([name if is_arn(name, "Arn") or name == ANYTHING else arn("sns", name) for name in named])


def _queue(arguments: Arguments) -> list[str]:
    return [_queue_arn(url) for url in _or_any(arguments.texts("QueueUrl"))]


def _queue_arn(url: str) -> str:
    """https://sqs.<region>.<domain>/<account>/<name>, of which any part may be a symbol."""
    symbols = _SYMBOLS.findall(url)
    parts = _SYMBOLS.sub("\0", url).split("/")
    if len(parts) < 2 or ("://" in url and len(parts) < 5):
        return ANYTHING if url == ANYTHING or symbols == [url] else arn("sqs", url)
    name = parts[-1]
    for symbol in symbols[len(symbols) - name.count("\0") :]:
        name = name.replace("\0", symbol, 1)
    return arn("sqs", name)


def _machine(arguments: Arguments) -> list[str]:
    """A version or an alias is started by the machine's own permission."""
    return [
        text if is_arn(text, "Arn") else arn("states", f"stateMachine:{text}")
        for text in _or_any(arguments.texts("StateMachineArn"))
    ]


def _scalable_target(_arguments: Arguments) -> list[str]:
    """Its id is AWS's own; the ResourceId of a request is not part of its ARN."""
    return [arn("application-autoscaling", "scalable-target/*")]


def _execution(arguments: Arguments) -> list[str]:
    if arguments.texts("ExecutionArn"):
        return [
            text if is_arn(text) else arn("states", "execution:*") for text in arguments.texts("ExecutionArn")
        ]
    machines = _machine(arguments)
    if any(":stateMachine:" not in machine for machine in machines):
        return [arn("states", "execution:*")]
    return [machine.replace(":stateMachine:", ":execution:") + ":*" for machine in machines]


def _buses(arguments: Arguments) -> list[str]:
    entries = arguments.below("Entries")
    found: dict[str, None] = {}
    for entry in entries.items() if entries else []:
        for bus in entry.texts("EventBusName") or ["default"]:
            found[bus if is_arn(bus) else arn("events", f"event-bus/{bus}")] = None
    return list(found) or [arn("events", f"event-bus/{ANYTHING}")]


def _object(arguments: Arguments) -> list[str]:
    pairs = products([_or_any(arguments.texts("Bucket")), _or_any(arguments.texts("Key"))])
    return [s3_object(bucket, key) for bucket, key in pairs]


def s3_object(bucket: str, key: str) -> str:
    if bucket.startswith("arn:"):
        return f"{bucket}/object/{key}"
    return f"arn:${{AWS::Partition}}:s3:::{bucket}/{key.removeprefix('/')}"


def s3_bucket(bucket: str) -> str:
    return bucket if bucket.startswith("arn:") else f"arn:${{AWS::Partition}}:s3:::{bucket}"


def _model(arguments: Arguments) -> list[str]:
    """A model's id, or an inference profile's, which may answer from any of its regions."""
    found = []
    for text in _or_any(arguments.texts("ModelId")):
        if is_arn(text) or text == ANYTHING:
            found.append(text)
        elif text.startswith(_BEDROCK_REGIONS):
            model = text.split(".", 1)[1]
            found += [
                arn("bedrock", f"inference-profile/{text}"),
                f"arn:${{AWS::Partition}}:bedrock:*::foundation-model/{model}",
            ]
        else:
            found.append(f"arn:${{AWS::Partition}}:bedrock:${{AWS::Region}}::foundation-model/{text}")
    return found


def _job_and_queue(arguments: Arguments) -> list[str]:
    found = []
    for member, kind in (("JobDefinition", "job-definition"), ("JobQueue", "job-queue")):
        for text in _or_any(arguments.texts(member)):
            revision = "*" if kind == "job-definition" and not re.search(r":\d+$", text) else ""
            whole = text if is_arn(text) else arn("batch", f"{kind}/{text}")
            found.append(re.sub(r"\*+$", "*", whole + revision))
    return found


def _task_definition(arguments: Arguments) -> list[str]:
    found = []
    for text in _or_any(arguments.texts("TaskDefinition")):
        whole = text if is_arn(text) else arn("ecs", f"task-definition/{text}")
        has_revision = re.search(r":(\d+|\$\{\?\})$", whole) or is_arn(text)
        found.append(whole if has_revision or whole.endswith("*") else f"{whole}:*")
    return found


def _table(arguments: Arguments) -> list[str]:
    tables = [
        text if is_arn(text) else arn("dynamodb", f"table/{text}")
        for text in _or_any(arguments.texts("TableName"))
    ]
    pairs = products([tables, arguments.texts("IndexName") if arguments.is_known else []]) if tables else []
    return [f"{table}/index/{index}" for table, index in pairs] or tables


def _tables_of_batch(arguments: Arguments) -> list[str]:
    """The keys of RequestItems are the tables' names."""
    items = arguments.below("RequestItems")
    names = [name for name, _ in items.members()] if items and items.is_known else []
    return [name if is_arn(name) else arn("dynamodb", f"table/{name}") for name in names] or [
        arn("dynamodb", f"table/{ANYTHING}")
    ]


def _any_job(_: Arguments) -> list[str]:
    return [arn("batch", "job/*")]


# An action, or a service's prefix with its colon for all others of its actions.
_TARGETS: dict[str, Callable[[Arguments], list[str]]] = {
    "lambda:InvokeFunction": _function,
    "application-autoscaling:": _scalable_target,
    "sns:Publish": _topic,
    "sqs:": _queue,
    "states:StartExecution": _machine,
    "states:StartSyncExecution": _machine,
    "states:DescribeExecution": _execution,
    "states:StopExecution": _execution,
    "events:PutEvents": _buses,
    "s3:GetObject": _object,
    "s3:PutObject": _object,
    "s3:DeleteObject": _object,
    "bedrock:InvokeModel": _model,
    "bedrock:InvokeModelWithResponseStream": _model,
    "batch:SubmitJob": _job_and_queue,
    "batch:TerminateJob": _any_job,
    "ecs:RunTask": _task_definition,
    "dynamodb:BatchGetItem": _tables_of_batch,
    "dynamodb:BatchWriteItem": _tables_of_batch,
    "dynamodb:Query": _table,
    "dynamodb:Scan": _table,
}

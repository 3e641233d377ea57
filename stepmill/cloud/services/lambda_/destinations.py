"""Where the outcome of an asynchronous event goes: dead-letter queue, and destinations on success and
failure.
"""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.services.lambda_.service import Function, function_arn, setting


def deliver(
    cloud: Cloud, function: Function, request_id: str, payload: str, attempts: int, outcome: dict[str, Any]
) -> None:
    """Send what is configured for the outcome, as the function's role. Raises: AwsError of the target."""
    config = setting(cloud, function.name, "event_config") or {}
    is_success = outcome["condition"] == "Success"
    key = "OnSuccess" if is_success else "OnFailure"
    destination = config.get("DestinationConfig", {}).get(key, {}).get("Destination")
    dead_letters = function.config.get("DeadLetterConfig", {}).get("TargetArn")
    principal = cloud.assume(
        function.config["Role"], "lambda.amazonaws.com", source_arn=function_arn(cloud, function.name)
    )
    if destination:
        record = invocation_record(cloud, function, request_id, payload, attempts, outcome)
        send(cloud, principal, destination, record, request_id)
    if dead_letters and not is_success:
        send_dead_letter(cloud, principal, dead_letters, request_id, payload, outcome)


def invocation_record(
    cloud: Cloud, function: Function, request_id: str, payload: str, attempts: int, outcome: dict[str, Any]
) -> dict[str, Any]:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    now = datetime.fromtimestamp(cloud.clock.time(), UTC)
    context: dict[str, Any] = {"statusCode": 200, "executedVersion": function.version}
    if outcome["error"]:
        context["functionError"] = outcome["error"]
    return {
        "version": "1.0",
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn(cloud, function.name, function.version),
            "condition": outcome["condition"],
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(payload),
        "responseContext": context,
        "responsePayload": json.loads(outcome["payload"]),
    }


def send(cloud: Cloud, principal: Principal, arn: str, record: dict[str, Any], request_id: str) -> None:
    service, name, text = arn.split(":")[2], arn.split(":")[-1], json.dumps(record)
    if service == "sqs":
        cloud.call(
            "sqs",
            "SendMessage",
            {"QueueUrl": queue_url(cloud, name), "MessageBody": text},
            principal=principal,
        )
    elif service == "sns":
        cloud.call("sns", "Publish", {"TopicArn": arn, "Message": text}, principal=principal)
    elif service == "lambda":
        params = {"FunctionName": arn, "InvocationType": "Event", "Payload": text.encode()}
        attempt = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{request_id} {arn}"))
        cloud.call("lambda", "Invoke", params, principal=principal, attempt=attempt)
    elif service == "events":
        ending = "Success" if record["requestContext"]["condition"] == "Success" else "Failure"
        entry = {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {ending}",
            "Detail": text,
            "EventBusName": arn,
            "Resources": [arn, record["requestContext"]["functionArn"]],
        }
        answer = cloud.call("events", "PutEvents", {"Entries": [entry]}, principal=principal)
        if answer.get("FailedEntryCount"):
            failed = answer["Entries"][0]
            raise AwsError(failed.get("ErrorCode", "InternalFailure"), failed.get("ErrorMessage", ""))
    else:
        raise AwsError(
            "InvalidParameterValueException", f"destination {arn} is no SQS, SNS, Lambda or EventBridge ARN"
        )


def send_dead_letter(
    cloud: Cloud, principal: Principal, arn: str, request_id: str, payload: str, outcome: dict[str, Any]
) -> None:
    """The event itself, with what went wrong as message attributes (at most 1 KB of it, as on AWS)."""
    answer = json.loads(outcome["payload"])
    message = answer.get("errorMessage", "") if isinstance(answer, dict) else str(answer)
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": message[:1024] or outcome["condition"]},
    }
    if arn.split(":")[2] == "sqs":
        params = {"QueueUrl": queue_url(cloud, arn.split(":")[-1]), "MessageBody": payload}
        cloud.call("sqs", "SendMessage", params | {"MessageAttributes": attributes}, principal=principal)
    else:
        params = {"TopicArn": arn, "Message": payload}
        cloud.call("sns", "Publish", params | {"MessageAttributes": attributes}, principal=principal)


def queue_url(cloud: Cloud, name: str) -> str:
    url: str = cloud.call("sqs", "GetQueueUrl", {"QueueName": name})["QueueUrl"]
    return url

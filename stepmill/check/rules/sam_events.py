"""Wiring of events: rules, schedules, queues and topics in a template, held against what is there."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, WARNING, Example, Rule
from stepmill.check.rules.sam import (
    LAMBDA_GUIDE,
    SAM_GUIDE,
    example_function,
    example_machine,
    example_template,
)

_EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/userguide"


def _on_event(pattern: dict[str, Any], **more: Any) -> Example:
    queue = {"Type": "AWS::SQS::Queue"}
    event = {"Pattern": pattern, "DeadLetterConfig": {"Type": "SQS"}}
    function = example_function(Events={"Event": {"Type": "EventBridgeRule", "Properties": event}})
    return example_template({"Function": function, "Queue": queue, **more})


def _on_schedule(expression: str) -> Example:
    event = {"Type": "Schedule", "Properties": {"Schedule": expression}}
    return example_template({"Function": example_function(Events={"Daily": event})})


def _on_queue(**queue: Any) -> Example:
    source = {"Type": "SQS", "Properties": {"Queue": {"Fn::GetAtt": ["Queue", "Arn"]}}}
    return example_template(
        {
            "Function": example_function(Timeout=10, Events={"Messages": source}),
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": queue},
            "Dead": {"Type": "AWS::SQS::Queue"},
        }
    )


_REDRIVE = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3}
_BUCKET_PATTERN = {
    "source": ["aws.s3"],
    "detail-type": ["Object Created"],
    "detail": {"bucket": {"name": [{"Ref": "Bucket"}]}},
}
_BUCKET_EVENTS = {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}}

EVENT_NEVER_MATCHES = Rule(
    "event-never-matches",
    "sam",
    FAILURE,
    "An event pattern can never match.",
    "EventBridge compares exactly, case included. Each value is a list; AWS's services send only the "
    "detail-types and status values that their documentation lists. A pattern that never matches is silent: "
    "nothing starts.",
    f"{_EVENTS}/eb-event-patterns.html",
    _on_event({"source": ["aws.s3"], "detail-type": ["Object created"]}),
    _on_event({"source": ["aws.s3"], "detail-type": ["Object Created"]}),
)

BUCKET_WITHOUT_EVENTBRIDGE = Rule(
    "bucket-without-eventbridge",
    "sam",
    FAILURE,
    "A rule waits for events of a bucket that sends none to EventBridge.",
    "A bucket tells EventBridge of its objects only with NotificationConfiguration.EventBridgeConfiguration "
    "{EventBridgeEnabled: true}.",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-event-notifications-eventbridge.html",
    _on_event(_BUCKET_PATTERN, Bucket={"Type": "AWS::S3::Bucket"}),
    _on_event(_BUCKET_PATTERN, Bucket={"Type": "AWS::S3::Bucket", "Properties": _BUCKET_EVENTS}),
)

QUEUE_VISIBILITY = Rule(
    "queue-visibility",
    "sam",
    FAILURE,
    "A queue shows messages again while its function may still be at work on them.",
    "VisibilityTimeout must not be below the function's Timeout, or AWS refuses the event source; six times "
    "as much leaves room for retries (below that is a warning). The defaults are 30 s and 3 s.",
    f"{LAMBDA_GUIDE}/services-sqs-configure.html",
    _on_queue(VisibilityTimeout=5, RedrivePolicy=_REDRIVE),
    _on_queue(VisibilityTimeout=60, RedrivePolicy=_REDRIVE),
)

DEAD_LETTER_MISSING = Rule(
    "dead-letter-missing",
    "sam",
    WARNING,
    "What cannot be delivered or handled is lost.",
    "A rule needs a DeadLetterConfig and a queue that feeds a function a RedrivePolicy, or an event that "
    "fails after its retries is dropped without a trace, or a poisoned message is tried again for days.",
    f"{_EVENTS}/eb-rule-dlq.html",
    _on_queue(VisibilityTimeout=60),
    _on_queue(VisibilityTimeout=60, RedrivePolicy=_REDRIVE),
)

_TARGET = {
    "Type": "AWS::Events::Rule",
    "Properties": {
        "EventPattern": {"source": ["cars"]},
        "Targets": [
            {
                "Id": "tell",
                "Arn": {"Ref": "Topic"},
                "RetryPolicy": {"MaximumRetryAttempts": 3},
                "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:dead"},
            }
        ],
    },
}
_TOPIC_POLICY = {
    "Type": "AWS::SNS::TopicPolicy",
    "Properties": {
        "Topics": [{"Ref": "Topic"}],
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": {"Ref": "Topic"},
                }
            ],
        },
    },
}

TOPIC_POLICY_MISSING = Rule(
    "topic-policy-missing",
    "sam",
    FAILURE,
    "A service delivers to a queue or topic whose policy does not let it.",
    "EventBridge, S3 and SNS reach a queue or topic only by its resource policy, whatever roles allow. "
    "Without it the event is retried and dropped.",
    f"{_EVENTS}/eb-use-resource-based.html",
    example_template({"Rule": _TARGET, "Topic": {"Type": "AWS::SNS::Topic"}}),
    example_template({"Rule": _TARGET, "Topic": {"Type": "AWS::SNS::Topic"}, "Policy": _TOPIC_POLICY}),
)

SCHEDULE_SYNTAX = Rule(
    "schedule-syntax",
    "sam",
    FAILURE,
    "A schedule's expression cannot be read.",
    "Write rate(1 day), rate(5 minutes) with the plural from 2 on, or cron with six fields of which either "
    "the day of the month or the day of the week is `?`.",
    f"{_EVENTS}/eb-scheduled-rule-pattern.html",
    _on_schedule("rate(1 days)"),
    _on_schedule("rate(1 day)"),
)

_INPUT = {
    "inputs": {"Machine": {"type": "object", "required": ["uri"], "properties": {"uri": {"type": "string"}}}}
}


def _started(text: str) -> Example:
    daily = {"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)", "Input": text}}
    return example_template({"Machine": example_machine(Events={"Daily": daily})}, _INPUT)


EVENT_INPUT_UNFIT = Rule(
    "event-input-unfit",
    "sam",
    FAILURE,
    "What a schedule or event starts the machine with is not what the machine takes.",
    "Input is a JSON text; without Input or InputPath the machine gets the whole event. It is held against "
    "the machine's input schema, from the context or the machine's input model.",
    f"{SAM_GUIDE}/sam-property-statemachine-statemachineschedule.html",
    _started('{"url": "s3://cars/raw/"}'),
    _started('{"uri": "s3://cars/raw/"}'),
)

"""Queues and topics: how long messages stay hidden, where the failed ones go, and who may deliver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from stepmill.check.finding import Findings, pointer
from stepmill.check.permissions.grants import matches_action
from stepmill.check.permissions.roles import tree_of
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_scope import Scope
from stepmill.check.reading.template_values import alternatives
from stepmill.check.rule import WARNING
from stepmill.check.rules.sam_events import DEAD_LETTER_MISSING, QUEUE_VISIBILITY, TOPIC_POLICY_MISSING
from stepmill.check.wiring.rules_of import Trigger, resource_at

QUEUE, TOPIC = "AWS::SQS::Queue", "AWS::SNS::Topic"
FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")
POLICIES = {QUEUE: ("AWS::SQS::QueuePolicy", "Queues"), TOPIC: ("AWS::SNS::TopicPolicy", "Topics")}
DELIVERS = {QUEUE: "sqs:SendMessage", TOPIC: "sns:Publish"}
# Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
DEFAULT_VISIBILITY_S, DEFAULT_TIMEOUT_S, FACTOR = 30, 3, 6


def check_sources(scope: Scope, findings: Findings) -> None:
    """Queues that feed functions."""
    for function, queue in _fed(scope):
        properties = scope.properties(queue)
        visible = _number(resolve(properties.get("VisibilityTimeout", DEFAULT_VISIBILITY_S), scope))
        timeout = _number(resolve(scope.properties(function).get("Timeout", DEFAULT_TIMEOUT_S), scope))
        place = pointer("Resources", queue)
        if visible is not None and timeout is not None and visible < FACTOR * timeout:
            is_told = "VisibilityTimeout" in properties
            under = place + ("/Properties" if properties else "")
            findings.add(
                QUEUE_VISIBILITY,
                f"{under}/VisibilityTimeout" if is_told else under,
                f"{queue}: VisibilityTimeout is {visible:g} s, but {function}, which it feeds, may run for "
                f"{timeout:g} s; give {FACTOR * timeout:g} s or more",
                severity="" if visible < timeout else WARNING,
            )
        if "RedrivePolicy" not in properties:
            findings.add(
                DEAD_LETTER_MISSING,
                place + ("/Properties" if properties else ""),
                f"{queue}: RedrivePolicy is missing, so a message that {function} cannot handle comes back "
                "until it expires; name a queue for the failed ones",
            )


def _fed(scope: Scope) -> Iterator[tuple[str, str]]:
    """(function, queue) of this stack."""
    for name in scope.of_type("AWS::Serverless::Function"):
        events = scope.properties(name).get("Events")
        for event in events.values() if isinstance(events, dict) else ():
            told = event.get("Properties") if isinstance(event, dict) else None
            if isinstance(told, dict) and event.get("Type") == "SQS":
                yield from ((name, queue) for queue in _queues_at(scope, told.get("Queue")))
    for name in scope.of_type("AWS::Lambda::EventSourceMapping"):
        properties = scope.properties(name)
        told = resolve(properties.get("FunctionName"), scope)
        for function in scope.of_type(*FUNCTIONS):
            if told in (scope.ref(function), scope.attribute(function, "Arn")):
                queues = _queues_at(scope, properties.get("EventSourceArn"))
                yield from ((function, queue) for queue in queues)


def _queues_at(scope: Scope, told: Any) -> Iterator[str]:
    found = resource_at(scope, resolve(told, scope), QUEUE)
    if found is not None and found[0] is scope:
        yield found[1]


def _number(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None


def check_delivery(scope: Scope, trigger: Trigger, findings: Findings) -> None:
    """A rule's own targets and dead letters."""
    for place, target in trigger.targets:
        if trigger.pattern is not None:
            _check_dead_letters(trigger, place, target, findings)
            _check_policy(scope, target.get("Arn"), f"{place}/Arn", trigger.where, "events", findings)
        config = target.get("DeadLetterConfig")
        if isinstance(config, dict):
            where = f"{place}/DeadLetterConfig/Arn"
            _check_policy(scope, config.get("Arn"), where, trigger.where, "events", findings)


def _check_dead_letters(trigger: Trigger, place: str, target: dict[str, Any], findings: Findings) -> None:
    if "DeadLetterConfig" not in target:
        findings.add(
            DEAD_LETTER_MISSING,
            place,
            f"{trigger.where}: DeadLetterConfig is missing, so an event that cannot be delivered is lost; "
            "name a queue for such events",
        )


def check_notifications(scope: Scope, findings: Findings) -> None:
    """What S3 and SNS deliver by themselves."""
    for name in scope.of_type("AWS::S3::Bucket"):
        told = scope.properties(name).get("NotificationConfiguration")
        for key, member in (("QueueConfigurations", "Queue"), ("TopicConfigurations", "Topic")):
            listed = told.get(key) if isinstance(told, dict) else None
            for index, one in enumerate(listed if isinstance(listed, list) else ()):
                place = pointer(
                    "Resources", name, "Properties", "NotificationConfiguration", key, index, member
                )
                if isinstance(one, dict):
                    _check_policy(scope, one.get(member), place, name, "s3", findings)
    for name in scope.of_type("AWS::SNS::Subscription"):
        properties = scope.properties(name)
        if properties.get("Protocol") == "sqs":
            place = pointer("Resources", name, "Properties", "Endpoint")
            _check_policy(scope, properties.get("Endpoint"), place, name, "sns", findings)


def _check_policy(
    scope: Scope, target: Any, place: str, where: str, service: str, findings: Findings
) -> None:
    found = resource_at(scope, resolve(target, scope), QUEUE, TOPIC)
    if found is None:
        return
    owner, name = found
    kind = str(owner.resources[name]["Type"])
    if not any(_lets(statement, service, kind) for statement in _statements(owner, name, kind)):
        findings.add(
            TOPIC_POLICY_MISSING,
            place,
            f"{where}: delivers to {name}, but no {POLICIES[kind][0].rpartition('::')[2]} lets "
            f"{service}.amazonaws.com do {DELIVERS[kind]}; add one",
        )


def _statements(owner: Scope, name: str, kind: str) -> Iterator[Any]:
    policy, member = POLICIES[kind]
    for scope in tree_of(owner):
        for holder in scope.of_type(policy):
            properties = scope.properties(holder)
            listed = resolve(properties.get(member), scope)
            named = [resource_at(scope, one, kind) for one in listed] if isinstance(listed, list) else [None]
            if (owner, name) in named or None in named:
                for document in alternatives(resolve(properties.get("PolicyDocument"), scope)):
                    yield from _of_document(document)


def _of_document(document: Any) -> Iterator[Any]:
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            document = None
    told = document.get("Statement") if isinstance(document, dict) else None
    if told is None:
        yield None  # nobody knows what it says
        return
    for statement in told if isinstance(told, list) else [told]:
        yield from alternatives(statement)


def _lets(statement: Any, service: str, kind: str) -> bool:
    if not isinstance(statement, dict):
        return True
    if statement.get("Effect") != "Allow":
        return False
    actions = statement.get("Action")
    names = actions if isinstance(actions, list) else [actions]
    # SQS takes its actions in either spelling.
    if not any(not isinstance(one, str) or matches_action(one, DELIVERS[kind]) for one in names):
        return False
    principal = statement.get("Principal")
    if not isinstance(principal, dict) or "AWS" in principal:
        return True
    services = principal.get("Service")
    return any(
        not isinstance(one, str) or "${" in one or one.startswith(f"{service}.")
        for told in (services if isinstance(services, list) else [services])
        for one in alternatives(told)
    )

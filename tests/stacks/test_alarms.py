"""The alarms that take an update back: the machine names those that the stack makes for the endpoint."""

from collections.abc import Callable
from typing import Any

from .deployment import Stack

Stacks = dict[str, Stack]


def watched(stack: Stack) -> dict[str, list[str]]:
    """endpoint -> names of its alarms."""
    by_endpoint: dict[str, list[str]] = {}
    for _, alarm in stack.resources("AWS::CloudWatch::Alarm"):
        [endpoint] = [one["Value"] for one in alarm["Dimensions"] if one["Name"] == "EndpointName"]
        by_endpoint.setdefault(endpoint, []).append(alarm["AlarmName"])
    return by_endpoint


def test_the_machine_guards_both_endpoints_by_the_alarms_that_watch_them(
    stacks: Stacks, machine: Callable[..., dict[str, Any]]
) -> None:
    states = machine(stacks, "deployment")["States"]
    taken = {
        rule["StringEquals"]: [one["AlarmName"] for one in states[rule["Next"]]["Result"]]
        for rule in states["AlarmsGiven"]["Choices"]
        if "StringEquals" in rule
    }
    assert taken == {
        "stepmill-prod": ["stepmill-prod-errors", "stepmill-prod-latency"],
        "stepmill-prod-linear": ["stepmill-prod-linear-errors", "stepmill-prod-linear-latency"],
    }
    assert watched(stacks["deployment"]) == taken


def test_without_a_second_variant_no_endpoint_takes_its_alarms(aws: Stacks) -> None:
    deployment = aws["deployment"]
    alone = Stack("aws", deployment.file, deployment.parameters | {"SecondVariant": ""})
    [(_, properties)] = alone.resources("AWS::Serverless::StateMachine")
    assert properties["DefinitionSubstitutions"]["SecondEndpoint"] == "none"
    conditions = {
        name: resource.get("Condition")
        for name, resource in alone.template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }
    assert conditions == {
        "ErrorsAlarm": None,
        "LatencyAlarm": None,
        "SecondErrorsAlarm": "WithSecondVariant",
        "SecondLatencyAlarm": "WithSecondVariant",
    }


def test_what_could_be_told_nobody_sets_off_an_alarm_that_needs_no_topic(aws: Stacks) -> None:
    foundation = aws["foundation"]
    [(_, alarm)] = foundation.resources("AWS::CloudWatch::Alarm")
    [(_, queue)] = foundation.resources("AWS::SQS::Queue")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": queue["QueueName"]}]
    watched_metric = (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"])
    assert watched_metric == ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    assert "AlarmActions" not in alarm

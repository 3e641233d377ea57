"""PutMetricAlarm, DeleteAlarms, SetAlarmState, and switching actions on and off."""

import json
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.cloudwatch import history, transitions
from stepmill.cloud.services.cloudwatch.reading import check_period
from stepmill.cloud.services.cloudwatch.summary import PERCENTILE
from stepmill.cloud.services.cloudwatch.tables import (
    SERVICE,
    alarm_arn,
    bad_combination,
    bad_value,
    invalid,
    many_alarms,
    metric_of,
    one_alarm,
)
from stepmill.cloud.services.cloudwatch.tags import add_tags

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
LONGEST_RANGE_S = 7 * 86_400
OPERATORS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
MISSING = ("breaching", "notBreaching", "ignore", "missing")
ACTIONS = ("OKActions", "AlarmActions", "InsufficientDataActions")
KEPT = (
    "AlarmName",
    "AlarmDescription",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
)
REFUSED = (
    "Metrics",
    "ThresholdMetricId",
    "EvaluationWindow",
    "WarmUpConfiguration",
    "EvaluationCriteria",
    "EvaluationInterval",
)


@SERVICE.operation("PutMetricAlarm", resources=one_alarm)
def put_metric_alarm(cloud: "Cloud", request: Request) -> Answer:
    """A new alarm has INSUFFICIENT_DATA; one that is changed keeps its state until it is evaluated."""
    params = request.params
    check_alarm(cloud, params)
    name, now_s = params["AlarmName"], cloud.clock.time()
    config = {key: params[key] for key in KEPT if key in params}
    config |= {key: params.get(key, []) for key in ACTIONS}
    config |= {
        "ActionsEnabled": params.get("ActionsEnabled", True),
        "Dimensions": metric_of(params).dimension_list,
        "AlarmArn": alarm_arn(cloud, name),
        "AlarmConfigurationUpdatedTimestamp": now_s,
    }
    with cloud.store.transaction() as connection:
        old = transitions.find(cloud, name)
        state = transitions.state_of(old) if old else transitions.unchecked(now_s)
        transitions.write(connection, name, config | state)
        if old is None:
            add_tags(cloud, config["AlarmArn"], params.get("Tags", []))
        word, kind = ("updated", "Update") if old else ("created", "Create")
        data = {"version": "1.0", "type": kind, kind.lower() + "dAlarm": transitions.wording(config)}
        history.note(connection, now_s, name, "ConfigurationUpdate", f'Alarm "{name}" {word}', data)
    return {}


def check_alarm(cloud: "Cloud", params: dict[str, Any]) -> None:
    """Raises: AwsError that names the member."""
    check_members(params)
    operator = params["ComparisonOperator"]
    if operator not in OPERATORS:
        raise bad_value(f"ComparisonOperator is {operator}; known here: {', '.join(OPERATORS)}")
    if params.get("TreatMissingData", "missing") not in MISSING:
        raise bad_value(f"Unknown TreatMissingData {params['TreatMissingData']}; one of {', '.join(MISSING)}")
    if ("Statistic" in params) == ("ExtendedStatistic" in params):
        raise bad_combination("Exactly one of Statistic or ExtendedStatistic must be specified")
    extended = params.get("ExtendedStatistic", "p50")
    if not PERCENTILE.fullmatch(extended):
        raise bad_value(f"The value {extended} for parameter ExtendedStatistic is not p0.0 to p100")
    check_periods(params)
    for key in ACTIONS:
        for arn in params.get(key, []):
            if not arn.startswith(f"arn:aws:sns:{cloud.region}:{cloud.account}:"):
                raise invalid(f"{key}: {arn} is no topic of this cloud; alarms here publish to SNS topics")


def check_members(params: dict[str, Any]) -> None:
    for key in REFUSED:
        if params.get(key):
            raise invalid(f"{key} is not supported by the embedded cloud; name one metric and its Threshold")
    for key in ("Namespace", "MetricName", "Period", "Threshold"):
        if key not in params:
            raise invalid(f"PutMetricAlarm: {key} is missing; an alarm here watches one metric")


def check_periods(params: dict[str, Any]) -> None:
    check_period(params["Period"])
    count = params["EvaluationPeriods"]
    if not 1 <= params.get("DatapointsToAlarm", count) <= count:
        raise invalid("DatapointsToAlarm must be 1 to EvaluationPeriods")
    if count * params["Period"] > LONGEST_RANGE_S:
        raise invalid("Metrics cannot be checked across more than 7 days (EvaluationPeriods * Period)")


@SERVICE.operation("DeleteAlarms", resources=many_alarms)
def delete_alarms(cloud: "Cloud", request: Request) -> Answer:
    """All or none: as on AWS, a name that is not there fails the request."""
    names = list(dict.fromkeys(request.params["AlarmNames"]))
    with cloud.store.transaction() as connection:
        for name in names:
            if transitions.find(cloud, name) is None:
                raise AwsError("ResourceNotFound", f"Unknown alarm {name}", 404)
            connection.execute("delete from cloudwatch_alarm where name = ?", (name,))
            connection.execute("delete from cloudwatch_tag where arn = ?", (alarm_arn(cloud, name),))
    return {}


@SERVICE.operation("SetAlarmState", resources=one_alarm)
def set_alarm_state(cloud: "Cloud", request: Request) -> Answer:
    """Until the next evaluation, which gives the alarm the state that its metric deserves."""
    params = request.params
    text = params.get("StateReasonData", "")
    if text:
        try:
            json.loads(text)
        except ValueError as error:
            raise AwsError("InvalidFormat", f"StateReasonData is not JSON: {error}") from None
    name = params["AlarmName"]
    if transitions.find(cloud, name) is None:
        raise AwsError("ResourceNotFound", f"Unknown alarm {name}", 404)
    transitions.change(cloud, name, params["StateValue"], params["StateReason"], text)
    return {}


def switch_actions(cloud: "Cloud", names: list[str], *, is_on: bool) -> Answer:
    with cloud.store.transaction() as connection:
        for name in names:
            if (alarm := transitions.find(cloud, name)) is not None:
                transitions.write(connection, name, alarm | {"ActionsEnabled": is_on})
    return {}


@SERVICE.operation("EnableAlarmActions", resources=many_alarms)
def enable_actions(cloud: "Cloud", request: Request) -> Answer:
    return switch_actions(cloud, request.params["AlarmNames"], is_on=True)


@SERVICE.operation("DisableAlarmActions", resources=many_alarms)
def disable_actions(cloud: "Cloud", request: Request) -> Answer:
    return switch_actions(cloud, request.params["AlarmNames"], is_on=False)

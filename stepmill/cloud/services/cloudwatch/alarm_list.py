"""DescribeAlarms and DescribeAlarmsForMetric."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.cloudwatch import transitions
from stepmill.cloud.services.cloudwatch.tables import SERVICE, alarm_arn, bad_combination, metric_of

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

TIMES = ("AlarmConfigurationUpdatedTimestamp", "StateUpdatedTimestamp", "StateTransitionedTimestamp")


def asked_alarms(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [alarm_arn(cloud, name) for name in params.get("AlarmNames", ["*"])]


def shown(alarm: dict[str, Any]) -> dict[str, Any]:
    """The alarm as boto3 shows it."""
    times = {key: datetime.fromtimestamp(alarm[key], UTC) for key in TIMES}
    return {key: value for key, value in alarm.items() if value != ""} | times


@SERVICE.operation("DescribeAlarms", resources=asked_alarms)
def describe_alarms(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    if params.get("AlarmNames") and params.get("AlarmNamePrefix"):
        raise bad_combination("AlarmNames and AlarmNamePrefix cannot both be given")
    names, prefix = params.get("AlarmNames"), params.get("AlarmNamePrefix", "")
    after, most = params.get("NextToken", ""), params.get("MaxRecords", 50)
    if not 1 <= most <= 100:
        raise AwsError("InvalidParameterValue", f"MaxRecords is {most}; allowed: 1 to 100")
    found = [
        alarm
        for alarm in transitions.everyone(cloud)
        if (not names or alarm["AlarmName"] in names)
        and alarm["AlarmName"].startswith(prefix)
        and alarm["AlarmName"] > after
        and params.get("StateValue", alarm["StateValue"]) == alarm["StateValue"]
        and has_action(alarm, params.get("ActionPrefix", ""))
    ]
    if params.get("AlarmTypes") and "MetricAlarm" not in params["AlarmTypes"]:
        found = []
    more = {"NextToken": found[most - 1]["AlarmName"]} if len(found) > most else {}
    return {"MetricAlarms": [shown(alarm) for alarm in found[:most]], "CompositeAlarms": [], **more}


def has_action(alarm: dict[str, Any], prefix: str) -> bool:
    actions = alarm["AlarmActions"] + alarm["OKActions"] + alarm["InsufficientDataActions"]
    return not prefix or any(arn.startswith(prefix) for arn in actions)


@SERVICE.operation("DescribeAlarmsForMetric")
def describe_alarms_for_metric(cloud: "Cloud", request: Request) -> Answer:
    wanted = metric_of(request.params)
    found = [
        alarm
        for alarm in transitions.everyone(cloud)
        if metric_of(alarm) == wanted
        and all(
            request.params.get(key, alarm.get(key)) == alarm.get(key)
            for key in ("Statistic", "ExtendedStatistic", "Period", "Unit")
        )
    ]
    return {"MetricAlarms": [shown(alarm) for alarm in found]}

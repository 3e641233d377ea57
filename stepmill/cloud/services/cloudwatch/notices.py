"""What an alarm says to a topic: JSON for programs, and plain text for mails.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

from datetime import UTC, datetime
from typing import Any

SUBJECT_LIMIT = 100


def subject(alarm: dict[str, Any], region: str) -> str:
    """One line of plain ASCII, as a topic takes it."""
    text = f'{alarm["StateValue"]}: "{alarm["AlarmName"]}" in {region}'
    plain = "".join(letter if " " <= letter <= "~" else "?" for letter in text)
    return plain if len(plain) <= SUBJECT_LIMIT else plain[: SUBJECT_LIMIT - 3] + "..."


def message(account: str, region: str, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    trigger = {
        "MetricName": new["MetricName"],
        "Namespace": new["Namespace"],
        "StatisticType": "Statistic" if "Statistic" in new else "ExtendedStatistic",
        "Statistic": new["Statistic"].upper() if "Statistic" in new else new["ExtendedStatistic"],
        "Unit": new.get("Unit"),
        "Dimensions": [{"value": each["Value"], "name": each["Name"]} for each in new["Dimensions"]],
        "Period": new["Period"],
        "EvaluationPeriods": new["EvaluationPeriods"],
        "DatapointsToAlarm": new.get("DatapointsToAlarm", new["EvaluationPeriods"]),
        "ComparisonOperator": new["ComparisonOperator"],
        "Threshold": new["Threshold"],
        "TreatMissingData": new.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": new.get("EvaluateLowSampleCountPercentile", ""),
    }
    return {
        "AlarmName": new["AlarmName"],
        "AlarmDescription": new.get("AlarmDescription"),
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": at(new["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": new["StateValue"],
        "NewStateReason": new["StateReason"],
        "StateChangeTime": at(new["StateUpdatedTimestamp"]),
        "Region": region,
        "AlarmArn": new["AlarmArn"],
        "OldStateValue": old["StateValue"],
        "OKActions": new["OKActions"],
        "AlarmActions": new["AlarmActions"],
        "InsufficientDataActions": new["InsufficientDataActions"],
        "Trigger": trigger,
    }


def at(when_s: float) -> str:
    return datetime.fromtimestamp(when_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def mail(text: dict[str, Any]) -> str:
    trigger = text["Trigger"]
    dimensions = "".join(f"\n    {each['name']} = {each['value']}" for each in trigger["Dimensions"])
    return (
        f'The CloudWatch alarm "{text["AlarmName"]}" in {text["Region"]} went from {text["OldStateValue"]} '
        f"to {text['NewStateValue']}.\n\n"
        f"Why: {text['NewStateReason']}\n"
        f"When: {text['StateChangeTime']}\n"
        + (f"What it means: {text['AlarmDescription']}\n" if text["AlarmDescription"] else "")
        + f"\nWatched: {trigger['Namespace']} {trigger['MetricName']}, {trigger['Statistic']} of "
        f"{trigger['Period']} seconds, {trigger['ComparisonOperator']} {trigger['Threshold']} in "
        f"{trigger['DatapointsToAlarm']} of {trigger['EvaluationPeriods']} periods{dimensions}\n"
        f"Alarm: {text['AlarmArn']}"
    )

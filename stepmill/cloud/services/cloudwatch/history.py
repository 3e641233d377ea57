"""What has happened to alarms, for two weeks; also those that are deleted."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.cloudwatch.tables import SERVICE, alarm_arn, seconds_of

if TYPE_CHECKING:
    import sqlite3

    from stepmill.cloud.cloud import Cloud

KEPT_S = 14 * 86_400


def note(
    connection: "sqlite3.Connection", now_s: float, alarm: str, kind: str, summary: str, data: Any
) -> None:
    connection.execute("delete from cloudwatch_history where at_s < ?", (now_s - KEPT_S,))
    connection.execute(
        "insert into cloudwatch_history (alarm, at_s, kind, summary, data) values (?, ?, ?, ?, ?)",
        (alarm, now_s, kind, summary[:255], json.dumps(data)[:4095]),
    )


def one_or_all(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [alarm_arn(cloud, params.get("AlarmName", "*"))]


@SERVICE.operation("DescribeAlarmHistory", resources=one_or_all)
def describe_alarm_history(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    token, most = params.get("NextToken", "0"), params.get("MaxRecords", 50)
    if not token.isdecimal():
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")
    order = "asc" if params.get("ScanBy") == "TimestampAscending" else "desc"
    start = seconds_of(params["StartDate"]) if "StartDate" in params else 0.0
    end = seconds_of(params["EndDate"]) if "EndDate" in params else float("inf")
    name, kind = params.get("AlarmName"), params.get("HistoryItemType")
    rows = cloud.store.query(
        "select * from cloudwatch_history where (? is null or alarm = ?) and (? is null or kind = ?)"
        f" and at_s >= ? and at_s < ? order by id {order} limit ? offset ?",
        (name, name, kind, kind, start, end, most + 1, int(token)),
    )
    items = [
        {
            "AlarmName": row["alarm"],
            "AlarmType": "MetricAlarm",
            "Timestamp": datetime.fromtimestamp(row["at_s"], UTC),
            "HistoryItemType": row["kind"],
            "HistorySummary": row["summary"],
            "HistoryData": row["data"],
        }
        for row in rows[:most]
    ]
    return {"AlarmHistoryItems": items} | ({"NextToken": str(int(token) + most)} if len(rows) > most else {})

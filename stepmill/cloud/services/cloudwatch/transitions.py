"""An alarm's record, and its changes of state: told to EventBridge and to the topics of its actions.

State, history and mails are written together; an event that was owed when the process died is emitted at
the next start.
"""

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.delivery.outbox import send
from stepmill.cloud.delivery.parcel import Parcel
from stepmill.cloud.services.cloudwatch import history, notices

if TYPE_CHECKING:
    import sqlite3

    from stepmill.cloud.cloud import Cloud

DETAIL_TYPE = "CloudWatch Alarm State Change"
STATE = (
    "StateValue",
    "StateReason",
    "StateReasonData",
    "StateUpdatedTimestamp",
    "StateTransitionedTimestamp",
)
ACTIONS = {"OK": "OKActions", "ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
RETRIES = 20


def find(cloud: "Cloud", name: str) -> dict[str, Any] | None:
    rows = cloud.store.query("select body from cloudwatch_alarm where name = ?", (name,))
    return json.loads(rows[0]["body"]) if rows else None


def everyone(cloud: "Cloud") -> list[dict[str, Any]]:
    return [
        json.loads(row["body"])
        for row in cloud.store.query("select body from cloudwatch_alarm order by name")
    ]


def write(connection: "sqlite3.Connection", name: str, alarm: dict[str, Any]) -> None:
    connection.execute(
        "insert into cloudwatch_alarm (name, body) values (?, ?)"
        " on conflict (name) do update set body = excluded.body",
        (name, json.dumps(alarm)),
    )


def state_of(alarm: dict[str, Any]) -> dict[str, Any]:
    return {key: alarm[key] for key in STATE}


def unchecked(now_s: float) -> dict[str, Any]:
    reason = "Unchecked: Initial alarm creation"
    return dict(zip(STATE, ("INSUFFICIENT_DATA", reason, "", now_s, now_s), strict=True))


def wording(alarm: dict[str, Any]) -> dict[str, Any]:
    """The configuration as history shows it."""
    return {key: value for key, value in alarm.items() if key not in STATE}


def change(cloud: "Cloud", name: str, state: str, reason: str, reason_data: str) -> None:
    """Give the alarm a state and tell of it; the state it has already is only written down anew."""
    now_s = cloud.clock.time()
    with cloud.store.transaction() as connection:
        old = find(cloud, name)
        if old is None:  # deleted while it was looked at
            return
        new = old | {"StateReason": reason, "StateReasonData": reason_data, "StateUpdatedTimestamp": now_s}
        if state == old["StateValue"]:
            write(connection, name, new)
            return
        new |= {"StateValue": state, "StateTransitionedTimestamp": now_s}
        write(connection, name, new)
        connection.execute(
            "update cloudwatch_alarm set owed = ? where name = ?",
            (json.dumps([str(uuid.uuid4()), event_detail(old, new)]), name),
        )
        summary = f"Alarm updated from {old['StateValue']} to {state}"
        data = {"version": "1.0", "oldState": told(old), "newState": told(new)}
        history.note(connection, now_s, name, "StateUpdate", summary, data)
        act(cloud, connection, old, new)
    emit(cloud, name)


def act(cloud: "Cloud", connection: "sqlite3.Connection", old: dict[str, Any], new: dict[str, Any]) -> None:
    if not new["ActionsEnabled"]:
        return
    for arn in new[ACTIONS[new["StateValue"]]]:
        text = notices.message(cloud.account, cloud.region, old, new)
        parcel = Parcel(
            id=f"cloudwatch/{uuid.uuid4()}",
            sender="cloudwatch.amazonaws.com",
            source_arn=new["AlarmArn"],
            target_arn=arn,
            payload=json.dumps({"default": json.dumps(text), "email": notices.mail(text)}),
            retries=RETRIES,
            options={"subject": notices.subject(new, cloud.region), "structure": "json"},
        )
        send(cloud, parcel)
        summary = f"Successfully executed action {arn}"
        when = text["StateChangeTime"]
        data = {"actionState": "Succeeded", "notificationResource": arn, "stateUpdateTimestamp": when}
        history.note(connection, new["StateUpdatedTimestamp"], new["AlarmName"], "Action", summary, data)


def emit(cloud: "Cloud", name: str) -> None:
    """Publish the event that the alarm owes, and then no longer owe it."""
    rows = cloud.store.query("select owed from cloudwatch_alarm where name = ? and owed is not null", (name,))
    for row in rows:
        event_id, detail = json.loads(row["owed"])
        arn = cloud.arn("cloudwatch", f"alarm:{name}")
        cloud.emit("aws.cloudwatch", DETAIL_TYPE, detail, [arn], event_id=event_id)
        with cloud.store.transaction() as connection:
            connection.execute(
                "update cloudwatch_alarm set owed = null where name = ? and owed = ?", (name, row["owed"])
            )


def owing(cloud: "Cloud") -> list[str]:
    return [
        row["name"] for row in cloud.store.query("select name from cloudwatch_alarm where owed is not null")
    ]


def told(alarm: dict[str, Any]) -> dict[str, Any]:
    """A state as events and history show it."""
    when = datetime.fromtimestamp(alarm["StateUpdatedTimestamp"], UTC).isoformat(timespec="milliseconds")
    found = {
        "value": alarm["StateValue"],
        "reason": alarm["StateReason"],
        "timestamp": when.replace("+00:00", "+0000"),
    }
    return found | ({"reasonData": alarm["StateReasonData"]} if alarm["StateReasonData"] else {})


def event_detail(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    dimensions = {each["Name"]: each["Value"] for each in new["Dimensions"]}
    stat = {
        "metric": {"namespace": new["Namespace"], "name": new["MetricName"], "dimensions": dimensions},
        "period": new["Period"],
        "stat": new.get("Statistic") or new["ExtendedStatistic"],
    }
    metric_id = str(uuid.uuid5(uuid.NAMESPACE_OID, new["AlarmArn"]))
    metrics = [{"id": metric_id, "metricStat": stat, "returnData": True}]
    described = {"description": new["AlarmDescription"]} if new.get("AlarmDescription") else {}
    return {
        "alarmName": new["AlarmName"],
        "state": told(new),
        "previousState": told(old),
        "configuration": {**described, "metrics": metrics},
    }

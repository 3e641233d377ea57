"""What would otherwise be taken by moto and then never do anything: refused by name."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.cloudwatch.tables import SERVICE, invalid

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

REFUSED = {
    "PutCompositeAlarm": "composite alarms",
    "PutLogAlarm": "log alarms",
    "PutAnomalyDetector": "anomaly detection",
    "PutMetricStream": "metric streams",
    "PutInsightRule": "insight rules",
    "PutAlarmMuteRule": "mute rules",
}


def refuse(what: str) -> Callable[["Cloud", Request], Answer]:
    def handler(_cloud: "Cloud", request: Request) -> Answer:
        raise invalid(f"{request.operation}: the embedded cloud has no {what}; PutMetricAlarm works")

    return handler


for _name, _what in REFUSED.items():
    SERVICE.operation(_name)(refuse(_what))

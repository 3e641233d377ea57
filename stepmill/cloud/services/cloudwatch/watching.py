"""Alarms are evaluated every ten seconds of the cloud's clock.

A period counts when it is over. The one under way counts as soon as what it holds can only breach more: a
Sum, SampleCount or Maximum that is over its threshold already.
"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.services.cloudwatch import transitions
from stepmill.cloud.services.cloudwatch.alarms import OPERATORS
from stepmill.cloud.services.cloudwatch.evaluation import SPARE_PERIODS, Verdict, is_breaching, judge
from stepmill.cloud.services.cloudwatch.recorder import Recorder
from stepmill.cloud.services.cloudwatch.tables import SERVICE, metric_of

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

EVERY_S = 10
GROWING = ("Sum", "SampleCount", "Maximum")


def evaluate(cloud: "Cloud") -> None:
    """Give every alarm the state that its metric deserves now."""
    for alarm in transitions.everyone(cloud):
        starts, values = recent(cloud, alarm)
        verdict = judge(alarm, values)
        if verdict.state is not None and verdict.state != alarm["StateValue"]:
            reason, data = explain(alarm, verdict, starts, values, cloud.clock.time())
            transitions.change(cloud, alarm["AlarmName"], verdict.state, reason, json.dumps(data))


def recent(cloud: "Cloud", alarm: dict[str, Any]) -> tuple[list[int], list[float | None]]:
    """The starts and values of the evaluation range's periods, oldest first."""
    period_s, now_s = alarm["Period"], cloud.clock.time()
    current = int(now_s // period_s * period_s)
    first = current - (alarm["EvaluationPeriods"] + SPARE_PERIODS) * period_s
    found = cloud.state(Recorder).periods(
        metric_of(alarm), first, current + period_s, period_s, alarm.get("Unit")
    )
    name = alarm.get("Statistic") or alarm["ExtendedStatistic"]
    starts = list(range(first, current + period_s, period_s))
    values = [found[start].statistic(name) if start in found else None for start in starts]
    under_way = values[-1]
    is_growing = name in GROWING and alarm["ComparisonOperator"].startswith("Greater")
    if under_way is not None and is_growing and is_breaching(alarm, under_way):
        return starts[1:], values[1:]
    return starts[:-1], values[:-1]


def explain(
    alarm: dict[str, Any], verdict: Verdict, starts: list[int], values: list[float | None], now_s: float
) -> tuple[str, dict[str, Any]]:
    """StateReason and StateReasonData as AWS words them."""
    count = alarm["EvaluationPeriods"]
    needed = alarm.get("DatapointsToAlarm", count)
    used = [(starts[place], values[place]) for place in verdict.used]
    data: dict[str, Any] = {
        "version": "1.0",
        "queryDate": at(now_s),
        "statistic": alarm.get("Statistic") or alarm["ExtendedStatistic"],
        "period": alarm["Period"],
        "recentDatapoints": [value for _, value in used],
        "threshold": alarm["Threshold"],
    }
    if not used:
        if verdict.state == "INSUFFICIENT_DATA":
            return f"Insufficient Data: {plural(count, 'datapoint')} unknown.", data
        treated = "Breaching" if alarm.get("TreatMissingData") == "breaching" else "NonBreaching"
        return (
            f"Threshold Crossed: no datapoints were received for {plural(count, 'period', verb=False)} and "
            f"{plural(count, 'missing datapoint')} treated as [{treated}]."
        ), data
    data["startDate"] = at(used[0][0])
    is_alarm = verdict.state == "ALARM"
    hits = verdict.breaching if is_alarm else len(used) - verdict.breaching
    shown = ", ".join(
        f"{value} ({datetime.fromtimestamp(start, UTC):%d/%m/%y %H:%M:%S})" for start, value in used
    )
    least = needed if is_alarm else count - needed + 1
    least_text = plural(least, "datapoint", verb=False)
    relation = ("" if is_alarm else "not ") + OPERATORS[alarm["ComparisonOperator"]]
    return (
        f"Threshold Crossed: {hits} out of the last {plural(len(used), 'datapoint', verb=False)} [{shown}] "
        f"{'was' if hits == 1 else 'were'} {relation} the threshold ({alarm['Threshold']}) "
        f"(minimum {least_text} for {'OK -> ALARM' if is_alarm else 'ALARM -> OK'} transition)."
    ), data


def plural(count: int, noun: str, *, verb: bool = True) -> str:
    text = f"{count} {noun}{'' if count == 1 else 's'}"
    return f"{text} {'was' if count == 1 else 'were'}" if verb else text


def at(when_s: float) -> str:
    return datetime.fromtimestamp(when_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def keep_watch(cloud: "Cloud") -> None:
    try:
        evaluate(cloud)
    finally:
        if not cloud.is_closing:
            following_s = (cloud.clock.time() // EVERY_S + 1) * EVERY_S
            cloud.scheduler.call_at(following_s, lambda: keep_watch(cloud))


@SERVICE.on_start
def resume(cloud: "Cloud") -> None:
    for name in transitions.owing(cloud):
        transitions.emit(cloud, name)
    cloud.scheduler.call_at(cloud.clock.time(), lambda: keep_watch(cloud))


@SERVICE.on_stop
def write_the_rest(cloud: "Cloud") -> None:
    cloud.state(Recorder).flush()

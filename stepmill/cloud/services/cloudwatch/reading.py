"""GetMetricStatistics, GetMetricData and ListMetrics."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.cloudwatch.recorder import KEPT_S, MINUTE_S, Recorder
from stepmill.cloud.services.cloudwatch.summary import PERCENTILE, is_statistic
from stepmill.cloud.services.cloudwatch.tables import (
    SERVICE,
    Metric,
    as_pairs,
    bad_combination,
    bad_value,
    invalid,
    metric_of,
    seconds_of,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
MOST_DATAPOINTS = 1440
MOST_QUERIES = 500
MOST_READ = 100_800
PAGE = 500
ACTIVE_S = 3 * 3600


def check_period(period_s: int) -> None:
    if period_s % MINUTE_S:
        raise bad_value(f"Period is {period_s}; give a multiple of 60: minutes are kept here")


def read_span(params: dict[str, Any]) -> tuple[float, float]:
    start_s, end_s = seconds_of(params["StartTime"]), seconds_of(params["EndTime"])
    if start_s >= end_s:
        raise bad_value("The parameter StartTime must be less than the parameter EndTime.")
    return start_s, end_s


def as_time(when_s: float) -> datetime:
    return datetime.fromtimestamp(when_s, UTC)


@SERVICE.operation("GetMetricStatistics")
def get_metric_statistics(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    simple, extended = params.get("Statistics", []), params.get("ExtendedStatistics", [])
    if not simple and not extended:
        raise AwsError("MissingParameter", "Statistics or ExtendedStatistics must be given.")
    for name in extended:
        if not PERCENTILE.fullmatch(name):
            raise bad_value(f"The value {name} for parameter ExtendedStatistics is invalid; p0.0 to p100 are")
    check_period(params["Period"])
    start_s, end_s = read_span(params)
    wanted = (end_s - start_s) / params["Period"]
    if wanted > MOST_DATAPOINTS:
        raise bad_combination(
            f"You have requested up to {int(wanted):,} datapoints, which exceeds the limit of 1,440. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
    found = cloud.state(Recorder).periods(
        metric_of(params), start_s, end_s, params["Period"], params.get("Unit")
    )
    points = []
    for start, summary in sorted(found.items()):
        point: dict[str, Any] = {name: summary.statistic(name) for name in simple}
        percentiles = {name: summary.statistic(name) for name in extended}
        if extended:
            point["ExtendedStatistics"] = {name: one for name, one in percentiles.items() if one is not None}
        points.append({"Timestamp": as_time(start), "Unit": params.get("Unit", "None"), **point})
    return {"Label": params["MetricName"], "Datapoints": points}


@SERVICE.operation("GetMetricData")
def get_metric_data(cloud: "Cloud", request: Request) -> Answer:
    """All at once: no pages, as what can be asked for is bounded."""
    params = request.params
    queries = params["MetricDataQueries"]
    if not 1 <= len(queries) <= MOST_QUERIES:
        raise invalid(f"MetricDataQueries has {len(queries)} members; 1 to {MOST_QUERIES} are allowed")
    ids = [query["Id"] for query in queries]
    if len(set(ids)) != len(ids):
        raise invalid(f"The values for parameter id in MetricDataQueries are not unique: {', '.join(ids)}")
    start_s, end_s = read_span(params)
    read = sum((end_s - start_s) / check_query(query)["Period"] for query in queries)
    if read > MOST_READ:
        raise invalid(f"The request asks for {int(read)} datapoints; at most {MOST_READ} are allowed")
    is_descending = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results = []
    for query in queries:
        if not query.get("ReturnData", True):
            continue
        stat = query["MetricStat"]
        found = cloud.state(Recorder).periods(
            metric_of(stat["Metric"]), start_s, end_s, stat["Period"], stat.get("Unit")
        )
        pairs = [(start, one.statistic(stat["Stat"])) for start, one in found.items()]
        kept = sorted(((start, one) for start, one in pairs if one is not None), reverse=is_descending)
        results.append(
            {
                "Id": query["Id"],
                "Label": query.get("Label", stat["Metric"]["MetricName"]),
                "Timestamps": [as_time(start) for start, _ in kept],
                "Values": [value for _, value in kept],
                "StatusCode": "Complete",
            }
        )
    return {"MetricDataResults": results, "Messages": []}


def check_query(query: dict[str, Any]) -> dict[str, Any]:
    """Its MetricStat. Raises: AwsError for what is no simple statistic of one metric."""
    if "Expression" in query or "MetricStat" not in query:
        raise invalid(f"{query['Id']}: metric math is not supported by the embedded cloud; give a MetricStat")
    stat: dict[str, Any] = query["MetricStat"]
    if not is_statistic(stat["Stat"]):
        raise invalid(f"{query['Id']}: Stat {stat['Stat']} is not known here; Sum, Average, ... and p90 are")
    if not {"Namespace", "MetricName"} <= stat["Metric"].keys():
        raise invalid(f"{query['Id']}: Metric must have a Namespace and a MetricName")
    check_period(stat["Period"])
    return stat


@SERVICE.operation("ListMetrics")
def list_metrics(cloud: "Cloud", request: Request) -> Answer:
    """Those with a value in what is kept; `RecentlyActive` in the last three hours."""
    params = request.params
    cloud.state(Recorder).flush()
    after = params.get("NextToken", "0")
    if not after.isdecimal():
        raise AwsError("InvalidParameterValue", "The parameter NextToken is invalid.")
    age_s = ACTIVE_S if params.get("RecentlyActive") else KEPT_S
    oldest = int((cloud.clock.time() - age_s) // MINUTE_S)
    rows = cloud.store.query(
        "select * from cloudwatch_metric m where id > ? and exists"
        " (select 1 from cloudwatch_point where metric = m.id and minute >= ?) order by id",
        (int(after), oldest),
    )
    found = []
    for row in rows:
        metric = Metric(row["namespace"], row["name"], as_pairs(row["dimensions"]))
        if is_wanted(metric, params):
            found.append((row["id"], metric))
    more = {"NextToken": str(found[PAGE - 1][0])} if len(found) > PAGE else {}
    shown = [
        {"Namespace": one.namespace, "MetricName": one.name, "Dimensions": one.dimension_list}
        for _, one in found[:PAGE]
    ]
    return {"Metrics": shown, **more}


def is_wanted(metric: Metric, params: dict[str, Any]) -> bool:
    if params.get("Namespace", metric.namespace) != metric.namespace:
        return False
    if params.get("MetricName", metric.name) != metric.name:
        return False
    has = dict(metric.dimensions)
    return all(
        each["Name"] in has and each.get("Value", has[each["Name"]]) == has[each["Name"]]
        for each in params.get("Dimensions", [])
    )

"""What CloudWatch keeps, how a metric is named in it, and its errors."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.protocol.scalars import parse_timestamp
from stepmill.cloud.service import AwsError, Service

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

SCHEMA = """
create table if not exists cloudwatch_metric (
  id integer primary key, namespace text not null, name text not null, dimensions text not null,
  unique (namespace, name, dimensions)
);
create table if not exists cloudwatch_point (
  metric integer not null references cloudwatch_metric (id), minute integer not null, unit text not null,
  body text not null, primary key (metric, minute, unit)
) without rowid;
create index if not exists cloudwatch_point_minute on cloudwatch_point (minute);
create table if not exists cloudwatch_alarm (name text primary key, body text not null, owed text);
create table if not exists cloudwatch_tag (
  arn text not null, key text not null, value text not null, primary key (arn, key)
);
create table if not exists cloudwatch_history (
  id integer primary key, alarm text not null, at_s real not null, kind text not null,
  summary text not null, data text not null
);
"""
SERVICE = Service("cloudwatch", SCHEMA)


@dataclass(frozen=True)
class Metric:
    """`dimensions` are sorted; two metrics that differ in one of them have nothing in common."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @property
    def dimension_list(self) -> list[dict[str, str]]:
        return [{"Name": name, "Value": value} for name, value in self.dimensions]


def metric_of(params: Mapping[str, Any], namespace: str | None = None) -> Metric:
    """The metric that a request's members name. Raises: AwsError for a dimension that is there twice."""
    pairs = sorted((each["Name"], each["Value"]) for each in params.get("Dimensions", []))
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise bad_value(f"The parameter Dimensions names a dimension twice: {', '.join(names)}")
    return Metric(namespace or params["Namespace"], params["MetricName"], tuple(pairs))


def as_text(dimensions: Iterable[tuple[str, str]]) -> str:
    return json.dumps([list(pair) for pair in dimensions])


def as_pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in json.loads(text))


def seconds_of(moment: Any) -> float:
    """Since the epoch; callers within the process may give numbers or text as well."""
    return (moment if isinstance(moment, datetime) else parse_timestamp(moment)).timestamp()


def bad_value(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def bad_combination(message: str) -> AwsError:
    return AwsError("InvalidParameterCombination", message)


def invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def alarm_arn(cloud: "Cloud", name: str) -> str:
    return cloud.arn("cloudwatch", f"alarm:{name}")


def one_alarm(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [alarm_arn(cloud, params["AlarmName"])]


def many_alarms(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [alarm_arn(cloud, name) for name in params["AlarmNames"]]

"""AWS::CloudWatch::Alarm."""

from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_list
from stepmill.cloud.deploy.scope import Made

_FIELDS = (
    "AlarmDescription",
    "ActionsEnabled",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
)


class Alarm(Kind):
    type = "AWS::CloudWatch::Alarm"
    properties = frozenset({"AlarmName", "Tags", *_FIELDS})
    replaces = frozenset({"AlarmName"})
    name_property = "AlarmName"
    name_limit = 255

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        self._put(aws, name, wanted)
        return Made(name, {"Arn": aws.cloud.arn("cloudwatch", f"alarm:{name}")})

    def update(self, aws: Aws, made: Made, _before: Props, wanted: Props) -> Made:
        self._put(aws, made.physical_id, wanted)
        return made

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        aws.quietly("cloudwatch", "DeleteAlarms", "ResourceNotFound", AlarmNames=[made.physical_id])

    @staticmethod
    def _put(aws: Aws, name: str, wanted: Props) -> None:
        fields = {key: wanted[key] for key in _FIELDS if key in wanted}
        tags = tag_list(wanted.get("Tags")) or None
        aws("cloudwatch", "PutMetricAlarm", AlarmName=name, Tags=tags, **fields)


KINDS = (Alarm(),)

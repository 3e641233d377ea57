"""CloudWatch: metrics by the minute, and alarms that are evaluated, told and acted on.

Not here: metric math, periods under a minute, composite, log and anomaly-detection alarms (refused by name);
actions other than SNS topics. Metrics are kept for 15 days. Dashboards and streams are answered by moto.
"""

from stepmill.cloud.services.cloudwatch import (
    alarm_list,
    alarms,
    history,
    putting,
    reading,
    refused,
    tags,
    watching,
)
from stepmill.cloud.services.cloudwatch.tables import SERVICE

__all__ = ["SERVICE", "alarm_list", "alarms", "history", "putting", "reading", "refused", "tags", "watching"]

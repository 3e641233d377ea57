"""Application Auto Scaling of SageMaker variants: their servers follow the requests, between two bounds.

Not here (refused by name): other services' resources, step and predictive scaling, scheduled actions,
metrics of one's own. The alarms that AWS makes for a policy are not listed: the metric is looked at directly.
"""

from stepmill.cloud.services.application_autoscaling import activities, policies, refused, scaling, targets
from stepmill.cloud.services.application_autoscaling.tables import SERVICE

__all__ = ["SERVICE", "activities", "policies", "refused", "scaling", "targets"]

"""EventBridge, for real: patterns, schedules, input transformers, delivery that is retried and dead-lettered.

Not here: archives and replays, API destinations, pipes, partner sources, schema discovery, global
endpoints, cross-account delivery; targets other than Lambda, Step Functions, SQS, SNS and log groups.
"""

from stepmill.cloud.services.events import buses, publishing, rules, targets
from stepmill.cloud.services.events.tables import SERVICE

__all__ = ["SERVICE", "buses", "publishing", "rules", "targets"]

"""CloudWatch Logs: groups, streams, events, retention.

Not done here: metric and subscription filters, Insights queries, exports, JSON and regular-expression
filter patterns (refused); those operations fall through to moto.
"""

from stepmill.cloud.services.logs import groups, reading, streams, tags
from stepmill.cloud.services.logs.streams import append_lines
from stepmill.cloud.services.logs.tables import SERVICE

__all__ = ["SERVICE", "append_lines", "groups", "reading", "streams", "tags"]

"""SNS, for real: topics, filters, e-mail, queues and functions; every delivery kept until it has arrived.

Not here: FIFO topics, HTTP(S), SMS, mobile push and Firehose subscribers, message signatures, archives.
"""

from stepmill.cloud.mail import MailSink
from stepmill.cloud.services.sns import publishing, subscriptions, topics
from stepmill.cloud.services.sns.tables import SERVICE

__all__ = ["SERVICE", "publishing", "subscriptions", "topics"]

SERVICE.on_start(lambda cloud: cloud.state(MailSink) and None)
SERVICE.on_stop(lambda cloud: cloud.state(MailSink).close())

"""SNS, for real: topics, filters, e-mail, queues and functions; every delivery kept until it has arrived.

Not here: FIFO topics, HTTP(S), SMS, mobile push and Firehose subscribers, message signatures, archives.
"""

from typing import TYPE_CHECKING

from stepmill.cloud.mail import MailSink
from stepmill.cloud.services.sns import publishing, subscriptions, topics
from stepmill.cloud.services.sns.tables import SERVICE

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

__all__ = ["SERVICE", "publishing", "subscriptions", "topics"]


@SERVICE.on_start
def open_mailbox(cloud: "Cloud") -> None:
    cloud.state(MailSink)


@SERVICE.on_stop
def close_mailbox(cloud: "Cloud") -> None:
    cloud.state(MailSink).close()

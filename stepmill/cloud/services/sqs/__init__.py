"""SQS, for real: standard queues in SQLite, so that messages and dead letters survive a restart.

Not here: FIFO queues, the statements of AddPermission (give the whole Policy attribute); a queue's
policy decides what other services may send, not what roles of this account may.
"""

from stepmill.cloud.services.sqs import queues, receiving, redriving, sending
from stepmill.cloud.services.sqs.tables import SERVICE

__all__ = ["SERVICE", "queues", "receiving", "redriving", "sending"]

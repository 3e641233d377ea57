"""Run as a process of its own: takes in an event and a message, and is killed while it delivers one.

Usage: killed.py ROOT MOMENT KIND, where MOMENT is `accepted` (before the target is called) or `delivered`
(after it answered, before the outbox forgets the parcel) and KIND the kind of target, `sqs` or `mailto`.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.delivery import targets
from stepmill.cloud.delivery.parcel import Parcel

EVENT = {"Source": "app", "DetailType": "T", "Detail": "{}"}


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(root: Path, moment: str, kind: str) -> None:
    cloud = Cloud.start(root, port=0)
    arn = cloud.arn("sqs", "q")
    sender = {"Service": "events.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": sender, "Action": "sqs:SendMessage", "Resource": arn}
    policy = {"Policy": json.dumps({"Statement": [statement]})}
    cloud.call("sqs", "CreateQueue", {"QueueName": "q", "Attributes": policy})
    cloud.call("events", "PutRule", {"Name": "r", "EventPattern": '{"source": ["app"]}'})
    cloud.call("events", "PutTargets", {"Rule": "r", "Targets": [{"Id": "q", "Arn": arn}]})
    topic = cloud.call("sns", "CreateTopic", {"Name": "t"})["TopicArn"]
    cloud.call("sns", "Subscribe", {"TopicArn": topic, "Protocol": "email", "Endpoint": "a@example.org"})
    deliver = targets.TARGETS[kind]

    def deliver_and_die(cloud: Cloud, parcel: Parcel) -> None:
        deliver(cloud, parcel)
        die()

    # The other kind waits for ever: at the kill it has been accepted and not delivered.
    for other in ("sqs", "mailto"):
        targets.TARGETS[other] = lambda *_: time.sleep(60)
    targets.TARGETS[kind] = die if moment == "accepted" else deliver_and_die
    with cloud.store.transaction():
        cloud.call("events", "PutEvents", {"Entries": [EVENT]})
        cloud.call("sns", "Publish", {"TopicArn": topic, "Message": "x", "Subject": "s"})
    time.sleep(60)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])

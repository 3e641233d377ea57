"""What would otherwise be taken by moto and then never do anything: refused by name."""

from typing import TYPE_CHECKING

from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.application_autoscaling.tables import SERVICE, invalid

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


@SERVICE.operation("PutScheduledAction")
def put_scheduled_action(_cloud: "Cloud", _request: Request) -> Answer:
    raise invalid("PutScheduledAction: the embedded cloud has no scheduled scaling; target tracking works")


@SERVICE.operation("DescribeScheduledActions")
def describe_scheduled_actions(_cloud: "Cloud", _request: Request) -> Answer:
    return {"ScheduledActions": []}

"""What has been scaled, for six weeks."""

import json
import uuid
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.application_autoscaling.tables import DIMENSION, NAMESPACE, SERVICE, page

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

KEPT_S = 42 * 86_400


def note(cloud: "Cloud", resource: str, count: int, cause: str, refusal: str | None) -> None:
    """`refusal` is why the endpoint could not be changed."""
    now_s = cloud.clock.time()
    activity: dict[str, Any] = {
        "ActivityId": str(uuid.uuid4()),
        "ServiceNamespace": NAMESPACE,
        "ResourceId": resource,
        "ScalableDimension": DIMENSION,
        "Description": f"Setting desired instance count to {count}.",
        "Cause": cause,
        "StartTime": now_s,
        "EndTime": now_s,
        "StatusCode": "Failed" if refusal else "Successful",
        "StatusMessage": f"Failed to set desired instance count to {count}. Reason: {refusal}"
        if refusal
        else f"Successfully set desired instance count to {count}.",
    }
    with cloud.store.transaction() as connection:
        connection.execute("delete from autoscaling_activity where at_s < ?", (now_s - KEPT_S,))
        connection.execute(
            "insert into autoscaling_activity values (?, ?, ?, ?)",
            (activity["ActivityId"], resource, now_s, json.dumps(activity)),
        )


@SERVICE.operation("DescribeScalingActivities")
def describe_scaling_activities(cloud: "Cloud", request: Request) -> Answer:
    """The newest first."""
    params = request.params
    rows = cloud.store.query("select body from autoscaling_activity order by at_s desc, rowid desc")
    found = [
        one
        for one in (json.loads(row["body"]) for row in rows)
        if params["ServiceNamespace"] == NAMESPACE
        and params.get("ResourceId", one["ResourceId"]) == one["ResourceId"]
        and params.get("ScalableDimension", DIMENSION) == DIMENSION
    ]
    return page(found, params, "ScalingActivities")

"""Dead letters sent back to where they came from, once what was wrong is mended."""

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.sqs.tables import SERVICE, Arrivals, find_queue

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


def source_arn(_cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [params["SourceArn"]]


@SERVICE.operation("StartMessageMoveTask", resources=source_arn)
def start_message_move_task(cloud: "Cloud", request: Request) -> Answer:
    """All of it at once; messages without a source queue stay unless a destination is named."""
    params = request.params
    now_s = cloud.clock.time()
    name, destination = params["SourceArn"].rpartition(":")[2], params.get("DestinationArn")
    handle = str(uuid.uuid4())
    with cloud.store.transaction() as conn:
        find_queue(cloud, name)
        if destination is not None:
            find_queue(cloud, destination.rpartition(":")[2])
        rows = cloud.store.query(
            "select seq, source_arn from sqs_message where queue = ? and visible_s <= ?", (name, now_s)
        )
        moved = 0
        for row in rows:
            target = destination or row["source_arn"]
            if target is None:
                continue
            moved += conn.execute(
                "update sqs_message set queue = ?1, source_arn = null, receives = 0, receipt = null,"
                " first_received_s = null, visible_s = ?2, sent_s = ?2 where seq = ?3"
                " and exists (select 1 from sqs_queue where name = ?1)",
                (target.rpartition(":")[2], now_s, row["seq"]),
            ).rowcount
        if rows and not moved:
            raise AwsError(
                "UnsupportedOperation", f"{name}: no message knows its source queue; name a DestinationArn"
            )
        task = (handle, params["SourceArn"], destination, moved, now_s)
        conn.execute("insert into sqs_move_task values (?, ?, ?, ?, ?)", task)
    cloud.state(Arrivals).tell()
    return {"TaskHandle": handle}


@SERVICE.operation("ListMessageMoveTasks", resources=source_arn)
def list_message_move_tasks(cloud: "Cloud", request: Request) -> Answer:
    rows = cloud.store.query(
        "select * from sqs_move_task where source_arn = ? order by started_s desc limit ?",
        (request.params["SourceArn"], request.params.get("MaxResults", 1)),
    )
    tasks = []
    for row in rows:
        task = {
            "Status": "COMPLETED",
            "SourceArn": row["source_arn"],
            "ApproximateNumberOfMessagesMoved": row["moved"],
            "StartedTimestamp": int(datetime.fromtimestamp(row["started_s"], UTC).timestamp() * 1000),
        }
        tasks.append(task | ({"DestinationArn": row["destination_arn"]} if row["destination_arn"] else {}))
    return {"Results": tasks}

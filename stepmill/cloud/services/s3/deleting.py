"""Objects deleted: hidden by a delete marker, or one version for good."""

import sqlite3
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.s3.blobs import Blobs
from stepmill.cloud.services.s3.notifications import tell_deleted
from stepmill.cloud.services.s3.objects import make_room
from stepmill.cloud.services.s3.tables import NULL_VERSION, SERVICE, find_bucket, find_latest, object_arn

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

DELETE_LIMIT = 1000


def listed_arns(_cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [f"arn:aws:s3:::{params['Bucket']}/{each['Key']}" for each in params["Delete"]["Objects"]]


@SERVICE.operation("DeleteObject", resources=object_arn)
def delete_object(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    with cloud.store.transaction():
        answer, dropped = delete_one(
            cloud, request, params["Key"], params.get("VersionId"), params.get("IfMatch")
        )
    cloud.state(Blobs).drop(dropped)
    return answer


@SERVICE.operation("DeleteObjects", action="s3:DeleteObject", resources=listed_arns)
def delete_objects(cloud: "Cloud", request: Request) -> Answer:
    wanted = request.params["Delete"]["Objects"]
    if not 1 <= len(wanted) <= DELETE_LIMIT:
        raise AwsError(
            "MalformedXML", f"The XML you provided was not well-formed: 1 to {DELETE_LIMIT} objects"
        )
    deleted: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    dropped: list[str | None] = []
    find_bucket(cloud, request.params["Bucket"])
    for each in wanted:
        named = {name: each[name] for name in ("Key", "VersionId") if name in each}
        try:
            with cloud.store.transaction():
                answer, blobs = delete_one(
                    cloud, request, each["Key"], each.get("VersionId"), each.get("ETag")
                )
        except AwsError as error:
            errors.append({**named, "Code": error.code, "Message": error.message})
            continue
        dropped += blobs
        if answer.get("DeleteMarker"):
            answer = {"DeleteMarker": True, "DeleteMarkerVersionId": answer["VersionId"]}
        deleted.append({**named, **answer})
    cloud.state(Blobs).drop(dropped)
    is_quiet = request.params["Delete"].get("Quiet", False)
    return {"Errors": errors} if is_quiet else {"Deleted": deleted, "Errors": errors}


def delete_one(
    cloud: "Cloud", request: Request, key: str, version_id: str | None, if_match: str | None
) -> tuple[Answer, list[str | None]]:
    """To be called inside a transaction. Deleting what is not there is success, as in S3."""
    bucket = find_bucket(cloud, request.params["Bucket"])
    latest = find_latest(cloud, bucket["name"], key)
    if if_match is not None:
        if latest is None or latest["is_marker"]:
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=key)
        if if_match.strip('"') not in ("*", latest["etag"]):
            raise AwsError("PreconditionFailed", "At least one of the pre-conditions did not hold", 412)
    if version_id is not None:
        return delete_version(cloud, request, key, version_id)
    if bucket["versioning"] is None:
        return delete_version(cloud, request, key, NULL_VERSION)
    return add_marker(cloud, request, key)


def delete_version(
    cloud: "Cloud", request: Request, key: str, version_id: str
) -> tuple[Answer, list[str | None]]:
    bucket = request.params["Bucket"]
    with cloud.store.transaction() as conn:
        row: sqlite3.Row | None = conn.execute(
            "delete from s3_object where bucket = ? and key = ? and version_id = ? returning *",
            (bucket, key, version_id),
        ).fetchone()
        answer: Answer = {} if version_id == NULL_VERSION else {"VersionId": version_id}
        if row is None:
            return answer, []
        if row["is_latest"]:
            conn.execute(
                "update s3_object set is_latest = 1 where seq ="
                " (select max(seq) from s3_object where bucket = ? and key = ?)",
                (bucket, key),
            )
        if row["is_marker"]:
            return {**answer, "DeleteMarker": True, "VersionId": version_id}, []
        tell_deleted(cloud, row)
    return answer, [row["blob"]]


def add_marker(cloud: "Cloud", request: Request, key: str) -> tuple[Answer, list[str | None]]:
    with cloud.store.transaction() as conn:
        dropped, version_id = make_room(cloud, conn, request.params["Bucket"], key)
        row = conn.execute(
            "insert into s3_object (bucket, key, version_id, is_latest, is_marker, size, etag, modified_s,"
            " facts, checksums, tags, part_sizes)"
            " values (?, ?, ?, 1, 1, 0, '', ?, '{}', '{}', '[]', '[]') returning *",
            (request.params["Bucket"], key, version_id, cloud.clock.time()),
        ).fetchone()
        tell_deleted(cloud, row)
    return {"DeleteMarker": True, "VersionId": version_id}, dropped

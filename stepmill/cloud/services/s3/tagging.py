"""Tags and attributes of objects."""

import json
from typing import TYPE_CHECKING

from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.s3.facts import check_tags
from stepmill.cloud.services.s3.reading import modified
from stepmill.cloud.services.s3.tables import NULL_VERSION, SERVICE, find_object, object_arn

if TYPE_CHECKING:
    import sqlite3

    from stepmill.cloud.cloud import Cloud


def named(cloud: "Cloud", request: Request) -> "sqlite3.Row":
    return find_object(
        cloud, request.params["Bucket"], request.params["Key"], request.params.get("VersionId")
    )


def version_of(row: "sqlite3.Row") -> Answer:
    return {} if row["version_id"] == NULL_VERSION else {"VersionId": row["version_id"]}


def replace_tags(cloud: "Cloud", request: Request, tags: list[dict[str, str]]) -> Answer:
    with cloud.store.transaction() as conn:
        row = named(cloud, request)
        conn.execute("update s3_object set tags = ? where seq = ?", (json.dumps(tags), row["seq"]))
    return version_of(row)


@SERVICE.operation("PutObjectTagging", resources=object_arn)
def put_object_tagging(cloud: "Cloud", request: Request) -> Answer:
    return replace_tags(cloud, request, check_tags(request.params["Tagging"]["TagSet"]))


@SERVICE.operation("DeleteObjectTagging", resources=object_arn)
def delete_object_tagging(cloud: "Cloud", request: Request) -> Answer:
    return replace_tags(cloud, request, [])


@SERVICE.operation("GetObjectTagging", resources=object_arn)
def get_object_tagging(cloud: "Cloud", request: Request) -> Answer:
    row = named(cloud, request)
    return {**version_of(row), "TagSet": json.loads(row["tags"])}


@SERVICE.operation("GetObjectAttributes", action="s3:GetObjectAttributes", resources=object_arn)
def get_object_attributes(cloud: "Cloud", request: Request) -> Answer:
    row = named(cloud, request)
    wanted = request.params["ObjectAttributes"]
    answer: Answer = {**version_of(row), "LastModified": modified(row)}
    if "ETag" in wanted:
        answer["ETag"] = row["etag"]
    if "Checksum" in wanted:
        answer["Checksum"] = json.loads(row["checksums"])
    if "ObjectParts" in wanted and (sizes := json.loads(row["part_sizes"])):
        answer["ObjectParts"] = {"TotalPartsCount": len(sizes)}
    if "StorageClass" in wanted:
        answer["StorageClass"] = json.loads(row["facts"]).get("StorageClass", "STANDARD")
    if "ObjectSize" in wanted:
        answer["ObjectSize"] = row["size"]
    return answer

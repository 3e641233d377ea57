"""Buckets: made, listed, looked at, versioned, deleted when empty."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.s3.tables import SERVICE, bucket_arn, find_bucket

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET_NAME = re.compile(r"(?!xn--|sthree-)[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]")
IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")


@SERVICE.operation("CreateBucket", resources=bucket_arn)
def create_bucket(cloud: "Cloud", request: Request) -> Answer:
    name = request.params["Bucket"]
    if not BUCKET_NAME.fullmatch(name) or IP_ADDRESS.fullmatch(name):
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.", BucketName=name)
    region = request.params.get("CreateBucketConfiguration", {}).get("LocationConstraint") or cloud.region
    if region != cloud.region:
        raise AwsError(
            "IllegalLocationConstraintException",
            f"The {region} location constraint is incompatible for the region specific endpoint "
            f"this request was sent to.",
        )
    with cloud.store.transaction() as conn:
        taken = conn.execute("select 1 from s3_bucket where name = ?", (name,)).fetchone()
        # us-east-1 answers a repeated creation by the owner with success; the other regions refuse it.
        if taken and region != "us-east-1":
            raise AwsError(
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
                409,
                BucketName=name,
            )
        conn.execute(
            "insert or ignore into s3_bucket values (?, ?, ?, null)", (name, region, cloud.clock.time())
        )
    return {"Location": f"/{name}"}


@SERVICE.operation("DeleteBucket", resources=bucket_arn)
def delete_bucket(cloud: "Cloud", request: Request) -> Answer:
    name = request.params["Bucket"]
    with cloud.store.transaction() as conn:
        find_bucket(cloud, name)
        if conn.execute("select 1 from s3_object where bucket = ? limit 1", (name,)).fetchone():
            raise AwsError(
                "BucketNotEmpty", "The bucket you tried to delete is not empty", 409, BucketName=name
            )
        conn.execute("delete from s3_bucket where name = ?", (name,))
        conn.execute("delete from s3_document where bucket = ?", (name,))
    return {}


@SERVICE.operation("HeadBucket", action="s3:ListBucket", resources=bucket_arn)
def head_bucket(cloud: "Cloud", request: Request) -> Answer:
    bucket = find_bucket(cloud, request.params["Bucket"])
    return {"BucketRegion": bucket["region"]}


@SERVICE.operation("ListBuckets", action="s3:ListAllMyBuckets")
def list_buckets(cloud: "Cloud", request: Request) -> Answer:
    prefix = request.params.get("Prefix", "")
    rows = cloud.store.query(
        "select * from s3_bucket where substr(name, 1, length(?1)) = ?1 and name > ?2 order by name limit ?3",
        (prefix, request.params.get("ContinuationToken", ""), request.params.get("MaxBuckets", 10_000) + 1),
    )
    limit = request.params.get("MaxBuckets", 10_000)
    shown = rows[:limit]
    answer: Answer = {
        "Buckets": [
            {
                "Name": row["name"],
                "CreationDate": datetime.fromtimestamp(row["created_s"], UTC),
                "BucketRegion": row["region"],
            }
            for row in shown
        ],
        "Owner": owner(cloud),
    }
    if len(rows) > limit:
        answer["ContinuationToken"] = shown[-1]["name"]
    return answer


def owner(cloud: "Cloud") -> dict[str, str]:
    return {"ID": cloud.account, "DisplayName": "owner"}


@SERVICE.operation("GetBucketLocation", resources=bucket_arn)
def get_bucket_location(cloud: "Cloud", request: Request) -> Answer:
    region = find_bucket(cloud, request.params["Bucket"])["region"]
    return {} if region == "us-east-1" else {"LocationConstraint": region}


@SERVICE.operation("PutBucketVersioning", resources=bucket_arn)
def put_bucket_versioning(cloud: "Cloud", request: Request) -> Answer:
    status = request.params["VersioningConfiguration"].get("Status")
    if status not in ("Enabled", "Suspended"):
        raise AwsError(
            "MalformedXML", "The XML you provided was not well-formed: Status is Enabled or Suspended"
        )
    with cloud.store.transaction() as conn:
        find_bucket(cloud, request.params["Bucket"])
        conn.execute("update s3_bucket set versioning = ? where name = ?", (status, request.params["Bucket"]))
    return {}


@SERVICE.operation("GetBucketVersioning", resources=bucket_arn)
def get_bucket_versioning(cloud: "Cloud", request: Request) -> Answer:
    versioning = find_bucket(cloud, request.params["Bucket"])["versioning"]
    return {} if versioning is None else {"Status": versioning}

"""Custom resources: a Lambda function that answers by a signed URL.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

from stepmill.cloud.deploy.errors import ResourceError
from stepmill.cloud.deploy.kind import Aws, Kind, Props
from stepmill.cloud.deploy.scope import Made
from stepmill.cloud.service import AwsError

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

TIMEOUT_S = 3600
_ANSWER_LIMIT_BYTES = 4096 * 4


class CustomResource(Kind):
    type = "Custom::"
    properties = None
    replaces = frozenset({"ServiceToken"})

    def create(self, aws: Aws, _name: str, wanted: Props) -> Made:
        return _ask(aws, "Create", wanted, {"ResourceProperties": dict(wanted)})

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        """The function may answer another physical id: then the old one is deleted by a Delete request."""
        fields = {"ResourceProperties": dict(wanted), "OldResourceProperties": dict(before)}
        changed = _ask(aws, "Update", wanted, {"PhysicalResourceId": made.physical_id, **fields})
        if changed.physical_id != made.physical_id:
            self.delete(aws, made, before)
        return changed

    def delete(self, aws: Aws, made: Made, props: Props) -> None:
        fields = {"PhysicalResourceId": made.physical_id, "ResourceProperties": dict(props)}
        _ask(aws, "Delete", props, fields)


class PlainCustomResource(CustomResource):
    type = "AWS::CloudFormation::CustomResource"


def assets_bucket(cloud: "Cloud") -> str:
    """The bucket that packages and answers of custom resources go through; made when missing."""
    bucket = f"stepmill-assets-{cloud.account}-{cloud.region}"
    try:
        cloud.call("s3", "HeadBucket", {"Bucket": bucket})
    except AwsError:
        place = {"LocationConstraint": cloud.region}
        rest = {} if cloud.region == "us-east-1" else {"CreateBucketConfiguration": place}
        cloud.call("s3", "CreateBucket", {"Bucket": bucket, **rest})
    return bucket


def _ask(aws: Aws, request_type: str, wanted: Props, fields: dict[str, Any]) -> Made:
    token = str(wanted.get("ServiceToken", ""))
    if ":lambda:" not in token:
        raise ResourceError(f"{aws.logical_id}: ServiceToken {token!r} is no Lambda function; name one")
    timeout_s = float(wanted.get("ServiceTimeout", TIMEOUT_S))
    cloud, bucket = aws.cloud, assets_bucket(aws.cloud)
    request_id = str(uuid.uuid4())
    key = f"custom-resources/{request_id}"
    event = {
        "RequestType": request_type,
        "ResponseURL": _signed_put(cloud, bucket, key, int(timeout_s)),
        "StackId": aws.attempt.partition("#")[0],
        "RequestId": request_id,
        "ResourceType": aws.type_name,
        "LogicalResourceId": aws.logical_id,
        "ServiceToken": token,
        **json.loads(json.dumps(fields, default=str)),
    }
    reply = cloud.call("lambda", "Invoke", {"FunctionName": token, "Payload": json.dumps(event).encode()})
    if reply.get("FunctionError"):
        raise ResourceError(f"{aws.logical_id}: {request_type}: {reply['Payload'].read().decode()[:1000]}")
    answer = _await(cloud, bucket, key, timeout_s)
    if answer is None:
        raise ResourceError(
            f"{aws.logical_id}: {request_type}: {token} did not answer ResponseURL within {timeout_s:.0f} s"
        )
    if answer.get("Status") != "SUCCESS":
        reason = answer.get("Reason", "no reason given")
        raise ResourceError(f"{aws.logical_id}: {request_type} failed: {reason}")
    physical_id = answer.get("PhysicalResourceId") or fields.get("PhysicalResourceId") or request_id
    return Made(str(physical_id), answer.get("Data") or {})


def _await(cloud: "Cloud", bucket: str, key: str, timeout_s: float) -> dict[str, Any] | None:
    deadline, nap_s = time.monotonic() + timeout_s, 0.01
    while True:
        try:
            body = cloud.call("s3", "GetObject", {"Bucket": bucket, "Key": key})["Body"]
        except AwsError as error:
            if error.code not in ("NoSuchKey", "404"):
                raise
            if time.monotonic() > deadline:
                return None
            time.sleep(nap_s)
            nap_s = min(nap_s * 1.5, 1.0)
            continue
        text = body.read(_ANSWER_LIMIT_BYTES + 1)
        cloud.call("s3", "DeleteObject", {"Bucket": bucket, "Key": key})
        if len(text) > _ANSWER_LIMIT_BYTES:
            return {"Reason": f"the answer is over {_ANSWER_LIMIT_BYTES} bytes"}
        answer: dict[str, Any] = json.loads(text)
        return answer


class _Signer:
    """`cloud.state(_Signer)`: a client costs a tenth of a second, and signing needs no connection."""

    def __init__(self, cloud: "Cloud") -> None:
        owner = cloud.keyring.owner
        self.client = botocore.session.Session().create_client(
            "s3",
            endpoint_url=cloud.endpoint_url,
            region_name=cloud.region,
            aws_access_key_id=owner.access_key_id,
            aws_secret_access_key=owner.secret_access_key,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )


def _signed_put(cloud: "Cloud", bucket: str, key: str, expires_s: int) -> str:
    client = cloud.state(_Signer).client
    place = {"Bucket": bucket, "Key": key}
    url: str = client.generate_presigned_url(  # type: ignore[attr-defined]  # boto makes it at run time
        "put_object", Params=place, ExpiresIn=expires_s
    )
    return url


KINDS = (CustomResource(), PlainCustomResource())

"""VerifyModel: refuse a model that is not, byte for byte, what was sealed, or that was written a second time.

In:  {"model_uri": str, "manifest_uri": str, "sha256": str}
Out: {"sha256": str}; raises ModelAltered
"""

from typing import TypedDict

from millkit import aws, manifest


class VerifyModelInput(TypedDict):
    model_uri: str
    manifest_uri: str
    sha256: str


class VerifyModelOutput(TypedDict):
    sha256: str


def handler(event: VerifyModelInput, _context: object) -> VerifyModelOutput:
    sha256 = manifest.verify(aws.client("s3"), event["model_uri"], event["manifest_uri"], event["sha256"])
    return {"sha256": sha256}

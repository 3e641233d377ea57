"""CheckData: look at the head of each CSV file, so that a useless one fails before any job is paid for.

In:  {"data_uri": str, "target": str}; the URI of an object or of a folder
Out: {"files": int, "size_bytes": int}; raises DataError, ObjectMissing, StorageFailed
"""

from typing import TypedDict

from millkit import aws, heads


class CheckDataInput(TypedDict):
    data_uri: str
    target: str


class CheckDataOutput(TypedDict):
    files: int
    size_bytes: int


def handler(event: CheckDataInput, _context: object) -> CheckDataOutput:
    found = heads.check(aws.client("s3"), event["data_uri"], event["target"])
    return {"files": found.files, "size_bytes": found.size_bytes}

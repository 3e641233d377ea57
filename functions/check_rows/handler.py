"""CheckRows: look at the head of each CSV file that is to be scored, before any job is paid for.

In:  {"data_uri": str, "schema_uri": str, "preprocess_step": str, "postprocess_step": str}; `schema_uri` is
     the model's schema/features.json. A step may make columns, so that with one a column may be absent
Out: {"files": int, "size_bytes": int}
Raises InputInvalid for a step that was not deployed, DataError, ObjectMissing, StorageFailed
"""

import sys
from typing import TypedDict

from millkit import aws, heads, steps


class CheckRowsInput(TypedDict):
    data_uri: str
    schema_uri: str
    preprocess_step: str
    postprocess_step: str


class CheckRowsOutput(TypedDict):
    files: int
    size_bytes: int


def handler(event: CheckRowsInput, _context: object) -> CheckRowsOutput:
    s3 = aws.client("s3")
    needed = heads.needed(s3, event["schema_uri"], event["preprocess_step"])
    folder = steps.deployed(sys.path)
    steps.check(folder, needed.step, steps.BEFORE, "preprocess_step")
    steps.check(folder, event["postprocess_step"], steps.AFTER, "postprocess_step")
    found = heads.check_rows(s3, event["data_uri"], needed.columns)
    return {"files": found.files, "size_bytes": found.size_bytes}

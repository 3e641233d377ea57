"""CheckData: look at the head of each CSV file, so that a useless one fails before any job is paid for.

In:  {"data_uri": str, "target": str | None, "objects_uri": str, "listed_sha256": str | None,
      "preprocess_step": str | None,
      "settings": {hyperparameters, training_instance_types, tuning} | None}; the URI of an object or of a
     folder; a folder for the list of all files with their versions; the sha256 of an earlier list; a step's
     name; what people may have given in any form. Without a target the files are listed, not looked into
Out: {"files": int, "size_bytes": int, "objects_uri": str, "objects_sha256": str, "unchanged": bool}; the
     list, its sha256, and whether the earlier list, if there is one, says the same
Raises InputInvalid, DataError, ObjectMissing, StorageFailed
"""

import sys
from typing import Any, TypedDict

from millkit import aws, heads, hyperparameters, lineage, steps


class FreeForm(TypedDict):
    hyperparameters: dict[str, Any]
    training_instance_types: list[Any]
    tuning: dict[str, Any] | None


class CheckDataInput(TypedDict):
    data_uri: str
    target: str | None
    objects_uri: str
    listed_sha256: str | None
    preprocess_step: str | None
    settings: FreeForm | None


class CheckDataOutput(TypedDict):
    files: int
    size_bytes: int
    objects_uri: str
    objects_sha256: str
    unchanged: bool


def handler(event: CheckDataInput, _context: object) -> CheckDataOutput:
    if event["settings"] is not None:
        hyperparameters.check(event["settings"])
    if event["preprocess_step"] is not None:
        steps.check(steps.deployed(sys.path), event["preprocess_step"], steps.BEFORE, "preprocess_step")
    s3 = aws.client("s3")
    if event["target"] is not None:
        heads.check(s3, event["data_uri"], event["target"])
    listed = lineage.keep(s3, event["data_uri"], event["objects_uri"])
    return {
        "files": listed.files,
        "size_bytes": listed.size_bytes,
        "objects_uri": listed.uri,
        "objects_sha256": listed.sha256,
        "unchanged": event["listed_sha256"] in (None, listed.sha256),
    }

"""CommitWindow: make a monitored window count, once.

In:  {"endpoint_name": str, "window": int, "execution_arn": str}
Out: {"committed": bool}; false when another execution has committed it
"""

from dataclasses import dataclass
from typing import TypedDict

from millkit import aws, environment, log, windows


class CommitWindowInput(TypedDict):
    endpoint_name: str
    window: int
    execution_arn: str


class CommitWindowOutput(TypedDict):
    committed: bool


@dataclass(frozen=True)
class Settings:
    artifacts_bucket: str


def handler(event: CommitWindowInput, _context: object) -> CommitWindowOutput:
    settings = environment.read(Settings, "stacks/monitoring.yaml")
    layout = windows.Layout(settings.artifacts_bucket, event["endpoint_name"])
    is_mine = windows.commit(aws.client("s3"), layout, event["window"], event["execution_arn"])
    log.info("commit_window", window=event["window"], committed=is_mine)
    return {"committed": is_mine}

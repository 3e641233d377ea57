"""AcquireLock: take the lock that lets one execution at a time change a champion.

In:  {"name": str, "execution_arn": str}
Out: {"acquired": bool, "holder": str, "fencing_token": int};
     `acquired` is false while another running execution has it; ask again later
"""

from dataclasses import dataclass
from typing import TypedDict

from millkit import aws, environment, lock


class AcquireLockInput(TypedDict):
    name: str
    execution_arn: str


class AcquireLockOutput(TypedDict):
    acquired: bool
    holder: str
    fencing_token: int


@dataclass(frozen=True)
class Settings:
    lock_table: str


def handler(event: AcquireLockInput, _context: object) -> AcquireLockOutput:
    settings = environment.read(Settings, "stacks/foundation.yaml")
    hold = lock.acquire(
        aws.client("dynamodb"),
        aws.client("stepfunctions"),
        table=settings.lock_table,
        name=event["name"],
        execution_arn=event["execution_arn"],
    )
    return {"acquired": hold.acquired, "holder": hold.holder, "fencing_token": hold.fencing_token}

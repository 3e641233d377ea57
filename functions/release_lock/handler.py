"""ReleaseLock: give a lock back; only its holder's call has an effect, a second one has none.

In:  {"name": str, "execution_arn": str}
Out: {"acquired": bool, "holder": str, "fencing_token": int};
     `acquired` is always false, `holder` is whoever has it now, empty when it is free
"""

from dataclasses import dataclass
from typing import TypedDict

from millkit import aws, environment, lock


class ReleaseLockInput(TypedDict):
    name: str
    execution_arn: str


class ReleaseLockOutput(TypedDict):
    acquired: bool
    holder: str
    fencing_token: int


@dataclass(frozen=True)
class Settings:
    lock_table: str


def handler(event: ReleaseLockInput, _context: object) -> ReleaseLockOutput:
    settings = environment.read(Settings, "stacks/foundation.yaml")
    hold = lock.release(
        aws.client("dynamodb"),
        table=settings.lock_table,
        name=event["name"],
        execution_arn=event["execution_arn"],
    )
    return {"acquired": hold.acquired, "holder": hold.holder, "fencing_token": hold.fencing_token}

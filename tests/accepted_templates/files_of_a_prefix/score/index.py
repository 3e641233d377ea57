from typing import TypedDict


class Batch(TypedDict):
    keys: list[str]


def handler(event: Batch, context: object) -> list[dict[str, object]]:
    return [{"key": key, "score": len(key) % 10} for key in event["keys"]]

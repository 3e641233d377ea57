from typing import TypedDict


class Picture(TypedDict):
    bucket: str
    key: str
    labels: list[str]


def handler(event: Picture, context: object) -> dict[str, str]:
    return {"thumbnail": event["key"].replace("raw/", "small/")}

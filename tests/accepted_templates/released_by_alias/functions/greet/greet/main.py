from typing import TypedDict


class Person(TypedDict):
    name: str


class Greeting(TypedDict):
    text: str


def handler(event: Person, context: object) -> Greeting:
    return {"text": f"Hello {event['name']}"}

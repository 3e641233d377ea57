def handler(event: dict[str, list[str]], context: object) -> int:
    return len(event["words"])

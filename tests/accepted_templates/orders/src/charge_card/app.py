from typing import Any


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return {"status": "PAID" if event["cents"] > 0 else "FREE"}

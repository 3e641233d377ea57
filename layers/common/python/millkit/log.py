"""Structured logging: one line of JSON for each event, to standard output.

Callers pass names, sizes and outcomes; never the body of an input, a token or a signed URL.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def info(event: str, **facts: Any) -> None:
    """Print `{"level": "INFO", "event": event, ...facts}` as one line."""
    _write("INFO", event, facts)


def error(event: str, **facts: Any) -> None:
    _write("ERROR", event, facts)


def _write(level: str, event: str, facts: dict[str, Any]) -> None:
    line = json.dumps({"level": level, "event": event, **facts}, default=str, ensure_ascii=False)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()

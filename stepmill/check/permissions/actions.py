"""IAM's own data: which actions there are and which resources each takes.

Reads actions.jsonl.gz, which extract.py makes. Only the line of a service that is asked for is parsed.
"""

from __future__ import annotations

import functools
import gzip
import json
from pathlib import Path
from typing import Any

from stepmill.check.records import dataclass

DATA = Path(__file__).with_name("actions.jsonl.gz")


@dataclass(frozen=True, slots=True)
class Action:
    """name: as IAM writes it, such as "s3:GetObject".

    required: ARN patterns, by type, of what each request must be allowed on; optional: of what some are. Both
    empty: the action takes only `*`.
    """

    name: str
    required: dict[str, str]
    optional: dict[str, str]


@functools.cache
def _lines() -> dict[str, str]:
    lines = gzip.decompress(DATA.read_bytes()).decode().split("\n")
    return {line[2 : line.index('"', 2)]: line for line in lines}


@functools.cache
def _data(name: str) -> dict[str, Any]:
    line = _lines().get(name)
    found: dict[str, Any] = json.loads(line)[1] if line else {}
    return found


def prefix_of(sdk_service: str) -> str | None:
    """The IAM prefix of a service as an `aws-sdk:` resource names it; None when it is not known."""
    found: dict[str, str] = _data("sdk")
    return found.get(sdk_service.lower())


def request_of(sdk_service: str, operation: str) -> tuple[str, str] | None:
    """(method, path with {places}) of an operation that IAM knows by these; None of any other."""
    found: dict[str, str] = _data("rest").get(sdk_service.lower(), {})
    method, _, path = found.get(operation[:1].upper() + operation[1:], "").partition(" ")
    return (method, path) if path else None


def sam_template(name: str) -> dict[str, Any] | None:
    """A policy template of SAM: its `parameters` and `statements`."""
    found: dict[str, dict[str, Any]] = _data("sam")
    return found.get(name)


@functools.cache
def _by_lower_name(prefix: str) -> dict[str, str]:
    return {name.lower(): name for name in _data(prefix).get("actions", {})}


def action(name: str) -> Action | None:
    """The action `prefix:Name` in whatever case; None when IAM has none of that name."""
    prefix, _, own = name.partition(":")
    proper = _by_lower_name(prefix.lower()).get(own.lower())
    if proper is None:
        return None
    service = _data(prefix.lower())
    types: list[str] = service["actions"][proper]
    arns: dict[str, str] = service["resources"]
    return Action(
        f"{prefix.lower()}:{proper}",
        {kind[:-1]: arns[kind[:-1]] for kind in types if kind.endswith("!")},
        {kind: arns[kind] for kind in types if not kind.endswith("!")},
    )

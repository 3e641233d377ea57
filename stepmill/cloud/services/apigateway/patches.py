"""Patch operations, in which API Gateway says what an Update changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from stepmill.cloud.service import Request
from stepmill.cloud.services.apigateway.service import bad

Patch = tuple[str, str, str | None]  # op, path, value


def patches_of(request: Request) -> list[Patch]:
    """Raises: AwsError BadRequestException for an `op` that no update knows."""
    found = []
    for one in request.params.get("patchOperations", []):
        op = one.get("op", "replace")
        if op not in ("add", "remove", "replace"):
            raise bad(f"Invalid patch operation {op!r}; must be one of: [add, remove, replace]")
        found.append((op, one.get("path", ""), one.get("value")))
    return found


def apply_plain(data: dict[str, Any], patches: Sequence[Patch], fields: Mapping[str, str]) -> None:
    """Texts that are replaced or removed as a whole. Raises: AwsError for any other path."""
    for patch in patches:
        if not set_plain(data, patch, fields):
            raise unknown(patch)


def set_plain(data: dict[str, Any], patch: Patch, fields: Mapping[str, str]) -> bool:
    """False: the path is none of `fields`."""
    op, path, value = patch
    if path not in fields:
        return False
    if op == "remove" or value is None:
        data.pop(fields[path], None)
    else:
        data[fields[path]] = value
    return True


def unknown(patch: Patch) -> Exception:
    return bad(f"Invalid patch path {patch[1]!r:.100} for {patch[0]}")


def number(patch: Patch) -> float:
    """Raises: AwsError BadRequestException."""
    try:
        return float(patch[2] or "")
    except ValueError:
        raise bad(f"Invalid value {patch[2]!r:.40} for {patch[1]}: not a number") from None


def is_true(patch: Patch) -> bool:
    return str(patch[2]).lower() == "true"

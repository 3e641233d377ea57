"""One page of the registry. A token names the last entry shown: what is added meanwhile shifts nothing."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from stepmill.cloud.services.sagemaker.service import invalid


def page(
    found: list[dict[str, Any]], params: dict[str, Any], name_key: str
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Filtered, sorted and cut as a List request asks, and the NextToken member when there is more.

    Raises: AwsError ValidationException for a token that no page gave.
    """
    by_name = params.get("SortBy", "CreationTime") == "Name"

    def place(one: dict[str, Any]) -> list[Any]:
        name, version = one[name_key].lower(), one.get("ModelPackageVersion", 0)
        return [name, version, one["CreationTime"]] if by_name else [one["CreationTime"], name, version]

    is_falling = params.get("SortOrder", "Descending") == "Descending"
    found = sorted((one for one in found if is_wanted(one, params, name_key)), key=place, reverse=is_falling)
    if "NextToken" in params:
        last = read_token(params["NextToken"], by_name, is_falling)
        found = [one for one in found if (place(one) < last if is_falling else place(one) > last)]
    most = params.get("MaxResults", 10)
    if len(found) <= most:
        return found, {}
    token = json.dumps([by_name, is_falling, place(found[most - 1])])
    return found[:most], {"NextToken": base64.b64encode(token.encode()).decode()}


def is_wanted(one: dict[str, Any], params: dict[str, Any], name_key: str) -> bool:
    after, before = params.get("CreationTimeAfter"), params.get("CreationTimeBefore")
    made = datetime.fromtimestamp(one["CreationTime"], UTC)  # rounded as Describe shows it
    return (
        params.get("NameContains", "").lower() in one[name_key].lower()
        and (after is None or made > after)
        and (before is None or made < before)
    )


def read_token(token: str, by_name: bool, is_falling: bool) -> list[Any]:
    try:
        order_by_name, order_is_falling, last = json.loads(base64.b64decode(token, validate=True))
        kinds = [type(part) for part in last]
    except (ValueError, TypeError):
        order_by_name = order_is_falling = last = None
        kinds = []
    expected = [str, int, float] if by_name else [float, str, int]
    if kinds != expected or (order_by_name, order_is_falling) != (by_name, is_falling):
        raise invalid("NextToken is not one that this List request gave; ask for the first page again")
    return list(last)

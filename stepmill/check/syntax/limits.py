"""Limits that the definition alone tells."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from stepmill.check.rules.limits import DEFINITION_TOO_LARGE, EXPRESS_TOO_LONG, WAIT_TOO_LONG
from stepmill.check.syntax.place import Place

# Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
DEFINITION_CHARACTERS = 1_048_576
YEAR_S = 31_536_000
EXPRESS_S = 300
DEEPEST = 200


def is_deeper(value: Any, levels: int) -> bool:
    """Whether a value is nested so deeply that walks over it would not come back."""
    level = [value]
    for _ in range(levels):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def check_size(place: Place, definition: Any) -> None:
    """Written as closely as JSON can be, so that only what is too large in any form is told."""
    characters = len(json.dumps(definition, ensure_ascii=False, separators=(",", ":")))
    if characters > DEFINITION_CHARACTERS:
        place.tell(
            DEFINITION_TOO_LARGE,
            f"the definition has {characters:,} characters of at most {DEFINITION_CHARACTERS:,}; "
            "move parts into machines of their own",
            is_breaking=False,
        )


def check_wait(place: Place, seconds: Any) -> None:
    """place: of the Wait."""
    if not isinstance(seconds, (int, float)):
        return
    if place.is_express and seconds > EXPRESS_S:
        rule, longest = (
            EXPRESS_TOO_LONG,
            f"an Express execution ends after {EXPRESS_S} s; use a Standard machine",
        )
    elif seconds > YEAR_S:
        rule, longest = WAIT_TOO_LONG, f"an execution ends after {YEAR_S:,} s; wait less"
    else:
        return
    place.tell(rule, f"Seconds is {seconds:,}, but {longest}", at=place.at("Seconds"), is_breaking=False)

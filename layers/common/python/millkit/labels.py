"""Facts as the Model Registry can keep them: its texts are short, and of few kinds of characters.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
(CustomerMetadataProperties: 1 to 256 letters, digits, blanks and _.:/=+-@)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_LENGTH = 256
MARKS = frozenset("_.:/=+-@")
CUT = "..."
NOTHING = "none"


def label(value: str) -> str:
    """The value itself where the registry takes it; else what it refuses as `_`, and what is too long cut."""
    kept = "".join(char if _is_kept(char) else "_" for char in value)
    if len(kept) > MAX_LENGTH:
        kept = kept[: MAX_LENGTH - len(CUT)] + CUT
    return kept or NOTHING


def of_facts(facts: Mapping[str, Any]) -> dict[str, str]:
    """The labels of what came from outside."""
    return {name: label(facts[name]) for name in ("data_uri", "data_version", "target")}


def _is_kept(char: str) -> bool:
    return char in MARKS or char.isalpha() or char.isnumeric() or char == " "

"""A rule: what the checker knows to be wrong, why, and an example of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from stepmill.check.records import dataclass, field

FAILURE, WARNING = "failure", "warning"


@dataclass(frozen=True, slots=True)
class Example:
    """A definition, or with `is_template` a SAM template, with the context it is checked in.

    text: the file as it is written, for what is lost once it is read; `document` is empty then.
    beside: JSON files that lie beside a template, by their paths.
    """

    document: Mapping[str, Any]
    context: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    is_template: bool = False
    text: str = ""
    beside: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Rule:
    """id: kebab-case, unique. line: what is wrong, in one line. paragraph: why it matters and what to do.

    source: the URL of the documentation that says so. bad: an example with exactly this finding and no other;
    good: the nearest one without a finding. The tests run both.
    """

    id: str
    family: str
    severity: str
    line: str
    paragraph: str
    source: str
    bad: Example
    good: Example


def one_state(state: Mapping[str, Any], /, **more: Mapping[str, Any]) -> dict[str, Any]:
    """A machine that begins with the state "Only"; `more` are further states."""
    return {"StartAt": "Only", "States": {"Only": state, **more}}

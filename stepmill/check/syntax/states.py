"""One state: its type, its fields and what belongs to its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepmill.check.rules.fields import FIELD_TYPE, FIELD_UNKNOWN, FIELD_VALUE
from stepmill.check.rules.structure import STATE_TYPE_MISSING, STATE_TYPE_UNKNOWN
from stepmill.check.syntax.choices import check_choices
from stepmill.check.syntax.errors import check_errors, check_timeouts
from stepmill.check.syntax.fields import check_fields, nearest
from stepmill.check.syntax.grammar import STATES
from stepmill.check.syntax.limits import check_wait
from stepmill.check.syntax.maps import check_map
from stepmill.check.syntax.place import Place, is_token, shown
from stepmill.check.syntax.templates import check_texts
from stepmill.check.syntax.values import check_timestamp


def check_state(place: Place, state: Mapping[str, Any], *, has_machine_timeout: bool) -> str:
    """place: of the state, in its language. Returns its type, "" when that is not known."""
    kind = _type(place, state)
    if kind not in STATES:
        return ""
    part = STATES[kind]
    good = check_fields(place, f"a {kind}", state, part)
    is_mixed = any(
        part.fields[name].language not in ("", place.language) for name in state if name in part.fields
    )
    check_errors(place, state)
    if kind == "Choice":
        check_choices(place, state)
    elif kind == "Wait":
        check_timestamp(place, "Timestamp", state.get("Timestamp"))
        if "Seconds" in good:
            check_wait(place, state["Seconds"])
    elif kind == "Task":
        check_timeouts(place, state, good, has_machine_timeout=has_machine_timeout)
    elif kind == "Map":
        check_map(place, state, good)
    elif state.get("Branches") == []:
        place.tell(FIELD_VALUE, "Branches is empty; give at least one branch", at=place.at("Branches"))
    if not is_mixed and (kind != "Task" or "Resource" in good):
        check_texts(place, state)
    return kind


def _type(place: Place, state: Mapping[str, Any]) -> str:
    if "Type" not in state:
        meant = next((name for name in state if nearest(name, ("Type",))), "")
        if meant:
            place.tell(
                FIELD_UNKNOWN,
                f"{meant} is no field of a state; use Type",
                available=["Type"],
                meant="Type",
                at=place.at(meant),
            )
        else:
            place.tell(STATE_TYPE_MISSING, f"Type is missing; give one of {', '.join(STATES)}")
        return ""
    kind = state["Type"]
    if not isinstance(kind, str):
        place.tell(FIELD_TYPE, f"Type is {shown(kind)}; it must be a string", at=place.at("Type"))
        return ""
    if kind not in STATES:
        if is_token(kind):
            place.broken.add(place.holder)
        else:
            place.tell(
                STATE_TYPE_UNKNOWN,
                f"Type is {shown(kind)}; use one of {', '.join(STATES)}",
                available=STATES,
                meant=nearest(kind, STATES),
                at=place.at("Type"),
            )
        return ""
    return kind

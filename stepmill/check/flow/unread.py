"""Pass states whose result nothing reads: most often it was put under another name than the one read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepmill.check.flow.graph import States
from stepmill.check.flow.liveness import WHOLE, Keys, Live, Liveness
from stepmill.check.flow.paths import INPUT, PathSyntax, parse_path
from stepmill.check.flow.scope import Report
from stepmill.check.rules.dead_ends import RESULT_NEVER_READ


def check_unread(states: States, start: str, liveness: Liveness, reports: Mapping[str, Report]) -> None:
    """One scope. Its output counts as read, whoever reads it."""
    sound = [name for name, report in reports.items() if not report.findings.found]
    placed = {name: keys for name in sound if (keys := _place(states[name])) is not None}
    if not placed or liveness.default_language == "JSONata":
        return
    live = liveness.inputs(states, start, WHOLE)
    for name, keys in placed.items():
        target = states[name].get("Next")
        if isinstance(target, str) and target in live and not _is_read(keys, live[target]):
            text = states[name]["ResultPath"]
            read = sorted({f"$.{other[0]}" for other in live[target] if other})
            what = (
                f"puts the result at '{text}', where nothing reads it; correct the path or remove the state"
            )
            pointer = f"{reports[name].pointer}/ResultPath"
            reports[name].tell(RESULT_NEVER_READ, pointer, what, available=read, meant=text)


def _place(state: Any) -> Keys | None:
    """Where a Pass puts what it makes; None when it makes nothing or that is all that goes on."""
    if not isinstance(state, dict) or state.get("Type") != "Pass" or "OutputPath" in state:
        return None
    path = state.get("ResultPath")
    if not isinstance(path, str) or "QueryLanguage" in state:
        return None
    try:
        found = parse_path(path)
    except PathSyntax:
        return None
    return (found.keys or None) if found.root == INPUT else None


def _is_read(keys: Keys, live: Live) -> bool:
    return any(keys[: len(other)] == other or other[: len(keys)] == keys for other in live)

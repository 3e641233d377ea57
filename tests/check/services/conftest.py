"""Tasks as the rules about services see them, from a state as it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from stepmill.check.finding import Finding, Findings
from stepmill.check.services import check_task
from stepmill.check.shapes.shape import NEVER, UNKNOWN, Array, Member, Object, Shape, String, of_value
from stepmill.check.subject import Context, Subject, TaskView

Check = Callable[..., list[Finding]]


def template(raw: Any, known: Mapping[str, Shape], key: str = "") -> Shape:
    """What a template gives: a path or expression is what `known` says of its text, or unknown."""
    if key.endswith(".$") or (isinstance(raw, str) and raw.startswith("{%")):
        return known.get(raw, UNKNOWN)
    if isinstance(raw, dict):
        return Object(
            {name.removesuffix(".$"): Member(template(it, known, name)) for name, it in raw.items()}
        )
    if isinstance(raw, list):
        items = tuple(template(item, known) for item in raw)
        return Array(NEVER, items, len(items), len(items))
    if isinstance(raw, str) and "${" in raw:
        return known.get(raw, String())
    return of_value(raw)


@pytest.fixture(name="check")
def fixture_check() -> Check:
    """check(resource, parameters, known={path: shape}, context=…, kind=…, **fields of the state)."""

    def check(
        resource: str,
        parameters: Any = None,
        *,
        known: Mapping[str, Shape] | None = None,
        context: Context | None = None,
        kind: str = "STANDARD",
        inside: str = "",
        field: str = "Parameters",
        **fields: Any,
    ) -> list[Finding]:
        arn = resource if resource.startswith(("arn:", "$", "{")) else f"arn:aws:states:::{resource}"
        state = {"Type": "Task", "Resource": arn, **fields, "End": True}
        if parameters is not None:
            state[field] = parameters
        machine: dict[str, Any] = {"StartAt": "Only", "States": {"Only": state}}
        at = "/States/Only"
        if inside:
            processor = {"ProcessorConfig": {"Mode": inside}, **machine}
            machine = {
                "StartAt": "Each",
                "States": {"Each": {"Type": "Map", "ItemProcessor": processor, "End": True}},
            }
            at = f"/States/Each/ItemProcessor{at}"
        subject = Subject(machine, kind=kind, context=context or Context())  # type: ignore[arg-type]
        findings = Findings()
        arguments = template(parameters if parameters is not None else {}, known or {})
        check_task(TaskView("Only", at, state, arguments, subject, is_in_map=bool(inside)), findings)
        return findings.found

    return check

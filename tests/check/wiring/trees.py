"""Small templates, and what is found in them."""

import json
from pathlib import Path
from typing import Any

from stepmill.check.finding import Finding
from stepmill.check.reading.context import parse_context
from stepmill.check.reading.template import Template
from stepmill.check.wiring.template import check_wiring

Short = tuple[str, str, str]
SAM = "AWS::Serverless-2016-10-31"
PASS = {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}}


def found(
    resources: dict[str, Any], folder: Path = Path(), *, inputs: Any = None, **sections: Any
) -> list[Finding]:
    document = {"Transform": SAM, **sections, "Resources": resources}
    given = parse_context({"inputs": inputs or {}})
    return check_wiring(Template(folder / "template.json", document), given.inputs)


def short(findings: list[Finding]) -> list[Short]:
    return [(finding.rule, finding.severity, finding.pointer) for finding in findings]


def function(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Serverless::Function", "Properties": {"InlineCode": "", **properties}}


def machine(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": PASS, **properties}}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def written(folder: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder

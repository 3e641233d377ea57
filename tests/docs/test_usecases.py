"""docs/usecases.md: its table of fields is the model's, its examples are right."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stepmill.cli.usecase.model import UseCase
from stepmill.cli.usecase.reading import read
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs/usecases.md"
KINDS = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false"}
BOUNDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}


def fields_table() -> str:
    schema = UseCase.model_json_schema()
    rows = [f"| `{name}` | {allowed} | {meaning} |" for name, allowed, meaning in _rows(schema, schema, "")]
    return "\n".join(["| field | value | what |", "|---|---|---|", *rows, ""])


def _rows(schema: dict[str, Any], section: dict[str, Any], where: str) -> Iterator[tuple[str, str, str]]:
    for name, facts in section["properties"].items():
        own = next((one for one in facts.get("anyOf", [facts]) if one.get("type") != "null"), facts)
        inner = own.get("$ref") or _of_names(own).get("$ref")
        place = f"{where}{name}" + (".NAME" if _of_names(own).get("$ref") else "")
        if "description" in facts:
            required = ", required" if name in section.get("required", []) else ""
            meaning = facts["description"].replace("<", "&lt;").replace(">", "&gt;")
            yield f"{where}{name}", _value(own) + required, meaning
        if inner:
            yield from _rows(schema, schema["$defs"][inner.rpartition("/")[2]], f"{place}.")


def _of_names(facts: dict[str, Any]) -> dict[str, Any]:
    """What stands under each name of a mapping."""
    found: Any = [*facts.get("patternProperties", {}).values(), facts.get("additionalProperties")][0]
    return found if isinstance(found, dict) else {}


def _value(facts: dict[str, Any]) -> str:
    if "$ref" in facts:
        return "mapping"
    if "enum" in facts:
        return ", ".join(f"`{one}`" for one in facts["enum"])
    if facts.get("type") == "array":
        return "list of texts"
    if "type" not in facts:
        return "text or number"
    if facts.get("type") == "object":
        inner = _of_names(facts)
        return f"mapping to {_value(inner)}" if "enum" in inner else "mapping"
    bounds = [f"{words} {facts[name]:.10g}" for name, words in BOUNDS.items() if name in facts]
    return " ".join([KINDS[facts["type"]], *bounds])


def test_the_table_of_fields_is_that_of_the_model() -> None:
    shown = re.search(r"<!-- fields: begin .*?-->\n(.*?)<!-- fields: end", PAGE.read_text(), re.DOTALL)
    assert shown is not None
    assert shown[1] == fields_table()


def test_a_use_case_of_the_page_is_right(tmp_path: Path) -> None:
    whole = [block.text for block in blocks(PAGE) if block.language == "yaml" and "target:" in block.text]
    assert len(whole) == 1
    (tmp_path / "houses.yaml").write_text(whole[0])
    assert read(tmp_path / "houses.yaml").target == "price"


def test_a_part_of_a_use_case_of_the_page_fits_into_one() -> None:
    parts = [
        yaml.safe_load(block.text)
        for block in blocks(PAGE)
        if block.language == "yaml" and "target:" not in block.text
    ]
    for part in parts:
        variants = {"a": {"algorithm": "xgboost"}}
        UseCase.model_validate({"target": "a", "rmse_limit": 1, "variants": variants, **part})
    assert len(parts) == 2


@pytest.mark.parametrize("name", ["cars", "diamonds"])
def test_an_example_names_the_schema_for_editors(name: str) -> None:
    path = ROOT / "examples" / name / "usecase.yaml"
    said = path.read_text().splitlines()[0].partition("$schema=")[2]
    assert (path.parent / said).resolve() == ROOT / "docs/usecase.schema.json"


def test_the_input_of_the_container_is_one_that_the_machine_takes() -> None:
    from statemachines import training
    from stepmill.asl import inputs

    given = json.loads((ROOT / "examples/byoc/training.json").read_text())
    assert inputs.check(training.Input, given) == []

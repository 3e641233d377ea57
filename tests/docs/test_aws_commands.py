"""What pages have people type for AWS is what AWS takes: operations, their options, and files of JSON."""

import json

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import ServiceModel
from botocore.validate import validate_parameters
from samtranslator.yaml_helper import yaml_parse

from tests.docs.pages import ROOT, blocks
from tests.docs.test_commands import TYPED

# Commands of the aws CLI that are no operations, and options that it adds to all or one of them.
CUSTOM = {"s3"}
OF_ALL = {"output", "query", "region", "profile"}
HOISTED = {"asset-bundle-import-source-bytes": "asset-bundle-import-source"}
LINES = [words[1:] for _, words in TYPED if words[:1] == ["aws"] and words[1] not in CUSTOM]


def model_of(service: str) -> ServiceModel:
    return ServiceModel(botocore.session.get_session().get_service_data(service), service)


@pytest.mark.parametrize("words", LINES, ids=lambda words: " ".join(words[:2]))
def test_a_command_names_an_operation_and_all_that_it_requires(words: list[str]) -> None:
    service, command, *rest = words
    model = model_of(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    assert command in operations
    shape = model.operation_model(operations[command]).input_shape
    assert shape is not None
    known = {xform_name(name, "-"): name for name in shape.members}
    flags = {word.removeprefix("--") for word in rest if word.startswith("--")}
    given = {HOISTED.get(flag, flag) for flag in flags - OF_ALL}
    assert given <= set(known)
    assert {xform_name(name, "-") for name in shape.required_members} <= given


def test_the_commands_of_dashboards_are_among_them() -> None:
    shown = {words[1] for words in LINES if words[0] == "quicksight"}
    assert shown == {
        "create-ingestion",
        "start-asset-bundle-export-job",
        "describe-asset-bundle-export-job",
        "start-asset-bundle-import-job",
        "describe-asset-bundle-import-job",
    }


def test_the_permissions_of_a_bundle_are_those_of_the_stack() -> None:
    """Also the shape that QuickSight's API takes."""
    shown = [block.text for block in blocks(ROOT / "docs/insight.md") if block.language == "json"]
    [given] = [one for one in map(json.loads, shown) if "DataSources" in one]
    shape = model_of("quicksight").shape_for("AssetBundleImportJobOverridePermissions")
    validate_parameters(given, shape)
    ours = {kind: [line["Permissions"]["Actions"] for line in lines] for kind, lines in given.items()}
    resources = yaml_parse((ROOT / "stacks/dashboards.yaml").read_text())["Resources"].values()
    for kind, one in (
        ("DataSources", "DataSource"),
        ("DataSets", "DataSet"),
        ("Analyses", "Analysis"),
        ("Dashboards", "Dashboard"),
    ):
        made = [one_of["Properties"] for one_of in resources if one_of["Type"] == f"AWS::QuickSight::{one}"]
        assert made
        assert [[line["Actions"] for line in one_of["Permissions"]] for one_of in made] == [ours[kind]] * len(
            made
        )

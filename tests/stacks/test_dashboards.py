"""The optional QuickSight stack: its data sets fit the tables, and nobody but two groups may look."""

import re
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.deploy.things import CAPABILITIES, parameters

from .deployment import ROOT, Stack

SOURCE = (ROOT / "stacks/dashboards.yaml").read_text()
PARAMETERS = {"ReaderGroup": "readers", "AuthorGroup": "authors", "DatabaseName": "d", "WorkGroupName": "w"}
TYPES = {"string": "STRING", "int": "INTEGER", "double": "DECIMAL", "boolean": "BOOLEAN"}


@pytest.fixture(scope="module")
def resources() -> dict[str, dict[str, Any]]:
    """Of the stack, as they are written."""
    found: dict[str, dict[str, Any]] = yaml_parse(SOURCE)["Resources"]
    return found


def test_they_are_off_unless_both_groups_are_named() -> None:
    template = yaml_parse((ROOT / "template.yaml").read_text())
    assert template["Resources"]["Dashboards"]["Condition"] == "WithDashboards"
    names = ("DashboardReaders", "DashboardAuthors")
    assert [template["Parameters"][name]["Default"] for name in names] == ["", ""]
    unset = [{"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]} for name in names]
    assert template["Conditions"]["WithDashboards"] == {"Fn::And": unset}


def test_only_the_two_groups_are_let_in(resources: dict[str, dict[str, Any]]) -> None:
    stack = Stack("aws-us-gov", "stacks/dashboards.yaml", PARAMETERS)
    group = "arn:aws-us-gov:quicksight:us-gov-west-1:123456789012:group/default/"
    found = {
        name: [stack.resolve(one["Principal"]) for one in resource["Properties"]["Permissions"]]
        for name, resource in resources.items()
        if resource["Type"] != "AWS::QuickSight::RefreshSchedule"
    }
    authors = [f"{group}authors"]
    assert found == {
        "Source": authors,
        "Drift": authors,
        "Requests": authors,
        "Insight": authors,
        "InsightDashboard": [f"{group}readers", *authors],
    }


def test_authors_change_data_sets_analysis_and_dashboard_and_readers_nothing(
    resources: dict[str, dict[str, Any]],
) -> None:
    changing = re.compile("quicksight:(Update|Delete|Create|Cancel|Restore)")
    found = {
        name: [
            sorted(action.removeprefix("quicksight:") for action in one["Actions"] if changing.match(action))
            for one in resource["Properties"]["Permissions"]
        ]
        for name, resource in resources.items()
        if resource["Type"] != "AWS::QuickSight::RefreshSchedule"
    }
    data_set = ["CancelIngestion", "CreateIngestion", "DeleteDataSet", "UpdateDataSet"]
    dashboard = ["DeleteDashboard", "UpdateDashboard", "UpdateDashboardPermissions"]
    assert found == {
        "Source": [[]],
        "Drift": [[*data_set, "UpdateDataSetPermissions"]],
        "Requests": [[*data_set, "UpdateDataSetPermissions"]],
        "Insight": [["DeleteAnalysis", "RestoreAnalysis", "UpdateAnalysis", "UpdateAnalysisPermissions"]],
        "InsightDashboard": [[], [*dashboard, "UpdateDashboardPublishedVersion"]],
    }


def test_data_sets_are_held_in_spice_and_refreshed_every_day(resources: dict[str, dict[str, Any]]) -> None:
    modes = {name: resources[name]["Properties"]["ImportMode"] for name in ("Drift", "Requests")}
    assert modes == {"Drift": "SPICE", "Requests": "SPICE"}
    schedules = [one for one in resources.values() if one["Type"] == "AWS::QuickSight::RefreshSchedule"]
    assert [one["Properties"]["Schedule"]["ScheduleFrequency"]["Interval"] for one in schedules] == [
        "DAILY"
    ] * 2


def test_the_drift_data_set_has_the_columns_of_its_table(resources: dict[str, dict[str, Any]]) -> None:
    insight = yaml_parse((ROOT / "stacks/insight.yaml").read_text())["Resources"]["Violations"]["Properties"]
    table = insight["TableInput"]
    wanted = [*table["PartitionKeys"], *table["StorageDescriptor"]["Columns"]]
    relation = resources["Drift"]["Properties"]["PhysicalTableMap"]["violations"]["RelationalTable"]
    assert [(one["Name"], one["Type"]) for one in relation["InputColumns"]] == [
        (one["Name"], TYPES[one["Type"]]) for one in wanted
    ]


def test_visuals_name_columns_of_their_data_sets(resources: dict[str, dict[str, Any]]) -> None:
    drift = resources["Drift"]["Properties"]["PhysicalTableMap"]["violations"]["RelationalTable"]
    requests = resources["Requests"]["Properties"]["PhysicalTableMap"]["requests"]["CustomSql"]
    there = {("drift", one["Name"]) for one in drift["InputColumns"]}
    there |= {("requests", one["Name"]) for one in requests["Columns"]}
    named = set(re.findall(r"DataSetIdentifier: (\w+), ColumnName: (\w+)", SOURCE))
    assert named
    assert named <= there


def test_analysis_and_dashboard_show_the_same(resources: dict[str, dict[str, Any]]) -> None:
    definitions = [resources[name]["Properties"]["Definition"] for name in ("Insight", "InsightDashboard")]
    assert definitions[0] == definitions[1]


def test_the_embedded_cloud_refuses_them_by_name(tmp_path: Path) -> None:
    cloud = Cloud.start(tmp_path / "root", port=0)
    try:
        params = {"StackName": "dashboards", "TemplateBody": SOURCE, "Parameters": parameters(PARAMETERS)}
        with pytest.raises(AwsError, match=r"Type 'AWS::QuickSight::DataSource' is not known here"):
            cloud.call("cloudformation", "CreateStack", {**params, "Capabilities": CAPABILITIES})
    finally:
        cloud.close()

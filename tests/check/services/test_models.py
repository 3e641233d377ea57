"""botocore's model files, and the extracts kept of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stepmill.check.services import cache, models


@pytest.fixture(name="place", autouse=True)
def fixture_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    models.operation.cache_clear()
    yield tmp_path / "stepmill" / "models" / models.version()
    models.operation.cache_clear()


def test_an_operation_has_its_shapes_and_no_others() -> None:
    found = models.operation("ssm", "getParameter")
    assert found is not None
    assert (found.name, found.input, found.output, found.streams) == (
        "GetParameter",
        "GetParameterRequest",
        "GetParameterResult",
        False,
    )
    assert sorted(found.shapes) == [
        "Boolean",
        "DateTime",
        "GetParameterRequest",
        "GetParameterResult",
        "PSParameterName",
        "PSParameterSelector",
        "PSParameterValue",
        "PSParameterVersion",
        "Parameter",
        "ParameterDataType",
        "ParameterType",
        "String",
    ]
    assert found.shapes["GetParameterRequest"]["required"] == ["Name"]


def test_what_the_sdk_makes_up_is_not_required() -> None:
    found = models.operation("emrserverless", "startJobRun")
    assert found is not None
    assert "clientToken" not in found.shapes[found.input]["required"]


@pytest.mark.parametrize(
    ("service", "action"), [("nowhere", "getParameter"), ("ssm", "GetParameter"), ("ssm", "get")]
)
def test_what_does_not_exist_is_none(service: str, action: str) -> None:
    assert models.operation(service, action) is None


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("logs", "cloudwatchlogs"),
        ("stepfunctions", "sfn"),
        ("events", "eventbridge"),
        ("cognito-idp", "cognitoidentityprovider"),
        ("elbv2", "elasticloadbalancingv2"),
        ("emr-serverless", "emrserverless"),
        ("nowhere", None),
    ],
)
def test_a_service_is_found_by_the_name_botocore_gives_it(called: str, name: str | None) -> None:
    assert models.service_for(called) == name


@pytest.mark.parametrize(
    "service", ["sfn", "cloudwatchlogs", "ds", "directory", "elasticsearch", "simpledb", "b2bi"]
)
def test_the_table_of_folders_agrees_with_the_models(service: str) -> None:
    expected = "" if service == "ds" else service
    assert models.service_id(service) == expected


def test_an_extract_is_kept_and_read_again(place: Path) -> None:
    first = models.operation("ssm", "getParameter")
    assert [path.name for path in place.iterdir()] == ["ssm.getParameter.json"]
    models.operation.cache_clear()
    assert models.operation("ssm", "getParameter") == first


def test_the_kept_extract_is_what_is_read(place: Path) -> None:
    models.operation("ssm", "getParameter")
    path = place / "ssm.getParameter.json"
    extract = json.loads(path.read_text())
    extract["shapes"]["GetParameterRequest"]["members"] = {}
    path.write_text(json.dumps(extract))
    models.operation.cache_clear()
    found = models.operation("ssm", "getParameter")
    assert found is not None
    assert found.shapes["GetParameterRequest"]["members"] == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"name": "GetParameter", "input": "A", "output": "", "shapes": {}}',
        '{"name": "GetParameter", "input": "A", "output": "", "shapes": {"A": 5}}',
        '{"name": "GetParameter", "input": "A", "output": "",'
        ' "shapes": {"A": {"type": "list", "member": "B"}}}',
        '{"name": "GetParameter", "input": "A", "output": "",'
        ' "shapes": {"A": {"type": "structure", "members": {}, "required": 5}}}',
        '{"name": "PutParameter", "input": "", "output": "", "shapes": {}}',
    ],
)
def test_a_spoilt_extract_is_made_again(place: Path, text: str) -> None:
    first = models.operation("ssm", "getParameter")
    (place / "ssm.getParameter.json").write_text(text)
    models.operation.cache_clear()
    assert models.operation("ssm", "getParameter") == first


def test_a_folder_that_cannot_be_written_is_no_hindrance(place: Path) -> None:
    place.parent.parent.mkdir()
    place.parent.write_text("a file is in the way")
    assert models.operation("ssm", "getParameter") is not None


def test_no_more_is_kept_than_the_limit(place: Path) -> None:
    place.mkdir(parents=True)
    for number in range(cache.FILES_LIMIT):
        (place / f"x.{number}.json").touch()
    assert models.operation("ssm", "getParameter") is not None
    assert len(list(place.iterdir())) == cache.FILES_LIMIT


def test_an_extract_that_is_too_large_is_not_kept(place: Path) -> None:
    cache.write(models.version(), "ssm", "getParameter", {"name": "x" * cache.SIZE_LIMIT_BYTES})
    assert not place.exists()


def test_a_file_that_is_too_large_is_not_read(place: Path) -> None:
    place.mkdir(parents=True)
    (place / "ssm.getParameter.json").write_text(json.dumps({"name": "x" * cache.SIZE_LIMIT_BYTES}))
    assert cache.read(models.version(), "ssm", "getParameter") is None


def test_the_extracts_of_three_versions_are_kept(place: Path) -> None:
    for number, version in enumerate(["1.1", "1.2", "1.3"]):
        old = place.parent / version
        old.mkdir(parents=True)
        (old / "ssm.getParameter.json").touch()
        os.utime(old, (number, number))
    models.operation("ssm", "getParameter")
    assert sorted(path.name for path in place.parent.iterdir()) == ["1.2", "1.3", models.version()]


@pytest.mark.parametrize("name", ["../../evil", "a/b", "", "a\x00"])
def test_a_name_never_leads_out_of_the_folder(place: Path, name: str) -> None:
    cache.write(models.version(), "ssm", name or "../x", {"name": "x"})
    assert cache.read(models.version(), "ssm", name or "../x") is None
    assert not place.exists()


def test_no_home_is_no_hindrance_and_botocore_is_not_imported() -> None:
    script = (
        "import sys; from stepmill.check.services import models;"
        "assert models.operation('ssm', 'getParameter'); print('botocore' in sys.modules)"
    )
    environment = {
        name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CACHE_HOME")
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "False\n")


def test_a_service_has_the_errors_of_its_model(place: Path) -> None:
    found = models.operation("sagemaker", "describeEndpoint")
    models.operation.cache_clear()
    again = models.operation("sagemaker", "describeEndpoint")
    assert found is not None
    assert again == found
    assert {"ResourceLimitExceeded", "ResourceNotFound"} <= set(found.errors)

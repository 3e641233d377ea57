"""What the deployment machine takes, from its input and from the version, and how it refuses the rest."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from stepmill.asl import Machine
from stepmill.asl.loading import load
from stepmill.engine.errors import TaskFailure

from .deployment_aws import FACTS, package
from .running import Run, assert_champion_untouched, compiled
from .test_training_input import FLEET
from .training_aws import PACKAGE

GIVEN = {"model_package_arn": PACKAGE}
NUMBERS = ("min_instances", "max_instances", "invocations_per_instance", "canary_percent", "bake_s")
AT_ONCE = [
    ("model_package_arn", None, "null; give the ARN of a model package"),
    ("model_package_arn", "stepmill-prod/2", '"stepmill-prod/2"; give the ARN of a model package'),
    ("on_approval", "yes", '"yes"; give true or false'),
    ("poll_interval_s", 0.5, "0.5; give a whole number of at least 1 and below 3601"),
    ("poll_interval_s", 1.5, "1.5; give a whole number of at least 1 and below 3601"),
    ("lock_looks", 301, "301; give a whole number of at least 0 and below 301"),
]
WITH_PACKAGE = [
    ("endpoint_name", "", '""; give a text'),
    ("parameter_prefix", "x", '"x"; give a path that begins with /'),
    ("endpoint_instance_type", 1, "1; give a text"),
    ("alarms", "errors", '"errors"; give a list such as [{"AlarmName": "..."}]'),
    ("alarms", ["errors"], '["errors"]; give a list such as [{"AlarmName": "..."}]'),
    ("alarms", None, 'null; give a list such as [{"AlarmName": "..."}]'),
    ("alarms", [{"AlarmName": 1}], '[{"AlarmName":1}]; give a list such as [{"AlarmName": "..."}]'),
    ("alarms", {}, '{}; give a list such as [{"AlarmName": "..."}]'),
    (
        "alarms",
        {"AlarmName": "mine"},
        '{"AlarmName":"mine"}; give a list such as [{"AlarmName": "..."}]',
    ),
    *FLEET,
]
WRONG = [*AT_ONCE, *WITH_PACKAGE]
IDS = [f"{row[0]}-{row[1]}" for row in WRONG]


@pytest.mark.parametrize(("field", "value", "message"), WRONG, ids=IDS)
def test_refuses_a_wrong_field_by_name_and_value(
    deploy: Run, field: str, value: object, message: str
) -> None:
    ran = deploy(GIVEN | {field: value})
    assert (ran.status, ran.error) == ("FAILED", "InputInvalid")
    assert ran.cause == f"deployment: input.{field} is {message}"
    looked = (field, value, message) in WITH_PACKAGE
    assert list(ran.requests) == (["DescribePackage"] if looked else [])


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_a_version_that_is_not_approved_is_not_deployed(deploy: Run, status: str) -> None:
    ran = deploy(DescribePackage=package(status))
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == (
        "NotApproved",
        f"package {PACKAGE}: is {status}, not Approved; approve it in the Model Registry, and it is deployed",
    )
    assert list(ran.requests) == ["DescribePackage", "ReleaseAfterFailure"]


def test_a_version_that_is_rejected_while_its_deployment_waits_is_not_deployed(deploy: Run) -> None:
    """Row 42: the last look is after the lock, before anything is changed."""
    ran = deploy(LookAgain=package("Rejected"))
    assert_champion_untouched(ran)
    assert ran.error == "NotApproved"
    assert "CreateEndpointConfig" not in ran.states


def test_a_version_without_a_status_is_not_deployed(deploy: Run) -> None:
    described = package()
    del described["ModelApprovalStatus"]
    ran = deploy(DescribePackage=described)
    assert ran.cause == (
        f"package {PACKAGE}: has no approval status; approve it in the Model Registry, and it is deployed"
    )


@pytest.mark.parametrize("fact", FACTS)
def test_a_version_that_no_training_has_registered_is_refused_with_what_it_has(
    deploy: Run, fact: str
) -> None:
    described = package()
    del described["CustomerMetadataProperties"][fact]
    ran = deploy(DescribePackage=described)
    assert_champion_untouched(ran)
    assert ran.error == "PackageUnknown"
    assert ran.cause is not None
    assert ran.cause.startswith(
        f"package {PACKAGE}: lacks what the training machine registers, such as metadata run_uri, "
        'schema_uri, manifest_uri, manifest_sha256; it has {"ModelPackageArn":'
    )


@pytest.mark.parametrize("value", ["two", "", "NaN", "1e999", "1,5", "'"])
@pytest.mark.parametrize("name", NUMBERS)
def test_a_setting_that_people_have_registered_as_no_number_is_told(
    deploy: Run, name: str, value: str
) -> None:
    ran = deploy(DescribePackage=package(**{name: value}))
    assert_champion_untouched(ran)
    told = ", ".join(f"{each} is {value if each == name else FACTS[each]}" for each in NUMBERS)
    assert (ran.error, ran.cause) == (
        "PackageUnknown",
        f"package {PACKAGE}: its metadata must be numbers, but {told}; mend them, or register it by a "
        "training",
    )


@pytest.mark.parametrize("value", ["null", "true", "[1]", '{"a": 1}', '"2"', "0", "1.5"])
def test_a_setting_of_another_kind_is_refused_like_an_input(deploy: Run, value: str) -> None:
    ran = deploy(DescribePackage=package(min_instances=value))
    shown = value.replace(": ", ":")
    assert (ran.error, ran.cause) == (
        "InputInvalid",
        f"deployment: input.min_instances is {shown}; give a whole number of at least 1 and below 1001",
    )


def test_refuses_an_input_that_is_no_object(deploy: Run) -> None:
    ran = deploy([PACKAGE])
    assert (ran.error, ran.cause) == ("InputInvalid", f'deployment: input is ["{PACKAGE}"]; give an object')


@pytest.mark.parametrize("gone", ["InferenceSpecification", "CustomerMetadataProperties"])
def test_a_version_without_a_container_or_facts_is_refused(deploy: Run, gone: str) -> None:
    described = package()
    del described[gone]
    assert deploy(DescribePackage=described).error == "PackageUnknown"


def test_a_version_that_has_gone_is_told_by_its_name(deploy: Run) -> None:
    gone = TaskFailure("SageMaker.SageMakerException", f"ModelPackage {PACKAGE} does not exist.")
    ran = deploy(DescribePackage=gone)
    assert_champion_untouched(ran)
    assert ran.cause == f"ModelPackage {PACKAGE} does not exist."


@pytest.mark.parametrize("state", ["VerifyModel", "VerifyAgain"])
def test_a_model_that_is_not_what_was_sealed_is_not_deployed(deploy: Run, state: str) -> None:
    """M9: before the lock, and once more before it is served."""
    cause = '{"errorMessage": "s3://m: sha256 is 1, sealed was 2", "errorType": "ModelAltered"}'
    ran = deploy(**{state: TaskFailure("ModelAltered", cause)})
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == ("ModelAltered", "s3://m: sha256 is 1, sealed was 2")
    assert "CreateEndpointConfig" not in ran.states


@pytest.fixture(scope="module")
def machine() -> Machine:
    built = load(Path(__file__).parents[2] / "statemachines" / "deployment.py")
    assert built is not None
    return built


def test_the_compiled_file_is_what_the_source_says(machine: Machine) -> None:
    assert machine.to_json() == compiled("deployment").read_text()


@pytest.mark.parametrize(("field", "value"), [row[:2] for row in WRONG if row[1] is not None])
def test_the_input_model_refuses_what_the_machine_refuses(machine: Machine, field: str, value: Any) -> None:
    problems = machine.check_input(GIVEN | {field: value})
    assert {problem.field.split(".")[0] for problem in problems} == {field}


def test_the_machine_checks_every_field_of_the_input_model(machine: Machine) -> None:
    assert machine.input is not None
    assert {row[0] for row in WRONG} == {field.name for field in dataclasses.fields(machine.input)}

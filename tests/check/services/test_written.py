"""Which keys the machines of a template write, and that others are told where they are read."""

from pathlib import Path
from typing import Any

import pytest

from stepmill.check.checker import check_machine
from stepmill.check.finding import Finding
from stepmill.check.reading.template import Template
from stepmill.check.services.written import keys_written
from stepmill.check.subject import Context, Subject
from stepmill.check.templates import written_in
from tests.check.flow.machines import END, machine, reads

KEPT = "sagemaker:describeModelPackage.CustomerMetadataProperties"
KEYS = frozenset({"rmse", "run"})
SDK = "arn:aws:states:::aws-sdk:sagemaker:"


def register(call: str = "createModelPackage", **parameters: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"{SDK}{call}", "Parameters": parameters, "End": True}


METADATA = {"rmse.$": "$.rmse", "run": "r"}
WRITES = machine("Register", {"Register": register(CustomerMetadataProperties=METADATA)})
UPDATES = machine(
    "Each",
    {
        "Each": {
            "Type": "Map",
            "ItemProcessor": machine(
                "Update",
                {"Update": register("updateModelPackage", CustomerMetadataProperties={"reviewed": "yes"})},
            ),
            "End": True,
        }
    },
)


def test_the_keys_of_all_machines_count_inside_of_a_map_too() -> None:
    assert keys_written([WRITES, UPDATES, END]) == {KEPT: frozenset({"rmse", "run", "reviewed"})}


@pytest.mark.parametrize(
    "parameters",
    [
        {"CustomerMetadataProperties.$": "$.metadata"},
        {"CustomerMetadataProperties": "{% $metadata %}"},
    ],
    ids=["path", "expression"],
)
def test_nothing_is_known_when_one_machine_may_write_any_key(parameters: dict[str, Any]) -> None:
    assert keys_written([WRITES, machine("Any", {"Any": register(**parameters)})]) == {}


def test_nothing_is_known_when_no_machine_writes_or_a_function_may() -> None:
    assert keys_written([machine("None", {"None": register()})]) == {}
    assert keys_written([WRITES], ["client.create_model_package(**request)"]) == {}
    assert keys_written([WRITES], ["client.describe_model_package(**request)"]) != {}


def test_the_code_of_a_templates_functions_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "register.py").write_text("def handler(event, _):\n    sagemaker.create_model_package()\n")
    machine_of = {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": WRITES}}
    function = {"CodeUri": ".", "Handler": "register.handler", "Runtime": "python3.12"}
    register_of = {"Type": "AWS::Serverless::Function", "Properties": function}
    template = tmp_path / "template.yaml"

    alone = Template(template, {"Resources": {"Machine": machine_of}})
    beside = Template(template, {"Resources": {"Machine": machine_of, "Register": register_of}})

    assert written_in(alone) == {KEPT: frozenset({"rmse", "run"})}
    assert written_in(beside) == {}


def read(then: str, *, rule: dict[str, Any] | None = None, written: frozenset[str] = KEYS) -> list[Finding]:
    """What is found in a machine that describes a package, chooses by the rule and reads `then`."""
    describe = {**register("describeModelPackage", ModelPackageName="cars"), "TimeoutSeconds": 60}
    del describe["End"]
    states: dict[str, Any] = {"Describe": {**describe, "Next": "Read"}, "Read": reads(then)}
    if rule is not None:
        states["Describe"]["Next"] = "Choose"
        choices = [{**rule, "Next": "End"}]
        states |= {"Choose": {"Type": "Choice", "Choices": choices, "Default": "Read"}, "End": END}
    context = Context(written={KEPT: written} if written else {})
    return check_machine(Subject(machine("Describe", states), context=context)).found


def test_a_key_that_is_written_may_be_read() -> None:
    assert read("$.CustomerMetadataProperties.rmse") == []


def test_a_key_that_no_machine_writes_is_told_where_it_is_read() -> None:
    (finding,) = read("States.Format('{}', $.CustomerMetadataProperties.rsme)")
    assert (finding.rule, finding.severity, finding.pointer, finding.message) == (
        "key-never-written",
        "warning",
        "/States/Read/Parameters/read.$",
        "States.Read: Parameters.read.$ reads '$.CustomerMetadataProperties.rsme', a key that no machine "
        "here writes; read one that is written",
    )
    assert finding.suggestion == "$.CustomerMetadataProperties.rmse"
    assert finding.available == ("$.CustomerMetadataProperties.rmse", "$.CustomerMetadataProperties.run")


@pytest.mark.parametrize("wanted", [True, False])
def test_a_key_that_is_asked_for_first_is_told_there_alone(*, wanted: bool) -> None:
    path = "$.CustomerMetadataProperties.rsme"
    then = path if not wanted else "$.CustomerMetadataProperties.rmse"
    found = read(then, rule={"Variable": path, "IsPresent": wanted})
    assert [(it.rule, it.pointer) for it in found] == [
        ("key-never-written", "/States/Choose/Choices/0/Variable")
    ]


def test_any_key_may_be_read_where_nobody_knows_what_is_written() -> None:
    assert read("$.CustomerMetadataProperties.rsme", written=frozenset()) == []

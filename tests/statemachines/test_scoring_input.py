"""What the batch scoring machine takes, and how it refuses the rest before anything is paid for."""

import dataclasses
from pathlib import Path

import pytest

from stepmill.asl import Machine
from stepmill.asl.loading import load

from .running import Run, compiled
from .scoring_aws import GIVEN

PLACE = "give s3://<bucket>/<key or folder>"
WRONG = [
    ("data_uri", None, f"null; {PLACE}"),
    ("data_uri", "cars.csv", f'"cars.csv"; {PLACE}'),
    ("data_version", 1, "1; give a text"),
    ("endpoint_name", "", '""; give a text'),
    ("bad_rows", "drop", '"drop"; give report or fail'),
    ("preprocess_step", "", '""; give as_trained, none or the name of a step'),
    ("postprocess_step", None, "null; give none or the name of a step"),
    ("rows_per_part", 0, "0; give a whole number of at least 1"),
    ("rows_per_part", 1.5, "1.5; give a whole number of at least 1"),
    ("explained_rows", 1001, "1001; give a whole number of at least 1 and below 1001"),
    ("retrain", "yes", '"yes"; give true or false'),
    ("retrain_drifted_features", 0, "0; give a whole number of at least 1"),
    ("retrain_rejected_share", 0, "0; give a number above 0 and at most 1"),
    ("retrain_rejected_share", 1.1, "1.1; give a number above 0 and at most 1"),
    ("retrain_ndcg", -0.1, "-0.1; give a number of at least 0 and at most 1"),
    ("retrain_cooldown_h", -1, "-1; give a number of at least 0"),
    ("training_data_uri", "data/", f'"data/"; {PLACE}'),
    ("output_uri", "x", '"x"; give s3://<bucket>/<folder>'),
    ("scored_uri", 1, "1; give s3://<bucket>/<folder>"),
    ("processing_image", "", '""; give a text'),
    ("processing_instance_type", 1, "1; give a text"),
    ("transform_instance_type", 1, "1; give a text"),
]
IDS = [f"{row[0]}-{row[1]}" for row in WRONG]


@pytest.fixture(scope="module")
def machine() -> Machine:
    built = load(Path(__file__).parents[2] / "statemachines" / "batch_scoring.py")
    assert built is not None
    return built


@pytest.mark.parametrize(("field", "value", "message"), WRONG, ids=IDS)
def test_refuses_a_wrong_field_by_name_and_value(
    score: Run, machine: Machine, field: str, value: object, message: str
) -> None:
    ran = score(GIVEN | {field: value})
    assert (ran.status, ran.error, ran.requests) == ("FAILED", "InputInvalid", {})
    assert ran.cause == f"batch_scoring: input.{field} is {message}"
    problems = machine.check_input(GIVEN | {field: value})
    assert {problem.field.split(".")[0] for problem in problems} == {field}


def test_refuses_an_input_without_data(score: Run) -> None:
    assert score({}).cause == f"batch_scoring: input.data_uri is null; {PLACE}"


def test_refuses_an_input_that_is_no_object(score: Run) -> None:
    ran = score(["s3://data/scoring/cars.csv"])
    assert (ran.error, ran.requests) == ("InputInvalid", {})
    assert ran.cause == 'batch_scoring: input is ["s3://data/scoring/cars.csv"]; give an object'


def test_the_compiled_file_is_what_the_source_says(machine: Machine) -> None:
    assert machine.to_json() == compiled("batch_scoring").read_text()


def test_the_machine_checks_every_field_of_the_input_model(machine: Machine) -> None:
    assert machine.input is not None
    assert {row[0] for row in WRONG} == {field.name for field in dataclasses.fields(machine.input)}

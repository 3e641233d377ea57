"""What the training machine takes, and how it refuses the rest before anything is paid for."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from stepmill.asl import Machine
from stepmill.asl.loading import load

from .running import MINE, Run, compiled
from .test_tuning import ALLOWED

GIVEN = {"data_uri": "s3://data/data/cars.csv"}
TUNING = {
    "strategy": "Random",
    "max_jobs": 1,
    "parallel_jobs": 1,
    "early_stopping": "Off",
    "ranges": {},
}
HELD = {"Payload": {"acquired": False, "holder": "another", "fencing_token": 1}}
FLEET = [
    ("min_instances", 0, "0; give a whole number of at least 1 and below 1001"),
    ("max_instances", "4", '"4"; give a whole number from min_instances to 1000'),
    ("max_instances", 1001, "1001; give a whole number from min_instances to 1000"),
    ("invocations_per_instance", 0, "0; give a number above 0"),
    ("canary_percent", 51, "51; give a whole number of at least 0 and below 51"),
    ("min_instances", 1.5, "1.5; give a whole number of at least 1 and below 1001"),
    ("max_instances", 2.5, "2.5; give a whole number from min_instances to 1000"),
    ("canary_percent", 9.5, "9.5; give a whole number of at least 0 and below 51"),
    ("bake_s", 0.5, "0.5; give a whole number of at least 0 and below 1801"),
    ("canary_percent", "10", '"10"; give a whole number of at least 0 and below 51'),
    ("bake_s", -1, "-1; give a whole number of at least 0 and below 1801"),
    ("bake_s", 1801, "1801; give a whole number of at least 0 and below 1801"),
]
WRONG = [
    ("data_uri", None, "null; give s3://<bucket>/<key or folder>"),
    ("data_uri", "cars.csv", '"cars.csv"; give s3://<bucket>/<key or folder>'),
    ("data_version", 7, "7; give a text"),
    ("target", "", '""; give a text'),
    ("columns", [{"a": 1}], '[{"a":1}]; give an object, such as {}'),
    ("columns", [], "[]; give an object, such as {}"),
    ("columns", "Price", '"Price"; give an object, such as {}'),
    ("unit", 1, "1; give a text"),
    ("algorithm", "prophet", '"prophet"; give xgboost or linear-learner or custom'),
    ("algorithm", 3, "3; give xgboost or linear-learner or custom"),
    ("rmse_limit", "4000", '"4000"; give a number above 0'),
    ("rmse_limit", None, "null; give a number above 0"),
    ("rmse_limit", 0, "0; give a number above 0"),
    ("rmse_limit", -1.5, "-1.5; give a number above 0"),
    ("compare_with_champion", "no", '"no"; give true or false'),
    ("max_missing_fraction", 1, "1; give a number of at least 0 and below 1"),
    ("preprocess_step", "", '""; give none or the name of a step'),
    ("seed", "x", '"x"; give a whole number of at least 0 and below 2147483648'),
    ("seed", 1.5, "1.5; give a whole number of at least 0 and below 2147483648"),
    ("seed", -1, "-1; give a whole number of at least 0 and below 2147483648"),
    ("train_fraction", 0, "0; give a number above 0 and below 1"),
    ("validation_fraction", 1, "1; give a number above 0 and below 1"),
    ("test_fraction", True, "true; give a number above 0 and below 1"),
    ("hyperparameters", [], "[]; give an object, such as {}"),
    ("hyperparameters", None, "null; give an object, such as {}"),
    ("image", 5, "5; give a text"),
    ("training_instance_types", [], "[]; give a list of texts"),
    ("training_instance_types", "ml.m5.large", '"ml.m5.large"; give a list of texts'),
    ("processing_image", "", '""; give a text'),
    ("processing_instance_type", 1, "1; give a text"),
    ("transform_instance_type", 1, "1; give a text"),
    ("endpoint_instance_type", 1, "1; give a text"),
    ("endpoint_name", "", '""; give a text'),
    ("approval", "nobody", '"nobody"; give manual or automatic'),
    ("approval", True, "true; give manual or automatic"),
    *FLEET,
    ("tuning", "Random", f'"Random"; {ALLOWED}'),
    ("output_uri", "/tmp/x", '"/tmp/x"; give s3://<bucket>/<folder>'),  # noqa: S108 - no file is made
    ("parameter_prefix", "x", '"x"; give a path that begins with /'),
    ("poll_interval_s", 0.5, "0.5; give a whole number of at least 1 and below 3601"),
    ("poll_interval_s", 3601, "3601; give a whole number of at least 1 and below 3601"),
    ("poll_interval_s", 1.5, "1.5; give a whole number of at least 1 and below 3601"),
    ("lock_looks", "many", '"many"; give a whole number of at least 0 and below 301'),
    ("lock_looks", -1, "-1; give a whole number of at least 0 and below 301"),
    ("lock_looks", 301, "301; give a whole number of at least 0 and below 301"),
]


@pytest.mark.parametrize(("field", "value", "message"), WRONG, ids=[f"{row[0]}-{row[1]}" for row in WRONG])
def test_refuses_a_wrong_field_by_name_and_value(run: Run, field: str, value: object, message: str) -> None:
    ran = run(GIVEN | {field: value})
    assert (ran.status, ran.error) == ("FAILED", "InputInvalid")
    assert ran.cause == f"training: input.{field} is {message}"
    assert ran.requests == {}


@pytest.mark.parametrize("given", [[], [1], "cars", 7], ids=["empty", "list", "text", "number"])
def test_refuses_an_input_that_is_no_object(run: Run, given: Any) -> None:
    ran = run(given)
    assert (ran.status, ran.error) == ("FAILED", "InputInvalid")
    assert ran.cause == f"training: input is {json.dumps(given)}; give an object"


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({}, "training: input.image is missing; algorithm custom needs the URI of your container's image"),
        (
            {"image": ""},
            "training: input.image is missing; algorithm custom needs the URI of your container's image",
        ),
        (
            {"image": "mine:1", "tuning": TUNING},
            "training: input.tuning is given; algorithm custom cannot be tuned, give null",
        ),
    ],
    ids=["no image", "empty image", "tuning"],
)
def test_refuses_what_a_container_of_ones_own_cannot_do(
    run: Run, given: dict[str, object], cause: str
) -> None:
    ran = run(GIVEN | {"algorithm": "custom"} | given)
    assert (ran.status, ran.error, ran.cause, ran.requests) == ("FAILED", "InputInvalid", cause, {})


def test_refuses_fewer_instances_at_most_than_at_least(run: Run) -> None:
    ran = run(GIVEN | {"min_instances": 3, "max_instances": 2})
    assert ran.cause == "training: input.max_instances is 2; give a whole number from min_instances to 1000"


def test_refuses_an_input_without_data(run: Run) -> None:
    ran = run({})
    assert ran.cause == "training: input.data_uri is null; give s3://<bucket>/<key or folder>"


def test_the_deployment_gives_what_the_input_leaves_out(run: Run) -> None:
    ran = run()
    [prepared] = ran.requests["Preprocess"]
    assert prepared["AppSpecification"] == {
        "ImageUri": "SklearnImage",
        "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/jobs/tabular/preprocess.py"],
        "ContainerArguments": [
            *("--target", "Price", "--columns", "{}", "--step", "none", "--seed", "7"),
            *("--train-fraction", "0.7"),
            *("--validation-fraction", "0.15", "--test-fraction", "0.15", "--max-missing-fraction", "0.05"),
        ],
    }
    [trained] = ran.requests["Train"]
    assert trained["AlgorithmSpecification"] == {"TrainingImage": "XgboostImage", "TrainingInputMode": "File"}
    assert trained["HyperParameters"]["objective"] == "reg:squarederror"


def test_the_input_overrides_algorithm_and_deployment(run: Run) -> None:
    ran = run(
        GIVEN
        | {
            "image": "my/image:1",
            "hyperparameters": {"num_round": "5"},
            "training_instance_types": ["ml.c5.large"],
            "columns": {"Doors": "categorical"},
            "target": "price",
            "endpoint_name": "stepmill-prod-cars",
            "parameter_prefix": "/stepmill/prod/training/cars",
            "output_uri": "s3://artifacts/training/cars",
            "unit": "USD",
            "poll_interval_s": 1,
        },
        AcquireLock=[HELD, MINE],
    )
    assert ran.seconds == 1
    [trained] = ran.requests["Train"]
    assert trained["AlgorithmSpecification"]["TrainingImage"] == "my/image:1"
    assert trained["HyperParameters"]["num_round"] == "5"
    assert trained["HyperParameters"]["eta"] == "0.1"
    assert trained["ResourceConfig"]["InstanceType"] == "ml.c5.large"
    assert trained["OutputDataConfig"]["S3OutputPath"].startswith("s3://artifacts/training/cars/")
    assert ran.requests["Preprocess"][0]["AppSpecification"]["ContainerArguments"][:4] == [
        *("--target", "price", "--columns", '{"Doors":"categorical"}'),
    ]
    assert ran.requests["SaveCandidateName"][0]["Name"] == "/stepmill/prod/training/cars/candidate-model-name"
    [package] = ran.requests["RegisterModel"]
    assert package["ModelPackageGroupName"] == "stepmill-prod-cars"
    assert package["CustomerMetadataProperties"]["parameter_prefix"] == "/stepmill/prod/training/cars"
    assert ran.requests["AcquireLock"][0]["Payload"]["name"] == "stepmill-prod-cars"
    assert ran.requests["JudgeCandidate"][0]["Payload"]["unit"] == "USD"


@pytest.fixture(scope="module")
def machine() -> Machine:
    built = load(Path(__file__).parents[2] / "statemachines" / "training.py")
    assert built is not None
    return built


def test_the_compiled_file_is_what_the_source_says(machine: Machine) -> None:
    assert machine.to_json() == compiled().read_text()


@pytest.mark.parametrize(
    ("field", "value"), [row[:2] for row in WRONG], ids=[f"{row[0]}-{row[1]}" for row in WRONG]
)
def test_the_input_model_refuses_what_the_machine_refuses(
    machine: Machine, field: str, value: object
) -> None:
    problems = machine.check_input(GIVEN | {field: value})
    assert {problem.field.split(".")[0] for problem in problems} == {field}


def test_the_machine_checks_every_field_of_the_input_model(machine: Machine) -> None:
    assert machine.input is not None
    fields = {field.name for field in dataclasses.fields(machine.input)}
    assert {row[0] for row in WRONG} == fields

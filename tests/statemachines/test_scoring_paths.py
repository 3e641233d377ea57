"""Every way through the batch scoring machine: scored, scored and trained anew, failed with one reason."""

import json
from typing import Any

import pytest

from stepmill.engine.errors import TaskFailure

from .running import TOKENS, Run, definition_for
from .scoring_aws import DECIDED, FOUND, GIVEN, MODEL
from .training_aws import PACKAGE

TO_DECISION = [
    *("Defaults", "InputIsObject", "MergeInput", "ShowInput", "ValidateInput", "Settings"),
    *("FindModel", "CheckRows", "VerifyModel"),
    *("PrepareRows", "CreateModel", "Score", "FinishRows", "CompareWithTraining", "DataDrift"),
    *("TakeDataDrift", "HasAttributions", "PlanAttributions", "AskModel", "SolveAttributions"),
    *("TakeAttributions", "DecideRetraining", "RetrainingWanted"),
]
SCORED = ["DeleteModel", "Summarize", "Scored"]
TRAIN = ["StartTraining"]
TRAINING = {"target": "Price", "data_uri": "s3://data/data/all/"}
WANTED = {"Payload": DECIDED | {"retrain": True, "causes": ["ndcg"], "training": TRAINING}}


def job_failure(**described: str) -> TaskFailure:
    return TaskFailure("States.TaskFailed", json.dumps(described))


def places(request: dict[str, Any]) -> dict[str, str]:
    return {one["InputName"]: one["S3Input"]["S3Uri"] for one in request["ProcessingInputs"]}


def test_rows_are_scored_compared_and_the_model_is_deleted(score: Run) -> None:
    ran = score()
    assert sorted(ran.states) == sorted([*TO_DECISION, *SCORED])
    [prepared], [finished] = ran.requests["PrepareRows"], ran.requests["FinishRows"]
    run = places(finished)["raw"].removesuffix("/raw")
    outputs = {
        one["OutputName"]: one["S3Output"]["S3Uri"] for one in finished["ProcessingOutputConfig"]["Outputs"]
    }
    assert outputs["scored"].startswith("s3://artifacts/scored/stepmill-prod/dt=")
    assert (ran.status, ran.output) == (
        "SUCCEEDED",
        {
            "outcome": "scored",
            "reason": DECIDED["reason"],
            "figures": {name: DECIDED[name] for name in ("rows", "scored", "rejected", "drifted", "ndcg")},
            "model_package_arn": PACKAGE,
            "scored_uri": outputs["scored"],
            "run_uri": run,
            "retraining": False,
        },
    )
    assert places(prepared) == {
        "code": TOKENS["CodeUri"],
        "data": GIVEN["data_uri"],
        "schema": FOUND["schema_uri"],
    }
    assert ran.requests["DeleteModel"] == [{"ModelName": MODEL}]


def test_the_row_number_is_taken_off_for_the_model_and_joined_with_its_answer(score: Run) -> None:
    [request] = score().requests["Score"]
    assert request["DataProcessing"] == {
        "InputFilter": "$[1:]",
        "JoinSource": "Input",
        "OutputFilter": "$[0,-1]",
    }
    assert (request["ModelName"], request["TransformOutput"]["Accept"]) == (MODEL, "text/csv")
    [created] = score().requests["CreateModel"]
    assert created["PrimaryContainer"]["ModelPackageName"] == PACKAGE


def test_what_the_jobs_are_told_is_what_the_input_says(score: Run) -> None:
    steps = {"preprocess_step": "tidy_texts", "postprocess_step": "not_negative"}
    ran = score(GIVEN | steps | {"bad_rows": "fail", "rows_per_part": 5, "explained_rows": 7})
    arguments = ran.requests["PrepareRows"][0]["AppSpecification"]["ContainerArguments"]
    assert arguments == [
        *("--bad-rows", "fail", "--step", "tidy_texts", "--data-uri", GIVEN["data_uri"]),
        *("--rows-per-part", "5"),
    ]
    finished = ran.requests["FinishRows"][0]["AppSpecification"]["ContainerArguments"]
    assert finished[4:8] == ["--model-package", "2", "--step", "not_negative"]
    [planned] = ran.requests["PlanAttributions"]
    assert planned["AppSpecification"]["ContainerArguments"] == ["--explained", "7"]
    assert places(planned)["baseline"] == f"{FOUND['attributions_uri']}/plan"
    assert (
        places(ran.requests["SolveAttributions"][0])["baseline"]
        == f"{FOUND['attributions_uri']}/analysis.json"
    )
    checked = ran.requests["CheckRows"][0]["Payload"]
    assert {name: checked[name] for name in steps} == steps


def test_a_model_without_attributions_is_not_asked_for_them(score: Run) -> None:
    ran = score(FindModel={"Payload": FOUND | {"attributions_uri": None}})
    assert ran.status == "SUCCEEDED"
    assert "PlanAttributions" not in ran.requests
    [decided] = ran.requests["DecideRetraining"]
    assert decided["Payload"]["attributions_uri"] is None


def test_the_rule_is_the_inputs(score: Run) -> None:
    limits = {"drifted_features": 1, "rejected_share": 0.5, "ndcg": 0.8, "cooldown_h": 1}
    ran = score(GIVEN | {"retrain": False} | {f"retrain_{name}": value for name, value in limits.items()})
    [decided] = ran.requests["DecideRetraining"]
    assert decided["Payload"]["rule"] == {"retrain": False, **limits}


def test_a_training_is_started_once_on_the_configured_data(score: Run) -> None:
    ran = score(GIVEN | {"training_data_uri": "s3://data/data/all/"}, DecideRetraining=WANTED)
    assert ran.states[-len([*TRAIN, *SCORED]) :] == [*TRAIN, *SCORED]
    assert ran.output["retraining"] is True
    [started] = ran.requests["StartTraining"]
    run_id = ran.output["run_uri"].rpartition("/")[2]
    assert (started["StateMachineArn"], started["Name"]) == ("TrainingArn", f"retraining-{run_id}")
    assert json.loads(started["Input"]) == TRAINING
    [decided] = ran.requests["DecideRetraining"]
    own = decided["Payload"]["training"]
    assert own.pop("data_version").startswith("retraining after ")
    assert own == {
        "data_uri": "s3://data/data/all/",
        "algorithm": "xgboost",
        "endpoint_name": "stepmill-prod",
        "parameter_prefix": "/stepmill/prod/training",
    }


def test_a_training_that_was_started_already_is_taken_as_started(score: Run) -> None:
    taken = TaskFailure("Sfn.ExecutionAlreadyExistsException", "Execution already exists")
    ran = score(DecideRetraining=WANTED, StartTraining=taken)
    assert ran.status == "SUCCEEDED"
    assert len(ran.requests["StartTraining"]) == 1


FAILURES: list[tuple[str, TaskFailure, str, str]] = [
    (
        "FindModel",
        TaskFailure("NoApprovedModel", json.dumps({"errorMessage": "group cars: has no approved model"})),
        "NoApprovedModel",
        "group cars: has no approved model",
    ),
    (
        "CheckRows",
        TaskFailure("DataError", json.dumps({"errorMessage": "cars.csv: row 1, column Make: is not there"})),
        "DataError",
        "cars.csv: row 1, column Make: is not there",
    ),
    (
        "VerifyModel",
        TaskFailure("ModelAltered", json.dumps({"errorMessage": "model: sha256 is another"})),
        "ModelAltered",
        "model: sha256 is another",
    ),
    (
        "PrepareRows",
        job_failure(ProcessingJobName="p", ProcessingJobStatus="Failed", ExitMessage="cars.csv: no row"),
        "JobFailed",
        "cars.csv: no row",
    ),
]


@pytest.mark.parametrize(("state", "failure", "error", "cause"), FAILURES, ids=[one[0] for one in FAILURES])
def test_before_a_model_is_made_a_failure_ends_with_its_reason(
    score: Run, state: str, failure: TaskFailure, error: str, cause: str
) -> None:
    ran = score(**{state: failure})
    assert (ran.status, ran.error, ran.cause) == ("FAILED", error, cause)
    assert "DeleteAfterFailure" not in ran.requests
    assert "CreateModel" not in ran.requests


LATER = ("Score", "FinishRows", "DataDrift", "AskModel", "SolveAttributions")


@pytest.mark.parametrize("state", LATER)
def test_a_job_that_fails_later_ends_with_its_reason_and_the_model_is_deleted(score: Run, state: str) -> None:
    failed = job_failure(TransformJobName="t", TransformJobStatus="Failed", FailureReason="ClientError: bad")
    ran = score(**{state: failed})
    assert (ran.status, ran.error, ran.cause) == ("FAILED", "JobFailed", "ClientError: bad")
    assert ran.requests["DeleteAfterFailure"] == [{"ModelName": MODEL}]
    assert "DecideRetraining" not in ran.requests


def test_a_use_case_that_is_no_object_is_told_in_its_own_words_and_the_model_is_deleted(score: Run) -> None:
    said = "parameter /stepmill/prod/use-case: is list; expected a JSON object"
    wrong = TaskFailure("UseCaseInvalid", json.dumps({"errorMessage": said, "errorType": "UseCaseInvalid"}))
    ran = score(DecideRetraining=wrong)
    assert (ran.status, ran.error, ran.cause) == ("FAILED", "UseCaseInvalid", said)
    assert ran.requests["DeleteAfterFailure"] == [{"ModelName": MODEL}]


def test_no_state_without_a_catch_reads_a_text_as_json_once_there_is_a_model() -> None:
    """MergeInput comes before; ReadCause has what a Choice has found to be an object's JSON."""
    states = definition_for(TOKENS, "batch_scoring")["States"]
    unsafe = ("States.StringToJson", "States.JsonMerge")
    found = {
        name
        for name, state in states.items()
        if "Catch" not in state and any(call in json.dumps(state) for call in unsafe)
    }
    assert found == {"MergeInput", "ReadCause"}


def test_a_training_that_cannot_be_started_is_a_failure_and_the_model_is_deleted(score: Run) -> None:
    ran = score(DecideRetraining=WANTED, StartTraining=TaskFailure("Sfn.SfnException", "not authorized"))
    assert (ran.status, ran.error, ran.cause) == ("FAILED", "Sfn.SfnException", "not authorized")
    assert len(ran.requests["DeleteAfterFailure"]) == 1


@pytest.mark.parametrize(
    ("state", "status"), [("DeleteModel", "SUCCEEDED"), ("DeleteAfterFailure", "FAILED")]
)
def test_a_model_that_cannot_be_deleted_changes_no_outcome(score: Run, state: str, status: str) -> None:
    gone = TaskFailure("SageMaker.SageMakerException", "Could not find model")
    failed = {"FinishRows": job_failure(ExitMessage="x")} if status == "FAILED" else {}
    assert score(**{state: gone}, **failed).status == status


def test_a_throttled_transform_is_asked_for_again_under_another_name(score: Run) -> None:
    throttled = TaskFailure("SageMaker.AmazonSageMakerException", "Rate exceeded (ThrottlingException)")
    ran = score(Score=[throttled, {"TransformJobStatus": "Completed"}])
    assert ran.status == "SUCCEEDED"
    names = [one["TransformJobName"] for one in ran.requests["Score"]]
    assert len(set(names)) == 2

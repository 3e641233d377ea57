"""Every way through the training machine that ends as meant: registered, or rejected."""

from stepmill.engine.errors import TaskFailure

from .running import MINE, TOKENS, Run
from .training_aws import CHAMPION_PACKAGE, CHAMPION_SCHEMA, MODEL, PACKAGE, VERDICT

GIVEN = {"data_uri": "s3://data/data/cars.csv"}
TO_LOCK = [
    *("Defaults", "InputIsObject", "MergeInput", "ShowInput", "ValidateInput", "ChooseAlgorithm"),
    *("UseXgboost", "Settings", "CheckData", "Preprocess", "ListDataAgain", "TuningWanted", "Train"),
    *("CreateModel", "SaveCandidateName", "MetricsKnown"),
    *("QueryMetrics", "SealModel", "AcquireLock", "HasLock", "ChampionWanted"),
]
NO_CHAMPION = [
    *("FindChampion", "NoChampion", "Evaluate", "TransformCandidate", "HasChampion", "NothingToTransform"),
]
REGISTERED = [
    *("JudgeCandidate", "Accepted", "Baselines", "DataBaseline", "ModelQualityBaseline"),
    *("PlanAttributions", "AskForAttributions", "SolveAttributions", "VerifyModel"),
    *("ConfirmLock", "SameHold", "FindGroup", "ApprovalByPolicy", "LeaveToPeople", "RegisterModel"),
    *("ReleaseLock", "ApprovedAlready", "SummarizePending", "Registered"),
]
PENDING = {
    "outcome": "registered",
    "verdict": VERDICT,
    "model_package_arn": PACKAGE,
    "approval_status": "PendingManualApproval",
    "next": "approve it, and it is deployed: aws sagemaker update-model-package --model-approval-status "
    f"Approved --model-package-arn {PACKAGE}",
    "model_name": MODEL,
    "manifest_uri": "s3://artifacts/training/1/manifest.json",
}


def test_the_first_model_is_registered_and_left_to_people(run: Run) -> None:
    ran = run()
    assert (ran.status, ran.output) == ("SUCCEEDED", PENDING)
    assert ran.states == [*TO_LOCK, *NO_CHAMPION, *REGISTERED]
    [package] = ran.requests["RegisterModel"]
    assert package["ModelApprovalStatus"] == "PendingManualApproval"


def test_a_model_is_approved_at_once_where_the_input_says_so(run: Run) -> None:
    ran = run(GIVEN | {"approval": "automatic"})
    assert ran.output == PENDING | {
        "approval_status": "Approved",
        "next": "nothing: it is approved, and its deployment starts by itself",
    }
    [package] = ran.requests["RegisterModel"]
    assert package["ModelApprovalStatus"] == "Approved"
    assert package["CustomerMetadataProperties"]["approval"] == "automatic"


def test_a_better_model_is_registered_as_its_champions_child(run: Run) -> None:
    better = VERDICT | {"champion_rmse": 2500.0}
    ran = run(
        FindChampion={"Parameter": {"Name": "x", "Value": "the-champion"}},
        JudgeCandidate={"Payload": better},
    )
    assert (ran.status, ran.output) == ("SUCCEEDED", PENDING | {"verdict": better})
    champion = ["FindChampion", "FindChampionPackage", "DescribeChampion", "ChampionHasSchema", "Evaluate"]
    champion += ["TransformCandidate", "HasChampion", "EncodeForChampion", "TransformChampion"]
    assert sorted(ran.states) == sorted([*TO_LOCK, *champion, *REGISTERED])
    [package] = ran.requests["RegisterModel"]
    assert package["CustomerMetadataProperties"]["parent"] == CHAMPION_PACKAGE


def test_the_group_is_made_when_it_is_absent(run: Run) -> None:
    absent = TaskFailure("SageMaker.SageMakerException", "ModelPackageGroup arn:x does not exist.")
    ran = run(FindGroup=absent)
    assert ran.output == PENDING
    assert ran.requests["CreateGroup"] == [
        {
            "ModelPackageGroupName": "stepmill-prod",
            "ModelPackageGroupDescription": "Models of endpoint stepmill-prod",
        }
    ]


def test_a_group_that_another_execution_has_just_made_is_taken(run: Run) -> None:
    absent = TaskFailure("SageMaker.SageMakerException", "ModelPackageGroup arn:x does not exist.")
    taken = TaskFailure("SageMaker.SageMakerException", "Model Package Group already exists: arn:x")
    assert run(FindGroup=absent, CreateGroup=taken).output == PENDING


def test_a_group_that_may_not_be_seen_is_not_taken_for_an_absent_one(run: Run) -> None:
    denied = TaskFailure("SageMaker.SageMakerException", "not authorized to perform: x")
    ran = run(FindGroup=denied)
    assert (ran.status, ran.cause) == ("FAILED", "not authorized to perform: x")
    assert "CreateGroup" not in ran.requests


def test_both_models_answer_for_the_same_rows_each_in_its_own_encoding(run: Run) -> None:
    ran = run(FindChampion={"Parameter": {"Value": "the-champion"}})
    [candidate], [champion] = ran.requests["TransformCandidate"], ran.requests["TransformChampion"]
    folder = candidate["TransformOutput"]["S3OutputPath"].removesuffix("/predictions/candidate")
    rows = [one["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] for one in (candidate, champion)]
    assert rows == [f"{folder}/prepared/test/test.csv", f"{folder}/prepared/champion/test.csv"]
    assert (candidate["ModelName"], champion["ModelName"]) == (MODEL, "the-champion")
    [encoded] = ran.requests["EncodeForChampion"]
    places = {one["InputName"]: one["S3Input"]["S3Uri"] for one in encoded["ProcessingInputs"]}
    assert places == {
        "code": TOKENS["CodeUri"],
        "held_out": f"{folder}/prepared/held_out",
        "schema": CHAMPION_SCHEMA,
    }
    [written] = encoded["ProcessingOutputConfig"]["Outputs"]
    assert written["S3Output"]["S3Uri"] == f"{folder}/prepared/champion"
    arguments = encoded["AppSpecification"]["ContainerArguments"]
    assert arguments == ["--target", "Price", "--data", "s3://data/data/cars.csv"]
    [judged] = ran.requests["JudgeCandidate"]
    assert judged["Payload"] == {
        "truth_uri": f"{folder}/prepared/truth/truth.csv",
        "candidate_predictions_uri": "s3://artifacts/training/1/predictions/candidate/test.csv.out",
        "champion_predictions_uri": "s3://artifacts/training/1/predictions/champion/test.csv.out",
        "champion_unseen_uri": f"{folder}/prepared/champion/unseen.csv",
        "rmse_limit": 4000,
        "unit": "",
    }


def test_a_rejected_model_is_told_with_its_figures_and_changes_nothing(run: Run) -> None:
    reason = "RMSE 4100.00 is above the limit 4000"
    verdict = VERDICT | {"accepted": False, "reason": reason, "candidate_rmse": 4100.0}
    ran = run(JudgeCandidate={"Payload": verdict})
    assert ran.status == "SUCCEEDED"
    assert ran.output == {"outcome": "rejected", "verdict": verdict, "model_name": MODEL}
    end = [
        "JudgeCandidate",
        "Accepted",
        "TellRejected",
        "ReleaseAfterRejection",
        "SummarizeRejection",
        "Rejected",
    ]
    assert ran.states == [*TO_LOCK, *NO_CHAMPION, *end]
    [told] = ran.requests["TellRejected"]
    assert told["Message"].startswith(f"Model {MODEL} was rejected: {reason}. Figures: {{")
    assert '"candidate_rmse":4100.0' in told["Message"].replace(" ", "")


def test_a_rejection_that_cannot_be_told_still_releases_the_lock(run: Run) -> None:
    verdict = VERDICT | {"accepted": False}
    ran = run(
        JudgeCandidate={"Payload": verdict}, TellRejected=TaskFailure("SNS.NotFoundException", "no topic")
    )
    assert ran.output == {"outcome": "rejected", "verdict": verdict, "model_name": MODEL}
    assert len(ran.requests["ReleaseAfterRejection"]) == 1


def test_without_comparison_the_champion_is_not_even_read(run: Run) -> None:
    ran = run({"data_uri": "s3://data/data/cars.csv", "compare_with_champion": False})
    assert ran.output == PENDING
    assert "FindChampion" not in ran.states
    [package] = ran.requests["RegisterModel"]
    assert package["CustomerMetadataProperties"]["parent"] == "not compared"


def test_waits_for_the_lock_and_reads_the_champion_only_then(run: Run) -> None:
    held = {"Payload": {"acquired": False, "holder": "another", "fencing_token": 4}}
    ran = run(AcquireLock=[held, held, MINE])
    assert ran.output == PENDING
    again = ["HasLock", "CountLock", "EnoughLock", "WaitLock", "AcquireLock"]
    at = TO_LOCK.index("AcquireLock")
    assert ran.states[: at + 14] == [
        *TO_LOCK[: at + 1],
        *again,
        *again,
        "HasLock",
        "ChampionWanted",
        "FindChampion",
    ]
    assert ran.seconds == 2 * 30


def test_a_container_of_ones_own_goes_the_same_way_with_its_image_and_hyperparameters_alone(
    run: Run,
) -> None:
    given = {"algorithm": "custom", "image": "mine:1", "hyperparameters": {"l2": "0.1"}}
    ran, built_in = run({"data_uri": "s3://data/data/cars.csv", **given}), run()
    assert ran.output["outcome"] == "registered"
    only = {"UseXgboost", "QueryMetrics", "UseCustom", "NoMetrics"}
    assert [name for name in ran.states if name not in only] == [
        name for name in built_in.states if name not in only
    ]
    [trained], [sealed] = ran.requests["Train"], ran.requests["SealModel"]
    assert trained["HyperParameters"] == {"l2": "0.1"}
    assert trained["AlgorithmSpecification"]["TrainingImage"] == "mine:1"
    assert sealed["Payload"]["facts"]["metrics"] == {}
    [registered] = ran.requests["RegisterModel"]
    assert registered["InferenceSpecification"]["Containers"][0]["Image"] == "mine:1"


def test_linear_learner_runs_through_the_same_states(run: Run) -> None:
    ran = run({"data_uri": "s3://data/data/cars.csv", "algorithm": "linear-learner"})
    assert ran.output == PENDING
    assert "UseLinearLearner" in ran.states
    [trained] = ran.requests["Train"]
    assert trained["AlgorithmSpecification"]["TrainingImage"] == "LinearLearnerImage"
    assert trained["HyperParameters"] == {
        "predictor_type": "regressor",
        "mini_batch_size": "32",
        "epochs": "30",
    }


def test_a_lock_that_cannot_be_released_leaves_the_model_registered(run: Run) -> None:
    ran = run(ReleaseLock=TaskFailure("Lambda.ResourceNotFoundException", "gone"))
    assert (ran.status, ran.output) == ("SUCCEEDED", PENDING)

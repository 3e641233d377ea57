"""Every way through the training machine that ends as meant: live, or rejected."""

from statemachines.fragments import throttled
from stepmill.engine.errors import TaskFailure

from .conftest import CHAMPION_SCHEMA, CONFIG, MODEL, TOKENS, VERDICT, Run, description

TO_LOCK = [
    *("Defaults", "MergeInput", "ValidateInput", "ChooseAlgorithm", "UseXgboost", "Settings", "CheckData"),
    *("Preprocess", "Train", "CreateModel", "SaveCandidateName", "QueryMetrics", "SealModel"),
    *("AcquireLock", "HasLock", "ChampionWanted"),
]
NO_CHAMPION = [
    *("FindChampion", "NoChampion", "Evaluate", "TransformCandidate", "HasChampion", "NothingToTransform"),
]
ACCEPTED = [
    *("JudgeCandidate", "Accepted", "Baselines", "DataBaseline", "ModelQualityBaseline", "VerifyModel"),
    *("ConfirmLock", "SameHold", "CreateEndpointConfig"),
]
EXPORTED = [
    *("WaitWatch", "WatchEndpoint", "NewConfigServes", "VerifyServedModel", "SaveEndpointName"),
    *("SaveEndpointConfigName", "SaveModelName", "ReleaseLock", "Summarize", "Live"),
]
LIVE = {
    "outcome": "live",
    "verdict": VERDICT,
    "model_name": MODEL,
    "manifest_uri": "s3://artifacts/training/1/manifest.json",
    "endpoint_name": "stepmill-prod",
    "endpoint_config_name": CONFIG,
    "previous_config_name": None,
}


def test_the_first_model_gets_a_new_endpoint(run: Run) -> None:
    ran = run()
    assert (ran.status, ran.output) == ("SUCCEEDED", LIVE)
    find = ["FindEndpoint", "ThrottledFindEndpoint", "EndpointAbsent", "NothingBefore", "CreateEndpoint"]
    assert ran.states == [*TO_LOCK, *NO_CHAMPION, *ACCEPTED, *find, *EXPORTED]


def test_a_better_model_updates_the_endpoint(run: Run) -> None:
    better = VERDICT | {"champion_rmse": 2500.0}
    ran = run(
        FindChampion={"Parameter": {"Name": "x", "Value": "the-champion"}},
        JudgeCandidate={"Payload": better},
        FindEndpoint=description("InService", "old-config"),
    )
    assert (ran.status, ran.output) == (
        "SUCCEEDED",
        LIVE | {"verdict": better, "previous_config_name": "old-config"},
    )
    champion = ["FindChampion", "DescribeChampion", "ChampionHasSchema", "Evaluate", "TransformCandidate"]
    champion += ["HasChampion", "EncodeForChampion", "TransformChampion"]
    find = ["FindEndpoint", "EndpointAtRest", "RememberConfig", "UpdateEndpoint"]
    assert sorted(ran.states) == sorted([*TO_LOCK, *champion, *ACCEPTED, *find, *EXPORTED])


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
    assert ran.output == LIVE
    assert "FindChampion" not in ran.states


def test_waits_for_the_lock_and_reads_the_champion_only_then(run: Run) -> None:
    held = {"Payload": {"acquired": False, "holder": "another", "fencing_token": 4}}
    mine = {"Payload": {"acquired": True, "holder": "me", "fencing_token": 5}}
    ran = run(AcquireLock=[held, held, mine], ConfirmLock=mine)
    assert ran.output == LIVE
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
    assert ran.seconds == 2 * 30 + 30


def test_waits_for_an_endpoint_that_moves_and_replaces_one_that_never_served(run: Run) -> None:
    ran = run(
        FindEndpoint=[
            description("Updating", "old-config"),
            description("Failed", "old-config"),
            TaskFailure("SageMaker.SageMakerException", "Rate exceeded"),
            TaskFailure("SageMaker.SageMakerException", "Could not find endpoint"),
        ]
    )
    assert ran.output == LIVE
    assert len(ran.requests["DeleteEndpoint"]) == 1
    assert len(ran.requests["CreateEndpoint"]) == 1


def test_looks_at_the_endpoint_until_it_is_in_service(run: Run) -> None:
    ran = run(
        WatchEndpoint=[
            description("Creating", CONFIG),
            TaskFailure("SageMaker.SageMakerException", "Rate exceeded"),
            description("InService", CONFIG),
        ]
    )
    assert ran.output == LIVE
    assert 60 < ran.seconds <= 60 + throttled.LONGEST_S


def test_linear_learner_runs_through_the_same_states(run: Run) -> None:
    ran = run({"data_uri": "s3://data/data/cars.csv", "algorithm": "linear-learner"})
    assert ran.output == LIVE
    assert "UseLinearLearner" in ran.states
    [trained] = ran.requests["Train"]
    assert trained["AlgorithmSpecification"]["TrainingImage"] == "LinearLearnerImage"
    assert trained["HyperParameters"] == {
        "predictor_type": "regressor",
        "mini_batch_size": "32",
        "epochs": "30",
    }


def test_a_lock_that_cannot_be_released_leaves_the_model_live(run: Run) -> None:
    ran = run(ReleaseLock=TaskFailure("Lambda.ResourceNotFoundException", "gone"))
    assert (ran.status, ran.output) == ("SUCCEEDED", LIVE)

"""Tuning jobs: training jobs that really run with other values each, the best one, ends, stops, a restart."""

import time
from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal
from tests.cloud.sagemaker.things import LINEAR, XGBOOST, channel, prices, put, role
from tests.cloud.sagemaker.tunings import NOUN, children, describe, over, tune, tuning

STATE_CHANGE = "SageMaker HyperParameter Tuning Job State Change"


def values(found: list[dict[str, Any]], name: str = "x") -> list[str]:
    return [one["TunedHyperParameters"][name] for one in found]


def test_the_best_of_the_training_jobs_is_shown(cloud: Cloud) -> None:
    done = tune(cloud, tuning(cloud, "best"))
    found = children(cloud, "best")
    assert done[f"{NOUN}Status"] == "Completed", done.get("FailureReason")
    assert done["TrainingJobStatusCounters"] == {
        "Completed": 3,
        "InProgress": 0,
        "RetryableError": 0,
        "NonRetryableError": 0,
        "Stopped": 0,
    }
    assert done["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 0}
    best = min(found, key=lambda one: float(one["TunedHyperParameters"]["x"]))
    assert done["BestTrainingJob"] == best
    value = best.pop("FinalHyperParameterTuningJobObjectiveMetric")
    assert value == {
        "Type": "Minimize",
        "MetricName": "loss",
        "Value": float(best["TunedHyperParameters"]["x"]),
    }
    assert [one["TrainingJobName"][:9] for one in found] == ["best-001-", "best-002-", "best-003-"]
    assert all(len(one["TrainingJobName"]) == len("best-001-") + 8 for one in found)
    job = cloud.call("sagemaker", "DescribeTrainingJob", {"TrainingJobName": best["TrainingJobName"]})
    assert job["TuningJobArn"] == done[f"{NOUN}Arn"]
    assert job["HyperParameters"]["_tuning_objective_metric"] == "loss"
    assert job["HyperParameters"]["x"] == best["TunedHyperParameters"]["x"]


def test_a_seed_makes_the_values_again(cloud: Cloud) -> None:
    for name, seed in (("seed-a", 1), ("seed-b", 1), ("seed-c", 2)):
        tune(cloud, tuning(cloud, name, most=2, RandomSeed=seed))
    first, again, other = (values(children(cloud, f"seed-{letter}")) for letter in "abc")
    assert (first == again, first == other) == (True, False)


def test_a_grid_tries_every_combination_once(cloud: Cloud) -> None:
    ranges = [{"Name": "x", "Values": ["1", "2"]}, {"Name": "y", "Values": ["a", "b"]}]
    params = tuning(
        cloud, "grid", Strategy="Grid", ParameterRanges={"CategoricalParameterRanges": ranges}, most=4
    )
    done = tune(cloud, params)
    assert done["BestTrainingJob"]["TunedHyperParameters"]["x"] == "1"
    assert [one["TunedHyperParameters"] for one in children(cloud, "grid")] == [
        {"x": "1", "y": "a"},
        {"x": "1", "y": "b"},
        {"x": "2", "y": "a"},
        {"x": "2", "y": "b"},
    ]


def test_no_more_run_at_once_than_are_allowed(cloud: Cloud) -> None:
    source = "time.sleep(0.5); print('loss=' + p['x'])"
    cloud.call("sagemaker", f"Create{NOUN}", tuning(cloud, "parallel", source, most=4))
    most = 0
    while describe(cloud, "parallel")[f"{NOUN}Status"] == "InProgress":
        most = max(most, describe(cloud, "parallel")["TrainingJobStatusCounters"]["InProgress"])
        time.sleep(0.02)
    assert most == 2


def test_the_stand_ins_metrics_are_objectives(cloud: Cloud) -> None:
    train, validation = put(cloud, "t/train.csv", prices(100)), put(cloud, "t/val.csv", prices(30, seed=2))
    ranges = {"IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "4"}]}
    for name, image, metric, static in (
        ("boosted", XGBOOST, "validation:mae", {"num_round": "5"}),
        ("linear", LINEAR, "validation:rmse", {"predictor_type": "regressor"}),
    ):
        params = tuning(cloud, name, most=2, ParameterRanges=ranges, static=static)
        params[f"{NOUN}Config"][f"{NOUN}Objective"]["MetricName"] = metric
        definition = params["TrainingJobDefinition"]
        definition["InputDataConfig"] = [channel("train", train), channel("validation", validation)]
        definition["AlgorithmSpecification"] = {"TrainingImage": image, "TrainingInputMode": "File"}
        del definition["StaticHyperParameters"]["source"]
        if name == "linear":
            params[f"{NOUN}Config"]["ParameterRanges"] = {
                "ContinuousParameterRanges": [{"Name": "wd", "MinValue": "0.1", "MaxValue": "1"}]
            }
        done = tune(cloud, params)
        assert done[f"{NOUN}Status"] == "Completed", children(cloud, name)
        assert done["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["MetricName"] == metric


def test_a_job_without_success_fails_after_five_tries(cloud: Cloud) -> None:
    done = tune(cloud, tuning(cloud, "hopeless", "raise SystemExit('no')", most=8))
    assert (done[f"{NOUN}Status"], done["FailureReason"]) == (
        "Failed",
        "No training job succeeded after 5 attempts. For additional details, please take a look at the "
        "training job failures by listing training jobs for the hyperparameter tuning job.",
    )
    assert 5 <= done["TrainingJobStatusCounters"]["NonRetryableError"] <= 6
    assert "BestTrainingJob" not in done


def test_few_jobs_that_all_fail_fail_the_tuning(cloud: Cloud) -> None:
    done = tune(cloud, tuning(cloud, "failing", "raise SystemExit('no')", most=2))
    assert done["FailureReason"] == (
        "All training jobs failed. Please take a look at the training jobs failures to get more details."
    )


def test_jobs_that_do_not_tell_the_objective_fail_the_tuning(cloud: Cloud) -> None:
    done = tune(cloud, tuning(cloud, "silent", "print('nothing')", most=2))
    assert (done[f"{NOUN}Status"], done["ObjectiveStatusCounters"]) == (
        "Failed",
        {"Succeeded": 0, "Pending": 0, "Failed": 2},
    )
    assert done["FailureReason"].startswith("No objective metrics found after running 2 training jobs.")


def test_one_that_fails_does_not_keep_another_from_being_the_best(cloud: Cloud) -> None:
    source = "assert p['x'] != 'bad'; print('loss=' + p['x'])"
    ranges = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["bad", "3", "2"]}]}
    done = tune(cloud, tuning(cloud, "mixed", source, Strategy="Grid", ParameterRanges=ranges, most=3))
    assert done["BestTrainingJob"]["TunedHyperParameters"] == {"x": "2"}
    assert done["TrainingJobStatusCounters"]["NonRetryableError"] == 1


def test_every_change_of_status_is_told_with_what_is_known(cloud: Cloud) -> None:
    told: list[dict[str, Any]] = []
    cloud.listen(STATE_CHANGE, told.append)
    done = tune(cloud, tuning(cloud, "told", most=1))
    mine = [one for one in told if one["detail"][f"{NOUN}Name"] == "told"]
    assert [one["detail"][f"{NOUN}Status"] for one in mine] == ["InProgress", "Completed"]
    assert (mine[1]["source"], mine[1]["resources"]) == ("aws.sagemaker", [done[f"{NOUN}Arn"]])
    detail = mine[1]["detail"]
    assert detail["BestTrainingJob"]["TrainingJobName"] == done["BestTrainingJob"]["TrainingJobName"]
    assert detail["CreationTime"] == int(done["CreationTime"].timestamp() * 1000)
    assert detail["Tags"] == {}


def test_a_stop_ends_the_training_jobs(cloud: Cloud) -> None:
    cloud.call("sagemaker", f"Create{NOUN}", tuning(cloud, "stopped", "time.sleep(60)", most=4))
    while describe(cloud, "stopped")["TrainingJobStatusCounters"]["InProgress"] < 2:
        time.sleep(0.02)
    cloud.call("sagemaker", f"Stop{NOUN}", {f"{NOUN}Name": "stopped"})
    done = over(cloud, "stopped", timeout_s=30)
    assert (done[f"{NOUN}Status"], done["TrainingJobStatusCounters"]["Stopped"]) == ("Stopped", 2)
    with pytest.raises(AwsError, match="the hyperparameter tuning job is in status Stopped"):
        cloud.call("sagemaker", f"Stop{NOUN}", {f"{NOUN}Name": "stopped"})


def test_a_target_that_is_reached_ends_the_tuning(cloud: Cloud) -> None:
    params = tuning(cloud, "target", most=50, TuningJobCompletionCriteria={"TargetObjectiveMetricValue": 2.0})
    done = tune(cloud, params)
    assert done[f"{NOUN}Status"] == "Completed"
    assert len(children(cloud, "target")) <= 3


def test_tuning_that_does_not_improve_any_more_ends(cloud: Cloud) -> None:
    ranges = {"CategoricalParameterRanges": [{"Name": "x", "Values": [str(n) for n in range(1, 21)]}]}
    criteria = {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}
    params = tuning(
        cloud,
        "flat",
        Strategy="Grid",
        ParameterRanges=ranges,
        most=20,
        TuningJobCompletionCriteria=criteria,
    )
    done = tune(cloud, params)
    assert (done[f"{NOUN}Status"], done["BestTrainingJob"]["TunedHyperParameters"]) == (
        "Completed",
        {"x": "1"},
    )
    assert done["TrainingJobStatusCounters"]["Completed"] < 8


def test_lists_are_sorted_filtered_and_paged(cloud: Cloud) -> None:
    done = tune(cloud, tuning(cloud, "sorted", most=3))
    by = {"SortBy": "FinalObjectiveMetricValue", "SortOrder": "Descending"}
    expected = sorted(values(children(cloud, "sorted")), key=float, reverse=True)
    assert values(children(cloud, "sorted", **by)) == expected
    assert children(cloud, "sorted", StatusEquals="Failed") == []
    params = {f"{NOUN}Name": "sorted", "MaxResults": 2, **by}
    first = cloud.call("sagemaker", f"ListTrainingJobsFor{NOUN}", params)
    second = cloud.call("sagemaker", f"ListTrainingJobsFor{NOUN}", params | {"NextToken": first["NextToken"]})
    pages = [values(one["TrainingJobSummaries"]) for one in (first, second)]
    assert (pages, "NextToken" in second) == ([expected[:2], expected[2:]], False)
    (one,) = cloud.call("sagemaker", f"List{NOUN}s", {"NameContains": "sorted"})[f"{NOUN}Summaries"]
    assert one == {
        **{key: done[key] for key in (f"{NOUN}Name", f"{NOUN}Arn", f"{NOUN}Status", "CreationTime")},
        "HyperParameterTuningEndTime": done["HyperParameterTuningEndTime"],
        "LastModifiedTime": done["LastModifiedTime"],
        "TrainingJobStatusCounters": done["TrainingJobStatusCounters"],
        "ObjectiveStatusCounters": done["ObjectiveStatusCounters"],
        "Strategy": "Random",
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 2},
    }


def test_the_same_attempt_begins_one_tuning_and_another_is_refused(cloud: Cloud) -> None:
    params = tuning(cloud, "once", most=1)
    first = cloud.call("sagemaker", f"Create{NOUN}", params, attempt="a")
    assert cloud.call("sagemaker", f"Create{NOUN}", params, attempt="a") == first
    with pytest.raises(AwsError, match="a tuning job with this name already exists") as caught:
        cloud.call("sagemaker", f"Create{NOUN}", params, attempt="b")
    assert caught.value.code == "ResourceInUse"
    over(cloud, "once")
    assert len(children(cloud, "once")) == 1


def test_the_caller_must_be_allowed_to_hand_over_the_role(cloud: Cloud) -> None:
    caller = Principal(role(cloud, "tuner", action=f"sagemaker:Create{NOUN}"), "x")
    with pytest.raises(AwsError, match="iam:PassRole"):
        cloud.call("sagemaker", f"Create{NOUN}", tuning(cloud, "unpassed"), principal=caller)


def test_a_limit_of_the_account_is_waited_out_or_fails_the_tuning(cloud: Cloud) -> None:
    limits = cloud.root / "quotas.toml"
    limits.write_text('[limits]\n"ml.m5.large for training job usage" = 1\n')
    assert tune(cloud, tuning(cloud, "narrow", most=3))["TrainingJobStatusCounters"]["Completed"] == 3
    assert len({one["TrainingJobName"] for one in children(cloud, "narrow")}) == 3
    limits.write_text('[limits]\n"ml.m5.large for training job usage" = 0\n')
    done = tune(cloud, tuning(cloud, "closed", most=3))
    limits.unlink()
    assert done[f"{NOUN}Status"] == "Failed"
    assert done["FailureReason"].startswith("ClientError: ResourceLimitExceeded: The account-level service")


def test_a_tuning_under_way_goes_on_after_a_restart(tmp_path: Path) -> None:
    cloud = Cloud.start(tmp_path / "root", port=0)
    source = "time.sleep(1); print('loss=' + p['x'])"
    cloud.call("sagemaker", f"Create{NOUN}", tuning(cloud, "again", source, most=4))
    while not children(cloud, "again", StatusEquals="Completed"):
        time.sleep(0.02)
    before = children(cloud, "again")
    cloud.close()
    cloud = Cloud.start(tmp_path / "root", port=0)
    try:
        done = over(cloud, "again")
        found = children(cloud, "again")
        assert (done[f"{NOUN}Status"], len(found)) == ("Completed", 4)
        names = [one["TrainingJobName"] for one in found]
        assert names[: len(before)] == [one["TrainingJobName"] for one in before]
    finally:
        cloud.close()

"""Early stopping: the median rule, and training jobs that it really stops."""

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.services.sagemaker.early_stopping import is_hopeless
from tests.cloud.sagemaker.tunings import NOUN, children, tune, tuning

FINISHED = [[4.0, 2.0, 1.0], [8.0, 4.0, 3.0], [6.0, 6.0, 6.0]]


@pytest.mark.parametrize(
    ("values", "is_minimised", "expected"),
    [
        ([6.0], True, False),
        ([6.1], True, True),
        ([9.0, 6.0], True, False),
        ([9.0, 6.1], True, True),
        ([9.0, 9.0, 4.9], True, False),
        ([9.0, 9.0, 5.1], True, True),
        ([9.0, 9.0, 9.0, 5.1], True, True),
        ([5.9], False, True),
        ([6.0], False, False),
        ([], True, False),
    ],
)
def test_a_value_is_held_against_the_median_of_running_averages(
    values: list[float], is_minimised: bool, expected: bool
) -> None:
    assert is_hopeless(values, FINISHED, is_minimised=is_minimised) == expected


@pytest.mark.parametrize("finished", [[], [[1.0]], [[1.0], []]])
def test_nothing_is_stopped_before_two_have_completed(finished: list[list[float]]) -> None:
    assert not is_hopeless([99.0], finished, is_minimised=True)


# x is the level of the loss; each tells it three times, and has much time for the last one.
LEVEL = "print('loss=' + p['x'], flush=True); time.sleep(float(p['x']) > 5 and 30); print('loss=' + p['x'])"
RANGES = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["1", "2", "9"]}]}


def test_a_job_that_is_worse_than_the_median_is_stopped(cloud: Cloud) -> None:
    config = {"Strategy": "Grid", "ParameterRanges": RANGES, "TrainingJobEarlyStoppingType": "Auto"}
    params = tuning(cloud, "median", LEVEL, **config)
    params[f"{NOUN}Config"]["ResourceLimits"]["MaxParallelTrainingJobs"] = 1
    done = tune(cloud, params)
    found = children(cloud, "median")
    assert done[f"{NOUN}Status"] == "Completed"
    assert [one["TrainingJobStatus"] for one in found] == ["Completed", "Completed", "Stopped"]
    assert found[2]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 9.0
    assert done["BestTrainingJob"]["TunedHyperParameters"] == {"x": "1"}
    assert done["TrainingJobStatusCounters"]["Stopped"] == 1


def test_nothing_is_stopped_when_nobody_asked_for_it(cloud: Cloud) -> None:
    source = LEVEL.replace("30", "0.3")
    params = tuning(cloud, "unasked", source, Strategy="Grid", ParameterRanges=RANGES)
    params[f"{NOUN}Config"]["ResourceLimits"]["MaxParallelTrainingJobs"] = 1
    assert tune(cloud, params)["TrainingJobStatusCounters"]["Completed"] == 3

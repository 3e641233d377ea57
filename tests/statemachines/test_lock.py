"""The lock of an endpoint: who does not get it waits and ends skipped, who has lost it changes nothing."""

from typing import Any

import pytest

from stepmill.engine.errors import TaskFailure

from .deployment_aws import described
from .running import Run, assert_champion_untouched
from .training_aws import MODEL, PACKAGE

HELD = {"Payload": {"acquired": False, "holder": "another", "fencing_token": 4}}
CHANGES = {
    *("CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint", "DeleteEndpoint", "PutPreviousConfigBack"),
    *("SavePackageArn", "SaveEndpointName", "SaveEndpointConfigName", "SaveModelName", "RestoreConfigName"),
    *("BoundInstances", "FollowRequests", "CreateGroup", "RegisterModel"),
}
# machine -> (its input, its name, what stays undone, about what people are told, further output)
MACHINES = {
    "training": (
        {"data_uri": "s3://data/data/cars.csv"},
        "Training",
        f"model {MODEL} was compared with nobody",
        "s3://data/data/cars.csv",
        {"model_name": MODEL},
    ),
    "deployment": (
        {"model_package_arn": PACKAGE},
        "Deployment",
        f"package {PACKAGE} was not deployed",
        PACKAGE,
        {"model_package_arn": PACKAGE},
    ),
}
SLOW = {
    "training": {"Preprocess", "Train", "Evaluate", "Baselines", "VerifyModel"},
    "deployment": {"VerifyModel", "CreateModel", "VerifyAgain", "LookAgain"},
}


@pytest.fixture
def runs(run: Run, deploy: Run) -> dict[str, Run]:
    return {"training": run, "deployment": deploy}


def mine(token: int) -> dict[str, Any]:
    return {"Payload": {"acquired": True, "holder": "me", "fencing_token": token}}


def skipped(machine: str, looks: int) -> dict[str, Any]:
    _, _, undone, _, more = MACHINES[machine]
    return {
        "outcome": "skipped",
        "reason": f"lock stepmill-prod: another still holds it after {looks} looks; {undone}, start a new "
        "execution when that one has ended",
        "lock": "stepmill-prod",
        "holder": "another",
        **more,
    }


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("lock_looks", "looks"), [(0, 1), (1, 2), (300, 301)])
def test_the_loser_waits_and_ends_skipped_with_a_message(
    runs: dict[str, Run], machine: str, lock_looks: int, looks: int
) -> None:
    given, name, _, about, _ = MACHINES[machine]
    ran = runs[machine](given | {"lock_looks": lock_looks}, AcquireLock=HELD)
    assert (ran.status, ran.output) == ("SUCCEEDED", skipped(machine, looks))
    assert len(ran.requests["AcquireLock"]) == looks
    assert ran.seconds == 30 * lock_looks
    assert ran.states[-4:] == ["SaySkipped", "TellSkipped", "SummarizeSkipped", "Skipped"]
    [told] = ran.requests["TellSkipped"]
    assert told["Subject"] == f"{name} skipped: another execution holds the lock"
    assert told["Message"].startswith(f"Why: {ran.output['reason']}. Data: {about}. Execution: ")


@pytest.mark.parametrize("machine", MACHINES)
def test_the_loser_has_looked_at_no_champion_and_changed_nothing(runs: dict[str, Run], machine: str) -> None:
    ran = runs[machine](MACHINES[machine][0] | {"lock_looks": 2}, AcquireLock=HELD)
    assert not {"FindChampion", "JudgeCandidate", *CHANGES} & set(ran.requests)


@pytest.mark.parametrize(("machine", "outcome"), [("training", "registered"), ("deployment", "live")])
def test_who_waits_looks_300_times_again_unless_told_otherwise(
    runs: dict[str, Run], machine: str, outcome: str
) -> None:
    ran = runs[machine](AcquireLock=[*[HELD] * 300, mine(5)], ConfirmLock=mine(5))
    assert ran.output["outcome"] == outcome


@pytest.mark.parametrize("machine", MACHINES)
def test_a_message_that_cannot_be_sent_leaves_the_end_as_it_is(runs: dict[str, Run], machine: str) -> None:
    no_topic = TaskFailure("SNS.NotFoundException", "no topic")
    ran = runs[machine](MACHINES[machine][0] | {"lock_looks": 0}, AcquireLock=HELD, TellSkipped=no_topic)
    assert (ran.status, ran.output) == ("SUCCEEDED", skipped(machine, 1))


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("confirmed", "holder", "token"),
    [
        (mine(7), "me", 7),
        ({"Payload": {"acquired": False, "holder": "another", "fencing_token": 6}}, "another", 6),
        ({"Payload": {"acquired": False, "holder": "another", "fencing_token": 5}}, "another", 5),
    ],
    ids=["taken_anew", "taken_over", "not_acquired"],
)
def test_who_has_lost_the_lock_changes_nothing(
    runs: dict[str, Run], machine: str, confirmed: dict[str, Any], holder: str, token: int
) -> None:
    there = {"FindEndpoint": described("InService", "old-config")} if machine == "deployment" else {}
    ran = runs[machine](AcquireLock=mine(5), ConfirmLock=confirmed, **there)
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == (
        "LockLost",
        f"lock stepmill-prod: is with {holder} under fencing token {token}, but was taken under 5; nothing "
        "was changed, and the champion may be another by now: start a new execution",
    )
    assert not CHANGES & set(ran.requests)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_lock_is_confirmed_after_all_that_takes_long_and_before_any_change(
    runs: dict[str, Run], machine: str
) -> None:
    ran = runs[machine](AcquireLock=mine(5), ConfirmLock=mine(5))
    assert CHANGES & set(ran.requests)
    at = ran.states.index("ConfirmLock")
    assert ran.requests["ConfirmLock"] == ran.requests["AcquireLock"]
    assert SLOW[machine] <= set(ran.states[:at])
    assert not CHANGES & set(ran.states[:at])

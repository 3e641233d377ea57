"""The lock of an endpoint: who does not get it waits and ends skipped, who has lost it changes nothing."""

from typing import Any

import pytest

from stepmill.engine.errors import TaskFailure

from .conftest import CONFIG, MODEL, Run, assert_champion_untouched, description

GIVEN = {"data_uri": "s3://data/data/cars.csv"}
HELD = {"Payload": {"acquired": False, "holder": "another", "fencing_token": 4}}
CHANGES = {
    *("CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint", "DeleteEndpoint", "PutPreviousConfigBack"),
    *("SaveEndpointName", "SaveEndpointConfigName", "SaveModelName", "RestoreConfigName"),
}


def mine(token: int) -> dict[str, Any]:
    return {"Payload": {"acquired": True, "holder": "me", "fencing_token": token}}


def skipped(looks: int) -> dict[str, Any]:
    return {
        "outcome": "skipped",
        "reason": f"lock stepmill-prod: another still holds it after {looks} looks; model {MODEL} was "
        "compared with nobody, start a new execution when that one has ended",
        "lock": "stepmill-prod",
        "holder": "another",
        "model_name": MODEL,
    }


@pytest.mark.parametrize(("lock_looks", "looks"), [(0, 1), (1, 2), (300, 301)])
def test_the_loser_waits_and_ends_skipped_with_a_message(run: Run, lock_looks: int, looks: int) -> None:
    ran = run(GIVEN | {"lock_looks": lock_looks}, AcquireLock=HELD)
    assert (ran.status, ran.output) == ("SUCCEEDED", skipped(looks))
    assert len(ran.requests["AcquireLock"]) == looks
    assert ran.seconds == 30 * lock_looks
    assert ran.states[-4:] == ["SaySkipped", "TellSkipped", "SummarizeSkipped", "Skipped"]
    [told] = ran.requests["TellSkipped"]
    assert told["Subject"] == "Training skipped: another execution holds the lock"
    assert told["Message"].startswith(
        f"Why: {ran.output['reason']}. Data: s3://data/data/cars.csv. Execution: "
    )


def test_the_loser_has_looked_at_no_champion_and_changed_nothing(run: Run) -> None:
    ran = run(GIVEN | {"lock_looks": 2}, AcquireLock=HELD)
    assert not {"FindChampion", "JudgeCandidate", *CHANGES} & set(ran.requests)


def test_who_waits_looks_300_times_again_unless_told_otherwise(run: Run) -> None:
    ran = run(AcquireLock=[*[HELD] * 300, mine(5)], ConfirmLock=mine(5))
    assert ran.output["outcome"] == "live"


def test_a_message_that_cannot_be_sent_leaves_the_end_as_it_is(run: Run) -> None:
    no_topic = TaskFailure("SNS.NotFoundException", "no topic")
    ran = run(GIVEN | {"lock_looks": 0}, AcquireLock=HELD, TellSkipped=no_topic)
    assert (ran.status, ran.output) == ("SUCCEEDED", skipped(1))


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
    run: Run, confirmed: dict[str, Any], holder: str, token: int
) -> None:
    ran = run(FindEndpoint=description("InService", "old-config"), AcquireLock=mine(5), ConfirmLock=confirmed)
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == (
        "LockLost",
        f"lock stepmill-prod: is with {holder} under fencing token {token}, but was taken under 5; nothing "
        "was changed, and the champion may be another by now: start a new execution",
    )
    assert not CHANGES & set(ran.requests)


def test_the_lock_is_confirmed_after_all_that_takes_long_and_before_any_change(run: Run) -> None:
    ran = run(AcquireLock=mine(5), ConfirmLock=mine(5))
    assert ran.output["endpoint_config_name"] == CONFIG
    at = ran.states.index("ConfirmLock")
    assert ran.requests["ConfirmLock"] == ran.requests["AcquireLock"]
    assert {"Preprocess", "Train", "Evaluate", "Baselines", "VerifyModel"} <= set(ran.states[:at])
    assert not CHANGES & set(ran.states[:at])

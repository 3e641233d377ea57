"""Every way in which a roll-out of an endpoint fails: the previous config serves on, people are told."""

import pytest

from stepmill.engine.errors import TaskFailure

from .deployment_aws import CONFIG, described
from .running import MINE, Run, assert_champion_untouched
from .training_aws import CHAMPION_PACKAGE


@pytest.fixture
def run(deploy: Run) -> Run:
    return deploy


def test_an_update_that_fails_leaves_the_previous_config_and_tells(run: Run) -> None:
    ran = run(
        FindEndpoint=described("InService", "old-config"),
        WatchEndpoint=[
            described("Updating", "old-config"),
            described("InService", "old-config") | {"FailureReason": "no ping"},
        ],
        LookBeforeRollBack=described("InService", "old-config"),
    )
    assert_champion_untouched(ran)
    assert ran.error == "EndpointUpdateFailed"
    assert ran.cause == (
        f"endpoint stepmill-prod: is InService with config old-config instead of InService with {CONFIG}, "
        'for the reasons ["no ping"]; what was before is put back'
    )
    assert "PutPreviousConfigBack" not in ran.states
    [told] = ran.requests["TellRolledBack"]
    assert told["Subject"] == "Endpoint was not updated: the previous model serves on"
    assert told["Message"].partition(" Execution: ")[0] == (
        f"Why: EndpointUpdateFailed - {ran.cause}. Endpoint stepmill-prod is InService with config "
        f'old-config (before: "old-config"; new: {CONFIG}).'
    )


def test_an_export_that_fails_puts_the_previous_config_back(run: Run) -> None:
    ran = run(
        FindEndpoint=described("InService", "old-config"),
        SaveEndpointConfigName=TaskFailure("Ssm.AccessDeniedException", "denied"),
        LookBeforeRollBack=[
            described("InService", CONFIG),
            described("Updating", CONFIG),
            described("InService", "old-config"),
        ],
    )
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == ("Ssm.AccessDeniedException", "denied")
    assert [request["EndpointConfigName"] for request in ran.requests["PutPreviousConfigBack"]] == [
        "old-config"
    ]
    assert ran.requests["RestoreConfigName"][0]["Value"] == "old-config"
    assert ran.requests["RestorePackageArn"][0]["Value"] == CHAMPION_PACKAGE


def test_a_broken_roll_back_is_tried_and_told(run: Run) -> None:
    ran = run(
        FindEndpoint=described("InService", "old-config"),
        WatchEndpoint=described("UpdateRollbackFailed", CONFIG),
        LookBeforeRollBack=[
            described("UpdateRollbackFailed", CONFIG),
            described("InService", "old-config"),
        ],
    )
    assert_champion_untouched(ran)
    assert ran.error == "EndpointUpdateFailed"
    assert len(ran.requests["PutPreviousConfigBack"]) == 1


def test_a_first_endpoint_that_does_not_start_is_removed_and_told(run: Run) -> None:
    ran = run(WatchEndpoint=described("Failed", CONFIG), LookBeforeRollBack=described("Failed", CONFIG))
    assert_champion_untouched(ran)
    assert ran.error == "EndpointUpdateFailed"
    assert ran.requests["TakeFirstEndpointOff"] == [{"EndpointName": "stepmill-prod"}]
    [told] = ran.requests["TellTakenOff"]
    assert "(before: null;" in told["Message"]


@pytest.mark.parametrize(("status", "config"), [("OutOfService", CONFIG), ("Failed", "config-of-another")])
def test_a_first_endpoint_that_may_be_of_use_to_others_is_left_and_told(
    run: Run, status: str, config: str
) -> None:
    ran = run(WatchEndpoint=described("Failed", CONFIG), LookBeforeRollBack=described(status, config))
    assert_champion_untouched(ran)
    assert "TakeFirstEndpointOff" not in ran.requests
    [told] = ran.requests["TellNotRolledBack"]
    words = "endpoint stepmill-prod: no config served before that could be put back"
    assert f". Why it was not put back: NothingBefore - {words}. Endpoint" in told["Message"]


def test_an_update_that_is_refused_changes_nothing(run: Run) -> None:
    ran = run(
        FindEndpoint=described("InService", "old-config"),
        UpdateEndpoint=TaskFailure(
            "SageMaker.AmazonSageMakerException", "Cannot update in-progress endpoint"
        ),
        LookBeforeRollBack=described("InService", "old-config"),
    )
    assert_champion_untouched(ran)
    assert ran.cause == "Cannot update in-progress endpoint"


def test_an_endpoint_that_never_gets_ready_is_given_up_and_put_back(run: Run) -> None:
    ran = run(
        FindEndpoint=described("InService", "old-config"),
        WatchEndpoint=described("Updating", CONFIG),
        LookBeforeRollBack=described("InService", "old-config"),
    )
    assert_champion_untouched(ran)
    assert ran.error == "EndpointTooSlow"


def test_looks_that_are_lost_are_made_again_until_there_were_enough(run: Run) -> None:
    lost = TaskFailure("SageMaker.SdkClientException", "Unable to execute HTTP request")
    ran = run(
        FindEndpoint=[lost, described("InService", "old-config")],
        WatchEndpoint=lost,
        LookBeforeRollBack=lost,
    )
    assert_champion_untouched(ran)
    assert ran.error == "EndpointTooSlow"
    assert [len(ran.requests[state]) for state in ("WatchEndpoint", "LookBeforeRollBack")] == [150, 150]
    [told] = ran.requests["TellNotRolledBack"]
    assert "did not come into service within many looks" in told["Message"]


@pytest.mark.parametrize(
    ("serves", "why"),
    [
        ("config-of-another", "another config than those of this execution serves, and is left alone"),
        (CONFIG, None),
    ],
)
def test_only_the_config_of_this_execution_is_replaced_on_the_way_back(
    run: Run, serves: str, why: str | None
) -> None:
    """An execution that was redriven may find that another one has gone live since."""
    ran = run(
        FindEndpoint=described("InService", "old-config"),
        SaveEndpointName=TaskFailure("Ssm.InternalServerErrorException", "500"),
        LookBeforeRollBack=[described("InService", serves), described("InService", "old-config")],
    )
    assert_champion_untouched(ran)
    if why is None:
        assert len(ran.requests["PutPreviousConfigBack"]) == len(ran.requests["TellRolledBack"]) == 1
    else:
        assert "PutPreviousConfigBack" not in ran.requests
        assert why in ran.requests["TellNotRolledBack"][0]["Message"]


def test_an_endpoint_that_moves_when_it_is_to_be_put_back_is_waited_for(run: Run) -> None:
    moving = TaskFailure("SageMaker.AmazonSageMakerException", "Cannot update in-progress endpoint")
    ran = run(
        FindEndpoint=described("InService", "old-config"),
        WatchEndpoint=described("Failed", CONFIG),
        PutPreviousConfigBack=[moving, {}],
        LookBeforeRollBack=[*[described("InService", CONFIG)] * 2, described("InService", "old-config")],
    )
    assert_champion_untouched(ran)
    assert [len(ran.requests[state]) for state in ("PutPreviousConfigBack", "TellRolledBack")] == [2, 1]


def test_a_model_that_was_altered_before_it_was_served_is_taken_off(run: Run) -> None:
    cause = '{"errorMessage": "s3://m: has 2 versions; train again", "errorType": "ModelAltered"}'
    ran = run(
        FindEndpoint=described("InService", "old-config"),
        VerifyServedModel=TaskFailure("ModelAltered", cause),
        LookBeforeRollBack=[described("InService", CONFIG), described("InService", "old-config")],
    )
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == ("ModelAltered", "s3://m: has 2 versions; train again")
    assert "SaveEndpointName" not in ran.requests
    [back] = ran.requests["PutPreviousConfigBack"]
    assert back == {"EndpointName": "stepmill-prod", "EndpointConfigName": "old-config"}
    [first], [second] = ran.requests["VerifyModel"], ran.requests["VerifyServedModel"]
    assert first == second


def test_a_first_model_that_was_altered_before_it_was_served_is_taken_off_with_its_endpoint(run: Run) -> None:
    cause = '{"errorMessage": "s3://m: has 2 versions; train again", "errorType": "ModelAltered"}'
    ran = run(
        VerifyServedModel=TaskFailure("ModelAltered", cause),
        LookBeforeRollBack=described("InService", CONFIG),
    )
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == ("ModelAltered", "s3://m: has 2 versions; train again")
    assert ran.requests["StopScaling"][0]["ResourceId"] == "endpoint/stepmill-prod/variant/AllTraffic"
    assert ran.requests["TakeFirstEndpointOff"] == [{"EndpointName": "stepmill-prod"}]
    [told] = ran.requests["TellTakenOff"]
    assert told["Subject"] == "Endpoint was taken off again: nothing served before"
    assert "SaveEndpointName" not in ran.requests


@pytest.mark.parametrize("status", ["UpdateRollbackFailed", "OutOfService"])
def test_an_endpoint_that_needs_hands_is_left_alone(run: Run, status: str) -> None:
    ran = run(FindEndpoint=described(status, "old-config"))
    assert_champion_untouched(ran)
    assert ran.error == "EndpointStuck"
    assert ran.cause == (
        f"endpoint stepmill-prod: is {status}; nothing was changed, see to it and start the execution again"
    )
    assert not {"UpdateEndpoint", "CreateEndpoint", "DeleteEndpoint"} & set(ran.states)


def test_a_look_that_is_denied_is_not_taken_for_an_absent_endpoint(run: Run) -> None:
    ran = run(FindEndpoint=TaskFailure("SageMaker.SageMakerException", "not authorized to perform: x"))
    assert_champion_untouched(ran)
    assert ran.cause == "not authorized to perform: x"
    assert "CreateEndpoint" not in ran.states


def test_the_longest_way_stays_far_below_the_events_that_an_execution_may_have(run: Run) -> None:
    """Every loop to its last look, with all retries and throttled calls: AWS ends an execution at 25,000."""
    held = {"Payload": {"acquired": False, "holder": "x", "fencing_token": 1}}
    crashes = [TaskFailure("Lambda.ServiceException", "x")] * 6 + [TaskFailure("Sandbox.Timedout", "x")] * 2
    moving = described("Updating", "old-config")
    throttled = [TaskFailure("SageMaker.SageMakerException", "Rate exceeded")] * 40
    ran = run(
        AcquireLock=[*[*crashes, held] * 300, MINE],
        FindEndpoint=[*throttled, *[moving] * 149, described("InService", "old-config")],
        WatchEndpoint=moving,
        LookBeforeRollBack=[*throttled, moving],
    )
    assert_champion_untouched(ran)
    assert ran.error == "EndpointTooSlow"
    assert len(ran.requests["AcquireLock"]) == 300 * 9 + 1
    looks = ("FindEndpoint", "WatchEndpoint", "LookBeforeRollBack")
    assert [len(ran.requests[state]) for state in looks] == [190, 150, 190]
    assert ran.events < 20_000


def test_an_update_that_an_alarm_took_back_is_told_and_the_champion_serves_on(run: Run) -> None:
    """SageMaker itself rolls back; the config that served before is in service again."""
    before = described("InService", "old-config")
    ran = run(
        FindEndpoint=before,
        WatchEndpoint=[described("Updating", "old-config"), described("RollingBack", "old-config"), before],
        LookBeforeRollBack=before,
    )
    assert_champion_untouched(ran)
    assert ran.error == "EndpointUpdateFailed"
    assert len(ran.requests["TellRolledBack"]) == 1


def test_scaling_that_cannot_be_set_puts_the_previous_config_back(run: Run) -> None:
    """An endpoint that does not grow is no good exchange for one that does."""
    ran = run(
        FindEndpoint=described("InService", "old-config"),
        FollowRequests=TaskFailure("ApplicationAutoScaling.LimitExceededException", "too many policies"),
        LookBeforeRollBack=[described("InService", CONFIG), described("InService", "old-config")],
    )
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == ("ApplicationAutoScaling.LimitExceededException", "too many policies")
    assert len(ran.requests["PutPreviousConfigBack"]) == 1

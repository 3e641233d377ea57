"""Every way in which a roll-out of an endpoint fails: the previous config serves on, people are told."""

import pytest

from stepmill.engine.errors import TaskFailure

from .conftest import CONFIG, Run, assert_champion_untouched, description


def test_an_update_that_fails_leaves_the_previous_config_and_tells(run: Run) -> None:
    ran = run(
        FindEndpoint=description("InService", "old-config"),
        WatchEndpoint=[description("Updating", "old-config"), description("InService", "old-config")],
        LookBeforeRollBack=description("InService", "old-config"),
    )
    assert_champion_untouched(ran)
    assert ran.error == "EndpointUpdateFailed"
    assert ran.cause == (
        f"endpoint stepmill-prod: is InService with config old-config instead of InService with {CONFIG}; "
        "the previous config serves on"
    )
    assert "PutPreviousConfigBack" not in ran.states
    [told] = ran.requests["TellRolledBack"]
    assert told["Subject"] == "Endpoint was not updated: the previous model serves on"
    assert "InService with config old-config" in told["Message"]


def test_an_export_that_fails_puts_the_previous_config_back(run: Run) -> None:
    ran = run(
        FindEndpoint=description("InService", "old-config"),
        SaveEndpointConfigName=TaskFailure("Ssm.AccessDeniedException", "denied"),
        LookBeforeRollBack=[
            description("InService", CONFIG),
            description("Updating", CONFIG),
            description("InService", "old-config"),
        ],
    )
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == ("Ssm.AccessDeniedException", "denied")
    assert [request["EndpointConfigName"] for request in ran.requests["PutPreviousConfigBack"]] == [
        "old-config"
    ]
    assert ran.requests["RestoreConfigName"][0]["Value"] == "old-config"


def test_a_broken_roll_back_is_tried_and_told(run: Run) -> None:
    ran = run(
        FindEndpoint=description("InService", "old-config"),
        WatchEndpoint=description("UpdateRollbackFailed", CONFIG),
        LookBeforeRollBack=[
            description("UpdateRollbackFailed", CONFIG),
            description("InService", "old-config"),
        ],
    )
    assert_champion_untouched(ran)
    assert ran.error == "EndpointUpdateFailed"
    assert len(ran.requests["PutPreviousConfigBack"]) == 1


def test_a_first_endpoint_that_fails_is_told_though_nothing_served_before(run: Run) -> None:
    ran = run(WatchEndpoint=description("Failed", CONFIG), LookBeforeRollBack=description("Failed", CONFIG))
    assert_champion_untouched(ran)
    assert ran.error == "EndpointUpdateFailed"
    assert "(before: null;" in ran.requests["TellRolledBack"][0]["Message"]


def test_an_update_that_is_refused_changes_nothing(run: Run) -> None:
    ran = run(
        FindEndpoint=description("InService", "old-config"),
        UpdateEndpoint=TaskFailure(
            "SageMaker.AmazonSageMakerException", "Cannot update in-progress endpoint"
        ),
        LookBeforeRollBack=description("InService", "old-config"),
    )
    assert_champion_untouched(ran)
    assert ran.cause == "Cannot update in-progress endpoint"


def test_an_endpoint_that_never_gets_ready_is_given_up_and_put_back(run: Run) -> None:
    ran = run(
        FindEndpoint=description("InService", "old-config"),
        WatchEndpoint=description("Updating", CONFIG),
        LookBeforeRollBack=description("InService", "old-config"),
    )
    assert_champion_untouched(ran)
    assert ran.error == "EndpointTooSlow"


def test_looks_that_always_fail_end_the_roll_back_too(run: Run) -> None:
    denied = TaskFailure("SageMaker.SageMakerException", "not authorized")
    ran = run(WatchEndpoint=denied, LookBeforeRollBack=denied)
    assert_champion_untouched(ran)
    assert ran.error == "EndpointTooSlow"
    assert len(ran.requests["TellRolledBack"]) == 1


@pytest.mark.parametrize("status", ["UpdateRollbackFailed", "OutOfService"])
def test_an_endpoint_that_needs_hands_is_left_alone(run: Run, status: str) -> None:
    ran = run(FindEndpoint=description(status, "old-config"))
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


def test_the_longest_way_stays_below_the_events_that_an_execution_may_have(run: Run) -> None:
    """Every loop to its last look; the engine ends an execution at 25,000 events as AWS does."""
    held, free = ({"Payload": {"acquired": is_free, "holder": "x"}} for is_free in (False, True))
    moving = description("Updating", "old-config")
    ran = run(
        AcquireLock=[*[held] * 299, free],
        FindEndpoint=[*[moving] * 299, description("InService", "old-config")],
        WatchEndpoint=moving,
        LookBeforeRollBack=moving,
    )
    assert_champion_untouched(ran)
    assert ran.error == "EndpointTooSlow"
    assert [len(ran.requests[state]) for state in ("AcquireLock", "FindEndpoint")] == [300, 300]
    assert [len(ran.requests[state]) for state in ("WatchEndpoint", "LookBeforeRollBack")] == [300, 300]

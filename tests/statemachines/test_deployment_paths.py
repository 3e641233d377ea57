"""Every way through the deployment machine that ends as meant: live, superseded, or live already."""

from typing import Any

import pytest

from statemachines.fragments import throttled
from stepmill.engine.errors import TaskFailure

from .deployment_aws import CONFIG, MODEL, described, package
from .running import MINE, Run
from .training_aws import CHAMPION_PACKAGE, GROUP, PACKAGE

GIVEN = {"model_package_arn": PACKAGE}
TO_LOCK = [
    *("Defaults", "InputIsObject", "MergeInput", "ShowInput", "ValidateInput", "DescribePackage"),
    *("Approved", "PackageTells", "TakePackage", "ReadSettings", "TakeSettings", "MergePackage"),
    *("AlarmsGiven", "TakeOwnAlarms", "ShowSettings", "ValidateSettings"),
    *("Settings", "VerifyModel", "AcquireLock", "HasLock", "FindChampion", "FindChampionPackage"),
    "StillCurrent",
]
MADE = ["CreateModel", "VerifyAgain", "LookAgain", "StillApproved", "ConfirmLock", "SameHold"]
EXPORTED = [
    *("WaitWatch", "WatchEndpoint", "NewConfigServes", "VerifyServedModel", "BoundInstances"),
    *("FollowRequests", "SavePackageArn", "SaveEndpointName", "SaveEndpointConfigName", "SaveModelName"),
    *("ReleaseLock", "Summarize", "Live"),
]
LIVE = {
    "outcome": "live",
    "model_package_arn": PACKAGE,
    "model_name": MODEL,
    "manifest_uri": "s3://artifacts/training/1/manifest.json",
    "endpoint_name": "stepmill-prod",
    "endpoint_config_name": CONFIG,
    "previous_config_name": None,
}
UPDATED = LIVE | {"previous_config_name": "old-config"}
SERVES = described("InService", "old-config")
NO_MODEL = TaskFailure("Ssm.ParameterNotFoundException", "not there")


def traffic(**routing: Any) -> dict[str, Any]:
    return {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 0}


def test_the_first_version_gets_a_new_endpoint(deploy: Run) -> None:
    ran = deploy()
    assert (ran.status, ran.output) == ("SUCCEEDED", LIVE)
    find = ["FindEndpoint", "ThrottledFindEndpoint", "EndpointAbsent", "NothingBefore", "CreateEndpoint"]
    assert ran.states == [*TO_LOCK, *MADE, "CreateEndpointConfig", *find, *EXPORTED]


def test_an_update_moves_all_traffic_at_once_watched_by_the_alarms(deploy: Run) -> None:
    ran = deploy(FindEndpoint=SERVES)
    assert (ran.status, ran.output) == ("SUCCEEDED", UPDATED)
    plan = ["CanaryPossible", "ShiftAllAtOnce", "HasAlarms", "GuardByAlarms", "PlanUpdate"]
    find = ["FindEndpoint", "EndpointAtRest", "RememberConfig", *plan, "UpdateEndpoint"]
    assert ran.states == [*TO_LOCK, *MADE, "CreateEndpointConfig", *find, *EXPORTED]
    [update] = ran.requests["UpdateEndpoint"]
    alarms = [{"AlarmName": "ErrorsAlarm"}, {"AlarmName": "LatencyAlarm"}]
    assert update == {
        "EndpointName": "stepmill-prod",
        "EndpointConfigName": CONFIG,
        "RetainAllVariantProperties": True,
        "DeploymentConfig": {
            "BlueGreenUpdatePolicy": traffic(Type="ALL_AT_ONCE", WaitIntervalInSeconds=300),
            "AutoRollbackConfiguration": {"Alarms": alarms},
        },
    }


def test_a_fleet_of_two_gets_a_canary_first(deploy: Run) -> None:
    ran = deploy(GIVEN | {"canary_percent": 25, "bake_s": 60}, FindEndpoint=described("InService", "old", 2))
    [update] = ran.requests["UpdateEndpoint"]
    size = {"Type": "CAPACITY_PERCENT", "Value": 25}
    policy = traffic(Type="CANARY", CanarySize=size, WaitIntervalInSeconds=60)
    assert update["DeploymentConfig"]["BlueGreenUpdatePolicy"] == policy


def test_no_canary_is_sent_when_it_has_no_part_of_the_fleet(deploy: Run) -> None:
    ran = deploy(GIVEN | {"canary_percent": 0}, FindEndpoint=described("InService", "old", 2))
    assert "ShiftAllAtOnce" in ran.states


@pytest.mark.parametrize(
    ("given", "guard"),
    [
        ({"endpoint_name": "stepmill-prod-two"}, {}),
        (
            {"endpoint_name": "stepmill-prod-linear"},
            {
                "AutoRollbackConfiguration": {
                    "Alarms": [{"AlarmName": "SecondErrorsAlarm"}, {"AlarmName": "SecondLatencyAlarm"}]
                }
            },
        ),
        ({"alarms": []}, {}),
        (
            {"alarms": [{"AlarmName": "mine"}]},
            {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "mine"}]}},
        ),
    ],
    ids=["other_endpoint", "second_endpoint", "none", "own"],
)
def test_the_stacks_alarms_guard_the_stacks_endpoints_unless_others_are_given(
    deploy: Run, given: dict[str, Any], guard: dict[str, Any]
) -> None:
    [update] = deploy(GIVEN | given, FindEndpoint=SERVES).requests["UpdateEndpoint"]
    policy = traffic(Type="ALL_AT_ONCE", WaitIntervalInSeconds=300)
    assert update["DeploymentConfig"] == {"BlueGreenUpdatePolicy": policy, **guard}


def test_a_version_that_lost_to_another_meanwhile_is_superseded_and_told(deploy: Run) -> None:
    ran = deploy(
        GIVEN | {"on_approval": True},
        DescribePackage=package(approval="automatic"),
        FindChampionPackage={"Parameter": {"Value": f"{GROUP}/7"}},
    )
    assert (ran.status, ran.output) == (
        "SUCCEEDED",
        {
            "outcome": "superseded",
            "reason": f"package {PACKAGE} was compared with package {CHAMPION_PACKAGE}, but {GROUP}/7 serves "
            "now and may be better; train again, or start this machine with its ARN to deploy it knowingly",
            "model_package_arn": PACKAGE,
            "serving_package_arn": f"{GROUP}/7",
            "endpoint_name": "stepmill-prod",
        },
    )
    assert ran.states == [*TO_LOCK, "ReleaseAfterSuperseded", "SummarizeSuperseded", "EndedSuperseded"]


@pytest.mark.parametrize(
    ("given", "facts"),
    [
        ({"on_approval": True}, {"approval": "manual"}),
        ({"on_approval": False}, {"approval": "automatic"}),
        ({"on_approval": True}, {"approval": "automatic", "parent": "not compared"}),
    ],
    ids=["approved_by_people", "started_by_people", "not_compared"],
)
def test_what_people_have_decided_is_obeyed(
    deploy: Run, given: dict[str, Any], facts: dict[str, str]
) -> None:
    ran = deploy(
        GIVEN | given,
        DescribePackage=package(**facts),
        FindChampionPackage={"Parameter": {"Value": f"{GROUP}/7"}},
    )
    assert ran.output == LIVE


@pytest.mark.parametrize(
    ("found", "outcome"),
    [({}, "live"), ({"FindChampion": NO_MODEL}, "superseded")],
    ids=["compared_with", "none_serves_now"],
)
def test_a_version_that_was_approved_by_policy_is_deployed_over_its_champion_only(
    deploy: Run, found: dict[str, Any], outcome: str
) -> None:
    ran = deploy(GIVEN | {"on_approval": True}, DescribePackage=package(approval="automatic"), **found)
    assert ran.output["outcome"] == outcome


def test_the_first_version_of_all_is_superseded_by_nobody(deploy: Run) -> None:
    ran = deploy(
        GIVEN | {"on_approval": True},
        DescribePackage=package(approval="automatic", parent="none"),
        FindChampion=NO_MODEL,
    )
    assert ran.output == LIVE


def test_a_champion_from_before_the_registry_has_no_version(deploy: Run) -> None:
    ran = deploy(
        GIVEN | {"on_approval": True},
        DescribePackage=package(approval="automatic", parent="none"),
        FindChampionPackage=NO_MODEL,
    )
    assert ran.output == LIVE


def test_an_event_for_what_serves_already_changes_nothing(deploy: Run) -> None:
    serving = {"Parameter": {"Value": PACKAGE}}
    ran = deploy(GIVEN | {"on_approval": True}, FindChampionPackage=serving)
    assert ran.output == {
        "outcome": "already live",
        "reason": "this version serves already",
        "model_package_arn": PACKAGE,
        "serving_package_arn": PACKAGE,
        "endpoint_name": "stepmill-prod",
    }
    assert "CreateModel" not in ran.states
    assert deploy(GIVEN, FindChampionPackage=serving).output == LIVE


def test_waits_for_an_endpoint_that_moves_and_replaces_one_that_never_served(deploy: Run) -> None:
    ran = deploy(
        FindEndpoint=[
            described("Updating", "old-config"),
            described("Failed", "old-config"),
            TaskFailure("SageMaker.SageMakerException", "Rate exceeded"),
            TaskFailure("SageMaker.SageMakerException", "Could not find endpoint"),
        ]
    )
    assert ran.output == LIVE
    assert len(ran.requests["DeleteEndpoint"]) == 1
    assert len(ran.requests["CreateEndpoint"]) == 1


def test_looks_at_the_endpoint_until_it_is_in_service(deploy: Run) -> None:
    ran = deploy(
        WatchEndpoint=[
            described("Creating", CONFIG),
            TaskFailure("SageMaker.SageMakerException", "Rate exceeded"),
            described("InService", CONFIG),
        ]
    )
    assert ran.output == LIVE
    assert 60 < ran.seconds <= 60 + throttled.LONGEST_S


def test_waits_for_the_lock_and_reads_the_champion_only_then(deploy: Run) -> None:
    held = {"Payload": {"acquired": False, "holder": "another", "fencing_token": 4}}
    ran = deploy(AcquireLock=[held, MINE])
    assert ran.output == LIVE
    assert ran.states.index("FindChampion") > ran.states.index("WaitLock")


def test_a_lock_that_cannot_be_released_leaves_the_version_live(deploy: Run) -> None:
    ran = deploy(ReleaseLock=TaskFailure("Lambda.ResourceNotFoundException", "gone"))
    assert (ran.status, ran.output) == ("SUCCEEDED", LIVE)


def test_the_input_stands_over_the_packages_own_settings(deploy: Run) -> None:
    own = deploy()
    given = {
        "endpoint_name": "stepmill-prod-two",
        "parameter_prefix": "/stepmill/prod/training/two",
        "endpoint_instance_type": "ml.c5.large",
        "min_instances": 2,
        "max_instances": 5,
        "invocations_per_instance": 70,
        "poll_interval_s": 1,
    }
    over = deploy(GIVEN | given)
    assert over.seconds == 1
    for ran, name, kind, fewest, most, rate in (
        (own, "stepmill-prod", "ml.m5.large", 1, 2, 1000.0),
        (over, "stepmill-prod-two", "ml.c5.large", 2, 5, 70),
    ):
        [config], [bound] = ran.requests["CreateEndpointConfig"], ran.requests["BoundInstances"]
        [variant], [follow] = config["ProductionVariants"], ran.requests["FollowRequests"]
        assert (variant["InstanceType"], variant["InitialInstanceCount"]) == (kind, fewest)
        target = {
            "ServiceNamespace": "sagemaker",
            "ResourceId": f"endpoint/{name}/variant/AllTraffic",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        }
        assert bound == target | {"MinCapacity": fewest, "MaxCapacity": most}
        assert follow == target | {
            "PolicyName": f"{name}-requests",
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": rate,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
                },
                "ScaleOutCooldown": 60,
                "ScaleInCooldown": 300,
            },
        }
    assert over.requests["SaveModelName"][0]["Name"] == "/stepmill/prod/training/two/model-name"
    assert over.requests["AcquireLock"][0]["Payload"]["name"] == "stepmill-prod-two"

"""Blue/green updates with real model servers: traffic moves, is watched, and goes back."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.cloudwatch.watching import evaluate
from stepmill.cloud.services.sagemaker.serving import Endpoints
from stepmill.engine.clock import VirtualClock
from tests.cloud.sagemaker.fleets import (
    answer,
    configure,
    describe,
    is_baking,
    model,
    pass_time,
    percent,
    policy,
    serve,
    update,
    variant,
    wait_until,
    watch,
)
from tests.cloud.sagemaker.things import BUCKET, TRUST, XGBOOST, get, keys, settled


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def fleets(cloud: Cloud, endpoint: str) -> int:
    return len(cloud.state(Endpoints)._fleets.get(endpoint, {}))


def baking_since(cloud: Cloud, endpoint: str) -> datetime:
    (pending,) = describe(cloud, endpoint)["PendingDeploymentSummary"]["ProductionVariants"]
    started: datetime = pending["VariantStatus"][0]["StartTime"]
    return started


def shown(weight: float, count: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "VariantName": "AllTraffic",
        "DeployedImages": [{"SpecifiedImage": XGBOOST, "ResolvedImage": XGBOOST}],
        "CurrentWeight": weight,
        "DesiredWeight": 1.0,
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": count,
        **more,
    }


def test_all_traffic_moves_at_once_and_the_old_fleet_waits_while_it_bakes(
    cloud: Cloud, clock: VirtualClock
) -> None:
    serve(cloud, "at-once", "ten")
    config = policy("ALL_AT_ONCE", 60, end_s=30)
    begun = clock.time()
    update(cloud, "at-once", "twenty", DeploymentConfig=config)
    wait_until(lambda: is_baking(cloud, "at-once"))
    found = describe(cloud, "at-once")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("Updating", "ten")
    assert found["ProductionVariants"] == [shown(0.0)]
    baking = [{"Status": "Baking", "StartTime": at(begun)}]
    assert found["PendingDeploymentSummary"] == {
        "EndpointConfigName": "twenty",
        "ProductionVariants": [shown(1.0, VariantStatus=baking)],
        "StartTime": at(begun),
    }
    assert (answer(cloud, "at-once"), fleets(cloud, "at-once")) == (20.0, 2)
    pass_time(cloud, clock, 59)
    cloud.state(Endpoints).progress("at-once")
    assert describe(cloud, "at-once")["EndpointStatus"] == "Updating"
    pass_time(cloud, clock, 1)
    wait_until(lambda: baking_since(cloud, "at-once") == at(begun + 60))
    pass_time(cloud, clock, 30)
    done = settled(cloud, "at-once")
    assert (done["EndpointStatus"], done["EndpointConfigName"]) == ("InService", "twenty")
    assert (done["ProductionVariants"], done["LastDeploymentConfig"]) == ([shown(1.0)], config)
    assert {"PendingDeploymentSummary", "FailureReason"} & done.keys() == set()
    assert answer(cloud, "at-once") == 20.0
    wait_until(lambda: fleets(cloud, "at-once") == 1)


def test_a_canary_serves_its_share_and_both_fleets_are_captured(cloud: Cloud, clock: VirtualClock) -> None:
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/canary",
        "CaptureOptions": [{"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    for name in ("ten", "twenty"):
        two = variant(name, InitialInstanceCount=2)
        configure(cloud, f"two-{name}", two, DataCaptureConfig=capture)
    serve(cloud, "canary", "two-ten")
    update(cloud, "canary", "two-twenty", DeploymentConfig=policy("CANARY", 60, CanarySize=percent(50)))
    wait_until(lambda: is_baking(cloud, "canary"))
    found = describe(cloud, "canary")
    assert found["ProductionVariants"] == [shown(0.5, 2)]
    (pending,) = found["PendingDeploymentSummary"]["ProductionVariants"]
    assert (pending["CurrentWeight"], pending["CurrentInstanceCount"]) == (0.5, 2)
    seen = {answer(cloud, "canary", InferenceId=f"car-{number}") for number in range(40)}
    assert seen == {10.0, 20.0}
    assert answer(cloud, "canary", TargetVariant="AllTraffic") in seen
    lines = [json.loads(get(cloud, f"s3://{BUCKET}/{key}")) for key in keys(cloud, "canary/")]
    outputs = {float(one["captureData"]["endpointOutput"]["data"]) for one in lines}
    ids = {one["eventMetadata"].get("inferenceId") for one in lines}
    assert (outputs, len(ids)) == ({10.0, 20.0}, 41)
    pass_time(cloud, clock, 60)
    assert settled(cloud, "canary")["EndpointConfigName"] == "two-twenty"
    assert {answer(cloud, "canary") for _ in range(5)} == {20.0}


def test_an_alarm_of_the_new_fleet_s_errors_takes_all_traffic_back(cloud: Cloud, clock: VirtualClock) -> None:
    serve(cloud, "guarded", "ten")
    watch(cloud, "guarded-4xx", "guarded")
    config = policy("ALL_AT_ONCE", 600, alarms=("guarded-4xx",))
    update(cloud, "guarded", "narrow", DeploymentConfig=config)
    wait_until(lambda: is_baking(cloud, "guarded"))
    with pytest.raises(AwsError, match="Feature size"):
        answer(cloud, "guarded")
    evaluate(cloud)
    done = settled(cloud, "guarded")
    assert (done["EndpointStatus"], done["EndpointConfigName"]) == ("InService", "ten")
    assert done["FailureReason"] == (
        "The deployment was rolled back because one or more of its CloudWatch alarms are in the ALARM state: "
        "guarded-4xx."
    )
    assert done["ProductionVariants"] == [shown(1.0)]
    assert "PendingDeploymentSummary" not in done
    assert answer(cloud, "guarded") == 10.0
    wait_until(lambda: fleets(cloud, "guarded") == 1)
    update(cloud, "guarded", "narrow", DeploymentConfig=config)
    done = settled(cloud, "guarded")
    assert (done["EndpointConfigName"], "guarded-4xx" in done["FailureReason"]) == ("ten", True)
    pass_time(cloud, clock, 240)
    evaluate(cloud)
    update(cloud, "guarded", "twenty", DeploymentConfig=config)
    wait_until(lambda: is_baking(cloud, "guarded"))
    pass_time(cloud, clock, 600)
    done = settled(cloud, "guarded")
    assert (done["EndpointConfigName"], done.get("FailureReason")) == ("twenty", None)


def test_an_alarm_may_watch_the_new_configuration_alone(cloud: Cloud) -> None:
    serve(cloud, "split", "ten")
    dimensions = [
        {"Name": "EndpointName", "Value": "split"},
        {"Name": "VariantName", "Value": "AllTraffic"},
        {"Name": "EndpointConfigName", "Value": "narrow"},
    ]
    watch(cloud, "split-4xx", "split", Dimensions=dimensions)
    with pytest.raises(AwsError, match="Feature size"):
        answer(cloud, "split", b"1,2,3")
    evaluate(cloud)
    config = policy("ALL_AT_ONCE", 600, alarms=("split-4xx",))
    update(cloud, "split", "narrow", DeploymentConfig=config)
    wait_until(lambda: is_baking(cloud, "split"))
    assert answer(cloud, "split", b"1") == 30.0
    evaluate(cloud)
    assert is_baking(cloud, "split")
    with pytest.raises(AwsError, match="Feature size"):
        answer(cloud, "split")
    evaluate(cloud)
    assert settled(cloud, "split")["EndpointConfigName"] == "ten"


def test_a_new_fleet_that_does_not_start_changes_nothing(cloud: Cloud) -> None:
    serve(cloud, "steady", "ten")
    configure(cloud, "gone", variant(model(cloud, "gone", 1.0)))
    cloud.call("s3", "DeleteObject", {"Bucket": BUCKET, "Key": "models/gone.tar.gz"})
    update(cloud, "steady", "gone", DeploymentConfig=policy("ALL_AT_ONCE", 60))
    done = settled(cloud, "steady")
    assert (done["EndpointStatus"], done["EndpointConfigName"]) == ("InService", "ten")
    assert done["FailureReason"].startswith("Failed to download model data from s3://cars/models/gone.tar.gz")
    assert (answer(cloud, "steady"), fleets(cloud, "steady")) == (10.0, 1)


def test_an_alarm_that_is_deleted_meanwhile_ends_the_update(cloud: Cloud, clock: VirtualClock) -> None:
    serve(cloud, "unguarded", "ten")
    watch(cloud, "brief", "unguarded")
    update(cloud, "unguarded", "twenty", DeploymentConfig=policy("ALL_AT_ONCE", 60, alarms=("brief",)))
    wait_until(lambda: is_baking(cloud, "unguarded"))
    cloud.call("cloudwatch", "DeleteAlarms", {"AlarmNames": ["brief"]})
    pass_time(cloud, clock, 60)
    done = settled(cloud, "unguarded")
    assert (done["EndpointConfigName"], done["FailureReason"]) == (
        "ten",
        "The deployment was rolled back because alarms that guard it are gone: brief.",
    )


def test_an_update_that_takes_too_long_goes_back(cloud: Cloud, clock: VirtualClock) -> None:
    serve(cloud, "slow", "ten")
    config = policy("ALL_AT_ONCE", 300, end_s=200)
    config["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] = 600
    update(cloud, "slow", "twenty", DeploymentConfig=config)
    wait_until(lambda: is_baking(cloud, "slow"))
    pass_time(cloud, clock, 601)
    done = settled(cloud, "slow")
    assert (done["EndpointConfigName"], done["FailureReason"]) == (
        "ten",
        "The deployment was rolled back because it took longer than 600 seconds.",
    )


def test_alarms_must_exist_and_be_readable_by_the_model_s_role(cloud: Cloud) -> None:
    serve(cloud, "checked", "ten")
    config = policy("ALL_AT_ONCE", 0, alarms=("nowhere",))
    with pytest.raises(AwsError, match="names alarms that do not exist: nowhere"):
        update(cloud, "checked", "twenty", DeploymentConfig=config)
    document = json.dumps(TRUST)
    cloud.call("iam", "CreateRole", {"RoleName": "blind", "AssumeRolePolicyDocument": document})
    configure(
        cloud,
        "blind",
        variant(model(cloud, "blind", 1.0, role_arn=f"arn:aws:iam::{cloud.account}:role/blind")),
    )
    watch(cloud, "seen", "checked")
    config = policy("ALL_AT_ONCE", 0, alarms=("seen",))
    with pytest.raises(AwsError, match=r"the alarms cannot be read: .*cloudwatch:DescribeAlarms"):
        update(cloud, "checked", "blind", DeploymentConfig=config)
    assert describe(cloud, "checked")["EndpointStatus"] == "InService"


def test_variants_keep_their_names_under_a_deployment_config(cloud: Cloud) -> None:
    serve(cloud, "named", "ten")
    configure(cloud, "renamed", variant("ten", VariantName="Other"))
    with pytest.raises(AwsError, match="AllTraffic are now Other"):
        update(cloud, "named", "renamed", DeploymentConfig=policy("ALL_AT_ONCE", 0))
    update(cloud, "named", "renamed")
    assert settled(cloud, "named")["EndpointConfigName"] == "renamed"


def test_a_deployment_config_is_kept_for_the_next_update_only_when_it_is_retained(
    cloud: Cloud, clock: VirtualClock
) -> None:
    config = policy("ALL_AT_ONCE", 60)
    done = serve(cloud, "retained", "ten", DeploymentConfig=config)
    assert done["LastDeploymentConfig"] == config
    update(cloud, "retained", "twenty", RetainDeploymentConfig=True)
    wait_until(lambda: is_baking(cloud, "retained"))
    pass_time(cloud, clock, 60)
    assert settled(cloud, "retained")["EndpointConfigName"] == "twenty"
    update(cloud, "retained", "ten")
    assert settled(cloud, "retained")["EndpointConfigName"] == "ten"


def test_the_same_attempt_updates_once(cloud: Cloud, clock: VirtualClock) -> None:
    serve(cloud, "twice", "ten")
    params = {
        "EndpointName": "twice",
        "EndpointConfigName": "twenty",
        "DeploymentConfig": policy("ALL_AT_ONCE", 60),
    }
    first = cloud.call("sagemaker", "UpdateEndpoint", params, attempt="a")
    assert cloud.call("sagemaker", "UpdateEndpoint", params, attempt="a") == first
    with pytest.raises(AwsError, match="Cannot update in-progress endpoint"):
        cloud.call("sagemaker", "UpdateEndpoint", params, attempt="b")
    wait_until(lambda: is_baking(cloud, "twice"))
    pass_time(cloud, clock, 60)
    assert settled(cloud, "twice")["EndpointConfigName"] == "twenty"

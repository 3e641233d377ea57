"""A file arrives and a model goes live; the same file twice, late and in competition."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.end_to_end.platform import AT_ONCE, Platform, first_row, wait_for


def test_an_upload_registers_a_model_puts_it_live_and_exports_its_names(served: Platform) -> None:
    model, config, answer = served.champion()
    package = served.package()
    facts = package["CustomerMetadataProperties"]
    assert served.parameters() == {
        "candidate-model-name": f"stepmill-dev-model-{served.run()}-0-0",
        "model-name": model,
        "model-package-arn": package["ModelPackageArn"],
        "endpoint-name": "stepmill-dev",
        "endpoint-config-name": config,
    }
    assert (package["ModelPackageGroupName"], package["ModelPackageVersion"]) == ("stepmill-dev", 1)
    assert (package["ModelApprovalStatus"], facts["approval"], facts["parent"]) == (
        "Approved",
        "automatic",
        "none",
    )
    assert facts["data_uri"] == f"s3://{served.outputs['DataBucketName']}/data/champion.csv"
    # AWS's own image is in no registry that the embedded cloud has.
    assert (facts["data_unchanged"], facts["image_digest"]) == ("true", "unknown")
    [listed] = objects_of(served, facts)
    assert (listed["key"], listed["version_id"]) == ("data/champion.csv", facts["data_version"])
    described = served.client("sagemaker").describe_model(ModelName=model)["PrimaryContainer"]
    assert described["ModelPackageName"] == package["ModelPackageArn"]
    assert described["Environment"]["SCHEMA_URI"] == facts["schema_uri"]
    assert float(answer) > 0
    assert "is under the limit 4000 and no champion was compared" in served.mail_with("accepted")
    assert f"model {model}" in served.mail_with("deployment succeeded, live: stepmill-dev/1")


def test_the_endpoint_has_bounds_and_a_target_for_its_scaling(served: Platform) -> None:
    scaling = served.client("application-autoscaling")
    [target] = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (target["ResourceId"], target["MinCapacity"], target["MaxCapacity"]) == (
        "endpoint/stepmill-dev/variant/AllTraffic",
        1,
        2,
    )
    [policy] = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 1000.0


def test_a_model_waits_for_people_unless_told_otherwise_and_goes_live_when_they_approve(
    served: Platform,
) -> None:
    below = "/manual"
    shared = {
        "data_uri": f"s3://{served.outputs['DataBucketName']}/data/champion.csv",
        "endpoint_name": f"{served.outputs['EndpointName']}-manual",
        "parameter_prefix": served.outputs["ParameterPrefix"] + below,
        "bake_s": 0,
    }
    done = served.ended(served.start(**shared))
    output = json.loads(done["output"])
    arn = output["model_package_arn"]
    assert (output["outcome"], output["approval_status"]) == ("registered", "PendingManualApproval")
    assert f"--model-package-arn {arn}" in served.mail_with("What to do next: approve it", arn)
    assert (served.deployments_of(arn), set(served.parameters(below))) == ([], {"candidate-model-name"})
    change = served.client("sagemaker").update_model_package
    change(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    change(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    outcome = json.loads(served.deployed(done)["output"])
    assert (outcome["outcome"], outcome["endpoint_name"]) == ("live", shared["endpoint_name"])
    assert served.parameters(below)["model-package-arn"] == arn
    assert len(served.deployments_of(arn)) == 1


def test_baselines_of_data_and_model_quality_are_written(served: Platform) -> None:
    folder = f"training/{served.run()}/baseline"
    read = {}
    for kind in ("data", "model_quality"):
        for name in ("statistics", "constraints"):
            answer = served.client("s3").get_object(
                Bucket=served.outputs["ArtifactsBucketName"], Key=f"{folder}/{kind}/{name}.json"
            )
            read[kind, name] = json.loads(answer["Body"].read())
    features = read["data", "statistics"]["features"]
    assert [feature["name"] for feature in features][:2] == ["Price", "Mileage"]
    assert read["data", "constraints"]["features"][0]["completeness"] == 1.0
    assert read["model_quality", "statistics"]["regression_metrics"]["rmse"]["value"] > 0


def test_what_is_asked_of_the_endpoint_is_captured(served: Platform) -> None:
    answer = served.champion()[2]

    def captured() -> list[str]:
        bucket = served.outputs["ArtifactsBucketName"]
        found = served.client("s3").list_objects_v2(Bucket=bucket, Prefix="capture/").get("Contents", [])
        return [
            line
            for one in found
            for line in served.client("s3")
            .get_object(Bucket=bucket, Key=one["Key"])["Body"]
            .read()
            .decode()
            .splitlines()
        ]

    record = json.loads(wait_for(captured, "a captured request")[-1])
    assert record["captureData"]["endpointOutput"]["data"].strip() == answer.strip()


def test_the_same_event_twenty_times_starts_one_execution(served: Platform, cars: bytes) -> None:
    uri = served.upload("again.csv", cars)
    event = event_of(served, uri)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: start_training(served, event), range(20)))
    executions = served.executions_on(uri)
    assert len(executions) == 1
    assert {answer["execution_arn"] for answer in answers} == {executions[0]["executionArn"]}
    assert {answer["outcome"] for answer in answers} <= {"started", "already_started"}
    # The same data make the same model, which is no better than the champion.
    assert json.loads(served.ended(executions[0]["executionArn"])["output"])["outcome"] == "rejected"


def test_an_event_that_a_newer_version_has_overtaken_starts_nothing(served: Platform, cars: bytes) -> None:
    uri = served.upload("overtaken.csv", cars)
    older = event_of(served, uri)
    served.upload("overtaken.csv", cars + cars.splitlines(keepends=True)[1])
    newer = event_of(served, uri)
    assert start_training(served, newer)["outcome"] in ("started", "already_started")
    versions = {json.loads(one["input"])["data_version"] for one in served.executions_on(uri)}
    assert start_training(served, older) in (
        {"execution_arn": None, "outcome": "stale", "variants": {}},
        # Its own event came before it was overtaken.
        {
            "execution_arn": execution_on(served, uri, older),
            "outcome": "already_started",
            "variants": {},
        },
    )
    assert {json.loads(one["input"])["data_version"] for one in served.executions_on(uri)} == versions
    for execution in served.executions_on(uri):
        served.settled(served.ended(execution["executionArn"]))


def test_of_two_executions_at_once_none_replaces_a_model_that_it_was_not_compared_with(
    served: Platform,
) -> None:
    """At an endpoint of their own: the first to register goes live, the other one only if it is better."""
    shared = {
        "data_uri": f"s3://{served.outputs['DataBucketName']}/data/champion.csv",
        "endpoint_name": f"{served.outputs['EndpointName']}-two",
        "parameter_prefix": served.outputs["ParameterPrefix"] + "/two",
        "rmse_limit": 1_000_000,
        **AT_ONCE,
    }
    champion = served.champion()
    arns = [served.start(algorithm=name, **shared) for name in ("linear-learner", "xgboost")]
    trained = [served.ended(arn) for arn in arns]
    outputs = [json.loads(done["output"]) for done in trained]
    registered = [done for done in trained if json.loads(done["output"])["outcome"] == "registered"]
    outcomes = [json.loads(served.deployed(done)["output"]) for done in registered]
    live = [outcome for outcome in outcomes if outcome["outcome"] == "live"]
    assert {outcome["outcome"] for outcome in outcomes} <= {"live", "superseded"}
    last = max(live, key=lambda outcome: int(outcome["model_package_arn"].rpartition("/")[2]))
    assert served.parameters("/two") == {
        "candidate-model-name": served.parameters("/two")["candidate-model-name"],
        "endpoint-name": shared["endpoint_name"],
        "endpoint-config-name": last["endpoint_config_name"],
        "model-package-arn": last["model_package_arn"],
        "model-name": last["model_name"],
    }
    endpoint = served.client("sagemaker").describe_endpoint(EndpointName=shared["endpoint_name"])
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == (
        "InService",
        last["endpoint_config_name"],
    )
    # The second to go live was compared with the first, and better.
    compared = [output["verdict"] for output in outputs if output["verdict"]["champion_rmse"] is not None]
    assert len(live) == 1 + sum(verdict["accepted"] for verdict in compared)
    assert served.champion() == champion


def test_no_log_holds_a_row_of_the_data_a_request_or_a_secret(served: Platform, cars: bytes) -> None:
    served.champion()
    logs = served.client("logs")
    groups = [
        group["logGroupName"]
        for page in logs.get_paginator("describe_log_groups").paginate()
        for group in page["logGroups"]
    ]
    text = "\n".join(
        event["message"]
        for group in groups
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        for event in page["events"]
    )
    files = [served.root / "cloud.log", served.root / "moto" / "moto.log", served.root.parent / "up.log"]
    text += "".join(file.read_text() for file in files)
    assert '"event": "start_training"' in text
    assert "validation-rmse" in text
    owner = json.loads((served.root / "cloud.json").read_text())
    pasted = f"AWS_SECRET_ACCESS_KEY={owner['secret_access_key']}"  # the one line for the user's shell
    text = text.replace(pasted, "")
    rows = cars.decode().splitlines()[1:]
    hidden = [first_row(served), owner["secret_access_key"], "X-Amz-Signature", "X-Amz-Security-Token"]
    assert [part for part in [*rows, *hidden] if part in text] == []
    history = served.client("stepfunctions").get_paginator("get_execution_history")
    for execution in served.client("stepfunctions").list_executions(stateMachineArn=served.machine)[
        "executions"
    ]:
        told = json.dumps(list(history.paginate(executionArn=execution["executionArn"])), default=str)
        assert [part for part in [*rows, *hidden] if part in told] == []


def event_of(platform: Platform, uri: str) -> dict[str, Any]:
    """S3's event for the object's newest version."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    head = platform.client("s3").head_object(Bucket=bucket, Key=key)
    described = {
        "key": key,
        "size": head["ContentLength"],
        "etag": head["ETag"].strip('"'),
        "version-id": head["VersionId"],
        "sequencer": "01",
    }
    detail = {"version": "0", "bucket": {"name": bucket}, "object": described, "reason": "PutObject"}
    return {"id": "e", "source": "aws.s3", "detail-type": "Object Created", "detail": detail}


def start_training(platform: Platform, event: dict[str, Any]) -> dict[str, Any]:
    answer = platform.client("lambda").invoke(
        FunctionName="stepmill-dev-start-training", Payload=json.dumps(event).encode()
    )
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, found
    return found


def execution_on(platform: Platform, uri: str, event: dict[str, Any]) -> str | None:
    version = event["detail"]["object"]["version-id"]
    for execution in platform.executions_on(uri):
        if json.loads(execution["input"])["data_version"] == version:
            return str(execution["executionArn"])
    return None


def objects_of(platform: Platform, facts: dict[str, str]) -> list[dict[str, Any]]:
    """What a version says that its training has read."""
    bucket, _, key = facts["data_objects_uri"].removeprefix("s3://").partition("/")
    body = platform.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert hashlib.sha256(body).hexdigest() == facts["data_objects_sha256"]
    return [json.loads(line) for line in body.splitlines()]
